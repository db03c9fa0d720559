"""Owns the removal of the files of jobs that nobody may read any more: their logs and notebooks."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from mlops_lab.core.ids import is_id


class JobFiles:
    """The folders of the jobs of this machine: ``<jobs_dir>/<job id>``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list_ids(self) -> set[str]:
        """Return the jobs that have files here."""
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            return {one.name for one in entries if is_id(one.name) and _files(Path(one.path))}
        return set()

    def remove(self, job_ids: Iterable[str]) -> None:
        """Remove the files of jobs; one that has none, or cannot be removed, is no error.

        Records of a job that could not be stored yet stay.
        """
        for job_id in filter(is_id, job_ids):
            folder = self._folder / job_id
            for path in _files(folder):
                with contextlib.suppress(OSError):
                    path.unlink()
            for empty in (folder / "spool", folder):
                with contextlib.suppress(OSError):
                    empty.rmdir()


def _files(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [Path(one.path) for one in entries if not one.is_dir(follow_symlinks=False)]
    return []
