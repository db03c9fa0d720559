"""Owns the sweep: what nobody else delivers is taken in from the spool folder every few seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lab.core.errors import LabError

from .lab_access import LabAccess
from .places import Places

if TYPE_CHECKING:
    from mlops_lab.core.tracking import NotebookPlace, SyncReport
    from mlops_lab.lab import Lab
    from mlops_lab.tracking.spools import SweepMemory

_PERIOD_S = 3.0
_RETENTION_S = 60.0


class SpoolSweep:
    """Takes in spool files at start and then every three seconds.

    They are those of dead processes, and those of live ones that know no server. ``only_dead`` is
    False where kernels may be unable to deliver by themselves: then the files of all live ones are
    read. Files of live processes stay.
    """

    def __init__(
        self,
        access: LabAccess,
        places: Places,
        *,
        spool_dir: Path,
        only_dead: bool,
        executor: Executor,
        log: logging.Logger,
    ) -> None:
        self._access = access
        self._places = places
        self._spool_dir = spool_dir
        self._only_dead = only_dead
        self._executor = executor
        self._log = log
        self._complaint = ""
        self._swept: Lab | None = None
        self._memory: SweepMemory | None = None
        self._retained_at = 0.0

    async def run(self) -> None:
        """Sweep until cancelled; an error is logged once, not at each turn."""
        while True:
            try:
                await self.sweep()
                self._complaint = ""
            except Exception as error:  # noqa: BLE001 - the next turn tries again
                self._complain(error)
            await asyncio.sleep(_PERIOD_S)

    async def sweep(self) -> None:
        """Take in what is there now; costs one look a file and one query when nothing moved.

        Also without any file: runs of processes that are gone end here.
        """
        loop = asyncio.get_running_loop()
        has_files = await loop.run_in_executor(self._executor, self._has_files)
        places = await self._places.find_all() if has_files else {}
        report = await loop.run_in_executor(self._executor, self._take_in, places)
        if loop.time() - self._retained_at > _RETENTION_S:
            # Whether any policy is due; of all servers of a store one applies it, once an hour.
            self._retained_at = loop.time()
            await loop.run_in_executor(self._executor, self._retain)
        if report.records or report.runs_killed:
            self._log.info(
                "MLOps Lab took in %d records from spool files; %d runs had been killed.",
                report.records,
                report.runs_killed,
            )
        for name in report.unreadable:
            self._log.warning("MLOps Lab cannot read the spool file %s; it was kept.", name)

    def _has_files(self) -> bool:
        from mlops_lab.tracking.segments import find_spool_folders

        folders = find_spool_folders(self._spool_dir)
        return any(True for folder in folders for _ in folder.glob("*.jsonl"))

    def _take_in(self, places: Mapping[str, NotebookPlace]) -> SyncReport:
        from mlops_lab.tracking.spools import SweepMemory

        lab = self._access.get()
        if not lab.store.is_current():
            # A newer version upgraded the store: opened anew it is refused, and what kernels
            # record waits in their spools.
            self._access.forget(lab)
            lab = self._access.get()
        if self._memory is None or lab is not self._swept:
            # What a store holds that was opened anew is not known.
            self._swept, self._memory = lab, SweepMemory()
        return lab.tracking.take_in_spools(
            self._spool_dir, locate=places.get, only_dead=self._only_dead, memory=self._memory
        )

    def _retain(self) -> None:
        for done in self._access.get().retention.apply_due():
            if done.runs or done.artifacts or done.masked:
                self._log.info(
                    "MLOps Lab applied the data policy of %r: %d runs removed, files of %d runs "
                    "removed, %d runs masked.",
                    done.experiment,
                    done.runs,
                    done.artifacts,
                    done.masked,
                )

    def _complain(self, error: Exception) -> None:
        if str(error) == self._complaint:
            return
        self._complaint = str(error)
        # An error of the store is told by whoever opens it; others are ours and need a traceback.
        self._log.warning(
            "MLOps Lab cannot take in the spool folder %s: %s",
            self._spool_dir,
            error,
            exc_info=None if isinstance(error, LabError) else error,
        )
