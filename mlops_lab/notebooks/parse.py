"""Owns what a cell magic is, how it is read off a cell, and what the known ones do with the body."""

from __future__ import annotations

import re

PYTHON_CELL_MAGICS = frozenset({"track", "time", "timeit", "capture", "prun"})
"""Cell magics whose body is Python that runs in the user's process."""

FOREIGN_CELL_MAGICS = frozenset(
    {"bash", "bigquery", "cmd", "file", "html", "HTML", "javascript", "js", "latex", "markdown"}
    | {"perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "sql", "svg", "SVG"}
    | {"system", "sx", "writefile"}
)
"""Cell magics whose body another language or process reads. Of any other magic nothing is known."""

_CELL_MAGIC = re.compile(r"%%(?P<name>[^\s?%]+)(?P<line>[^\n]*)(?:\n|\Z)")


def cell_magic(source: str) -> tuple[str, str, str] | None:
    """Return ``(name, line, body)`` of the cell magic that ``source`` starts with, or None.

    ``line`` is the rest of the first line without outer white space; blank lines above the magic
    do not count, as in IPython. ``%%name?`` asks for help and is no cell magic.
    """
    text = source[_blank_prefix(source) :]
    match = _CELL_MAGIC.match(text)
    if match is None or match["line"].startswith("?"):
        return None
    return match["name"], match["line"].strip(), text[match.end() :]


def _blank_prefix(text: str) -> int:
    """Return the length of the leading lines that hold white space only."""
    match = re.match(r"(?:[^\S\n]*\n)*", text)
    return match.end() if match else 0
