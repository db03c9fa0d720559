"""Owns the whole schema: importing it has every module with tables add its own to ``metadata``."""

from __future__ import annotations

from . import (
    capture_tables,
    free_file_tables,
    import_tables,
    input_tables,
    point_tables,
    registry_tables,
    search_indexes,
    tables,
    trace_tables,
    trash_tables,
)

metadata = tables.metadata
"""Every table of the store."""

MODULES = (
    tables,
    capture_tables,
    free_file_tables,
    input_tables,
    point_tables,
    registry_tables,
    search_indexes,
    trace_tables,
    import_tables,
    trash_tables,
)
"""The modules that hold them."""
