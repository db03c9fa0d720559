"""Owns how runs move between stores: export files, and what other tools have recorded."""
