"""Proves the Python client against a real server."""
