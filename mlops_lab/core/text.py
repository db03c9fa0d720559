"""Owns how text that was made for a terminal becomes plain text."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def without_colours(text: str) -> str:
    """Return ``text`` without the control sequences of terminals (ECMA-48, section 5.4)."""
    return _ESCAPE.sub("", text)
