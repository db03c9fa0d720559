"""Owns the tests of the MLflow protocol."""
