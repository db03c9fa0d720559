"""Owns what is shown of files: those of a run, and those in an area that belongs to no run."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class FileEntry(msgspec.Struct, frozen=True):
    """A file or folder of a listing; of a folder only its path is known."""

    path: str
    is_folder: bool
    size: int | None = None
    digest: str | None = None
    media_type: str | None = None


class FileList(msgspec.Struct, frozen=True):
    """The files of a run, or of a folder in it, by path."""

    files: list[FileEntry]


class StoredFile(msgspec.Struct, frozen=True):
    """A file that was kept: its path, the SHA-256 digest of its bytes, and how many they are."""

    path: str
    digest: str
    size: int
    media_type: str


def one_level(files: Iterable[StoredFile], folder: str) -> list[FileEntry]:
    """Return what lies directly in ``folder``: files, and each folder once, by path.

    A file that has the path of ``folder`` itself lies in no folder, and is not among them.
    """
    start = f"{folder}/" if folder else ""
    found: dict[str, FileEntry] = {}
    for file in files:
        if not file.path.startswith(start):
            continue
        name, slash, _ = file.path[len(start) :].partition("/")
        path = start + name
        if slash:
            found.setdefault(path, FileEntry(path, is_folder=True))
        else:
            found[path] = as_entry(file)
    return [entry for _, entry in sorted(found.items())]


def as_entry(file: StoredFile) -> FileEntry:
    """Return a file as a line of a listing."""
    return FileEntry(
        file.path,
        is_folder=False,
        size=file.size,
        digest=file.digest,
        media_type=file.media_type,
    )
