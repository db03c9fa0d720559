"""Owns the language of filters and orders: read, checked, and told where it cannot be read."""

from __future__ import annotations

from .marks import read_marks, write_marks
from .order import parse_column, parse_order
from .parser import parse_filter
from .times import Clockwork, find_zone

__all__ = [
    "Clockwork",
    "find_zone",
    "parse_column",
    "parse_filter",
    "parse_order",
    "read_marks",
    "write_marks",
]
