"""Owns how paths are read: those of the front end, and those under which a run keeps its files."""

from __future__ import annotations

import re
from urllib.parse import unquote

from .errors import InvalidInputError
from .limits import MAX_FACET_NAME_BYTES

_LOCAL_DRIVE = "RTC:"
"""The drive under which real-time collaboration shows the server's own files."""

_DRIVE = re.compile(r"[A-Za-z]:")
_DECODINGS = 3
_HINT = "Give a relative path such as figures/roc.png."


def without_drive(path: str) -> str:
    """Return ``path`` as the file browser shows it; a colon elsewhere in a name is left alone."""
    if not path.startswith(_LOCAL_DRIVE):
        return path
    return path[len(_LOCAL_DRIVE) :].lstrip("/")


def check_artifact_path(path: str) -> str:
    """Return ``path`` when it can be the path of a file of a run: relative, and staying below it.

    Raises:
        InvalidInputError: it is empty, too long, absolute, has a drive letter, a backslash, a
            control character, an empty or dotted part, or becomes such a path when it is decoded.
    """
    if len(path.encode("utf-8", "surrogatepass")) > MAX_FACET_NAME_BYTES:
        raise InvalidInputError(
            f"The path {path[:40]!r}... is too long for a file of a run.",
            hint=f"The limit is {MAX_FACET_NAME_BYTES:,} bytes.",
        )
    read = path
    for _ in range(_DECODINGS):
        if not _stays_below(read):
            raise InvalidInputError(f"{path!r} cannot be the path of a file of a run.", hint=_HINT)
        decoded = unquote(read)
        if decoded == read:
            break
        read = decoded
    return path


def _stays_below(path: str) -> bool:
    if "\\" in path or any(not char.isprintable() for char in path):
        return False
    parts = path.split("/")
    return _DRIVE.match(path) is None and all(
        part.strip(" .") and part == part.rstrip(" ") for part in parts
    )
