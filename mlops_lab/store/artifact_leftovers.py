"""Owns what broken transfers left behind below the folder of artifacts: files nobody goes on with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from mlops_lab.core.clock import Millis

_TEMPORARY = (".new-", ".going-")


class Leftover(msgspec.Struct, frozen=True):
    """A file or folder of an unfinished transfer: its bytes, and when one was last written."""

    path: Path
    size: int
    touched_at: Millis


def find_leftovers(folder: Path, *, before: Millis) -> list[Leftover]:
    """Return the unfinished transfers below a folder of artifacts that were not touched since."""
    found = [
        _look_at(Path(entry.path))
        for name in ("incoming", "uploads", "parts")
        for entry in _entries(folder / name)
    ]
    for part in _entries(folder / "sha256"):
        if part.is_dir(follow_symlinks=False):
            names = _entries(Path(part.path))
            found += [_look_at(Path(e.path)) for e in names if e.name.startswith(_TEMPORARY)]
    return [one for one in found if one.touched_at < before]


def remove_leftovers(folder: Path, *, before: Millis) -> list[Leftover]:
    """Remove the unfinished transfers that were not touched since; return what was removed."""
    return _remove(find_leftovers(folder, before=before))


def remove_expired(folder: Path, *, before: Millis) -> None:
    """Remove the uploads right in ``folder`` that were not touched since; all else is left to gc."""
    found = (_look_at(Path(entry.path)) for entry in _entries(folder))
    _remove(one for one in found if one.touched_at < before)


def _remove(found: Iterable[Leftover]) -> list[Leftover]:
    removed = []
    for one in found:
        if one.path.is_dir() and not one.path.is_symlink():
            shutil.rmtree(one.path, ignore_errors=True)
        else:
            with suppress(OSError):
                one.path.unlink()
        if not os.path.lexists(one.path):
            removed.append(one)
    return removed


def _look_at(path: Path) -> Leftover:
    size, touched = 0, 0
    # It may go while it is looked at: then its last owner has removed it.
    with suppress(OSError):
        inside = [Path(entry.path) for entry in _entries(path)] if path.is_dir() else []
        for one in [path, *inside]:
            about = one.lstat()
            touched = max(touched, about.st_mtime_ns // 1_000_000)
            size += 0 if one == path and inside else about.st_size
    return Leftover(path, size, touched)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    if folder.is_symlink():
        # What lies behind a link is not ours to remove.
        return
    with suppress(OSError), os.scandir(folder) as found:
        yield from found
