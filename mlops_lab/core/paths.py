"""Owns how paths are read: those of the front end, and those under which a run keeps its files."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from .errors import UnknownInputError
from .limits import MAX_FACET_NAME_BYTES

MAX_PATH_PART_BYTES = 255
"""Longest name of a file or folder in a path, in UTF-8 bytes: what file systems can hold."""

_LOCAL_DRIVE = "RTC:"
"""The drive under which real-time collaboration shows the server's own files."""

_DRIVE = re.compile(r"[A-Za-z]:")
_DECODINGS = 5
_HINT = "Give a relative path such as figures/roc.png."

# What a reader takes for a slash, and what no normal form of Unicode turns into one.
_LIKE_SLASHES = frozenset("\u2044\u2215\u2216\u29f5\u29f8\u29f9\u2571\u2572\u1735")
_OTHER_ENCODING = re.compile(r"%u[0-9A-Fa-f]{4}")
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\..*)?",
    re.IGNORECASE | re.DOTALL,
)
"""Names that Windows takes for devices, with any ending."""


def without_drive(path: str) -> str:
    """Return ``path`` as the file browser shows it; a colon elsewhere in a name is left alone."""
    if not path.startswith(_LOCAL_DRIVE):
        return path
    return path[len(_LOCAL_DRIVE) :].lstrip("/")


def check_artifact_path(path: str) -> str:
    """Return ``path`` when it can be the path of a file of a run: relative, and staying below it.

    Raises:
        UnknownInputError: it is empty, too long, absolute, has a drive letter, a backslash, a
            control character, an empty or dotted part, the name of a device of Windows, a character
            that looks like a slash, or becomes such a path when it is decoded.
    """
    if len(path.encode("utf-8", "surrogatepass")) > MAX_FACET_NAME_BYTES:
        raise UnknownInputError(
            f"The path {path[:40]!r}... is too long for a file of a run.",
            hint=f"The limit is {MAX_FACET_NAME_BYTES:,} bytes.",
        )
    read = path
    for _ in range(_DECODINGS):
        why = _why_not(read) or _why_not(_plain(read))
        if why:
            raise UnknownInputError(
                f"{path!r} cannot be the path of a file of a run: {why}.", hint=_HINT
            )
        decoded = unquote(read)
        if decoded == read:
            return path
        if "\ufffd" in decoded and "\ufffd" not in read:
            why = "a part of it is encoded, and not as UTF-8"
            break
        read = decoded
    else:
        why = "it is encoded again and again"
    raise UnknownInputError(f"{path!r} cannot be the path of a file of a run: {why}.", hint=_HINT)


def check_artifact_prefix(path: str) -> str:
    """Return the folder of a run that ``path`` names, without a slash at its end; empty for all.

    Raises:
        UnknownInputError: no file of a run can lie there.
    """
    return check_artifact_path(path.rstrip("/")) if path.rstrip("/") else ""


def _plain(path: str) -> str:
    """Return the path as it looks: wide and small letters become usual ones, a half stays a half."""
    return unicodedata.normalize("NFKC", path).replace("\u2044", " of ")


def _why_not(path: str) -> str:
    faults = {
        "it holds a backslash": "\\" in path,
        "it holds a control character": any(not char.isprintable() for char in path),
        "it holds a character that looks like a slash": not _LIKE_SLASHES.isdisjoint(path),
        "a part of it is encoded, and not as UTF-8": _OTHER_ENCODING.search(path) is not None,
        "it is absolute": path.startswith("/"),
    }
    found = [why for why, is_so in faults.items() if is_so]
    found += [why for part in path.split("/") if (why := _why_not_part(part))]
    return found[0] if found else ""


def _why_not_part(part: str) -> str:
    if not part:
        return "a part of it is empty"
    if part != part.rstrip(" .") or not part.strip():
        return "a part of it is dots, or ends in a dot or a space"
    if _DRIVE.match(part):
        return "it has a drive letter"
    if _DEVICE.fullmatch(part):
        return f"{part!r} is a device on Windows"
    if len(part.encode("utf-8", "surrogatepass")) > MAX_PATH_PART_BYTES:
        return f"a part of it has more than {MAX_PATH_PART_BYTES} bytes"
    return ""
