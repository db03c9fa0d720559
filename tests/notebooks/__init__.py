"""The analysis of notebooks."""
