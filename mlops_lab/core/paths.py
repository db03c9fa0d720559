"""Owns how a path of the front end is read: some drives show local files under another name."""

from __future__ import annotations

_LOCAL_DRIVE = "RTC:"
"""The drive under which real-time collaboration shows the server's own files."""


def without_drive(path: str) -> str:
    """Return ``path`` as the file browser shows it; a colon elsewhere in a name is left alone."""
    if not path.startswith(_LOCAL_DRIVE):
        return path
    return path[len(_LOCAL_DRIVE) :].lstrip("/")
