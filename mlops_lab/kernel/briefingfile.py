"""Owns what a kernel without a server keeps of an experiment for the next one: a file by the spool."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from mlops_lab.core.tracking import Briefing

FOLDER = "standing"
"""The folder of these files, inside that of the spool."""


class BriefingFile:
    """The briefing of one experiment on disk. Its time is when the store was read for it."""

    def __init__(self, spool_dir: Path, experiment: str) -> None:
        digest = hashlib.sha256(experiment.encode("utf-8", "replace")).hexdigest()[:32]
        self._path = spool_dir / FOLDER / f"{digest}.json"

    def read(self) -> Briefing | None:
        """Return what is kept; None where nothing is that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Briefing)
        except (OSError, msgspec.DecodeError):
            return None

    def is_newer_than(self, files: Iterable[Path]) -> bool:
        """Tell whether none of the files was written to since the store was read."""
        return all(_written_ns(file) <= _written_ns(self._path) for file in files)

    def write(self, briefing: Briefing) -> None:
        """Keep what was read from the store just now; a folder that cannot be written keeps none."""
        self._replace(briefing, 0)

    def add(self, briefing: Briefing) -> None:
        """Keep what this process knows besides, as of the time when the store was read."""
        self._replace(briefing, _written_ns(self._path) or 1)

    def _replace(self, briefing: Briefing, as_of_ns: int) -> None:
        new = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new.write_bytes(msgspec.json.encode(briefing))
            if as_of_ns:
                os.utime(new, ns=(as_of_ns, as_of_ns))
            new.replace(self._path)


def _written_ns(path: Path) -> int:
    """Return when a file was written to last; 0 where it is not there, or has nothing in it."""
    try:
        state = path.stat()
    except OSError:
        return 0
    return state.st_mtime_ns if state.st_size else 0
