"""Owns the file formats of models, one module each."""
