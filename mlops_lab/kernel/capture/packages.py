"""Owns which packages are installed: a list from folder names at once, their sources on request."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.facets import Package

from .urls import without_credentials

MAX_PACKAGES = 5_000
"""More packages than this are not listed."""

_ENDINGS = (".dist-info", ".egg-info")
_SEPARATORS = re.compile(r"[-_.]+")
_VERSION = re.compile(r"^Version:[ \t]*(\S+)", re.MULTILINE)
_PYTHON = re.compile(r"-py\d+(\.\d+)?$")

Stamp = tuple[tuple[str, int], ...]
"""The folders that hold packages, and when each last changed."""


class _Found(msgspec.Struct, frozen=True):
    folder: str
    entry: str
    name: str
    version: str


class Packages:
    """The packages that the code of this process can import, read anew only where a folder changed."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._folders: list[str] = []
        self._listed: dict[tuple[str, int], list[_Found]] = {}

    def stamp(self) -> Stamp:
        """Return what changes with every installation; it takes microseconds."""
        if self._path != sys.path:
            self._path = list(sys.path)
            self._folders = _package_folders(self._path)
        found = []
        for folder in self._folders:
            try:
                found.append((folder, os.stat(folder).st_mtime_ns))  # noqa: PTH116 - hot
            except OSError:
                continue
        return tuple(found)

    def names(self, stamp: Stamp) -> list[Package]:
        """Return names and versions, as the names of the folders tell them, without reading a file."""
        return [Package(name=one.name, version=one.version) for one in self._all(stamp)]

    def records(self, stamp: Stamp, commit_of: Callable[[str], str | None]) -> list[Package]:
        """Return the packages with where they came from, if that is not an index.

        Args:
            stamp: from ``stamp()``.
            commit_of: gives the commit of a folder of an editable installation.
        """
        return [_record(one, commit_of) for one in self._all(stamp)]

    def _all(self, stamp: Stamp) -> list[_Found]:
        # Of two folders that hold a package the first one on the path is imported.
        packages: dict[str, _Found] = {}
        for place in stamp:
            if place not in self._listed:
                self._listed = {
                    known: found for known, found in self._listed.items() if known in stamp
                }
                self._listed[place] = list(_list_folder(place[0]))
            for one in self._listed[place]:
                packages.setdefault(one.name, one)
        return [packages[name] for name in sorted(packages)[:MAX_PACKAGES]]


def _package_folders(path: list[str]) -> list[str]:
    """Return the folders of ``path`` that can hold packages: not the library's, not the work's."""
    import sysconfig

    without = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), ""}
    with suppress(OSError):  # a process may have lost its folder
        without.add(str(Path.cwd()))
    kept = [part for part in dict.fromkeys(path) if part not in without]
    return [part for part in kept if not part.endswith((".zip", "lib-dynload"))]


def _list_folder(folder: str) -> Iterator[_Found]:
    try:
        entries = sorted(os.listdir(folder))  # noqa: PTH208 - names are enough
    except OSError:
        return
    for entry in entries:
        if entry.endswith(_ENDINGS):
            name, version = _read_name(entry)
            if name and not name.startswith("~"):
                yield _Found(folder, entry, _SEPARATORS.sub("-", name).lower(), version)


def _read_name(entry: str) -> tuple[str, str]:
    """Return name and version from ``name-version.dist-info``; the version may be missing."""
    stem = _PYTHON.sub("", entry.rpartition(".")[0])
    name, dash, version = stem.rpartition("-")
    return (name, version) if dash else (stem, "")


def _record(one: _Found, commit_of: Callable[[str], str | None]) -> Package:
    place = Path(one.folder, one.entry)
    version = one.version or _read_version(place)
    try:
        told = json.loads((place / "direct_url.json").read_text(encoding="utf-8"))
        source, editable = _read_source(told, commit_of)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Package(name=one.name, version=version)
    return Package(name=one.name, version=version, source=source, editable=editable)


def _read_version(place: Path) -> str:
    for file in (place / "METADATA", place / "PKG-INFO", place):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        version = _VERSION.search(text)
        return version[1] if version else ""
    return ""


def _read_source(told: dict[str, Any], commit_of: Callable[[str], str | None]) -> tuple[str, bool]:
    """Return where a package came from, after the packaging specification "Direct URL".

    ``git+URL@COMMIT`` for a repository, ``URL#sha256=...`` for a file, ``file:///...`` for a folder;
    an editable one in a repository has ``#commit=...`` behind it, with ``-dirty`` where it was changed.
    """
    url = without_credentials(told["url"])
    below = told.get("subdirectory")
    if "vcs_info" in told:
        vcs = told["vcs_info"]
        source = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
        return source + (f"#subdirectory={below}" if below else ""), False
    if "dir_info" not in told:
        digest = told.get("archive_info", {}).get("hash")
        return f"{url.partition('#')[0]}#{digest}" if digest else url, False
    editable = bool(told["dir_info"].get("editable"))
    commit = commit_of(url) if editable else None
    return f"{url}#commit={commit}" if commit else url, editable
