"""Owns identifiers: 32 lower-case hex digits that sort by the time they were made."""

from __future__ import annotations

import re
import secrets
import time

ID_PATTERN = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Return a new identifier: 12 hex digits of epoch milliseconds, then 20 random ones.

    The layout follows UUID version 7 (RFC 9562, section 5.7) without its version bits, so that ids
    sort by time and have the form that MLflow clients expect.
    """
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def is_id(text: str) -> bool:
    """Tell whether ``text`` has the form of an identifier."""
    return ID_PATTERN.fullmatch(text) is not None


def short_id(identifier: str) -> str:
    """Return the last eight digits, which are random, for people to read."""
    return identifier[-8:]
