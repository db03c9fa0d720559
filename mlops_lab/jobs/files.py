"""Owns how a file is replaced: whole, so that no reader ever sees a part of it."""

from __future__ import annotations

from pathlib import Path


def temporary_of(path: Path) -> Path:
    """Return the file in which the new content of ``path`` is written first."""
    return path.with_name(f".{path.name}.new")


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one step.

    Raises:
        OSError: the folder cannot be written.
    """
    temporary = temporary_of(path)
    temporary.write_bytes(content)
    temporary.replace(path)
