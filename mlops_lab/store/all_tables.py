"""Owns the whole schema: importing it has every module with tables add its own to ``metadata``."""

from __future__ import annotations

from . import capture_tables, tables

metadata = tables.metadata
"""Every table of the store."""

MODULES = (tables, capture_tables)
"""The modules that hold them."""
