"""Owns that points are packed while a server runs: a thread looks every two seconds what waits."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Executor

from mlops_lab.core.errors import LabError

from .lab_access import LabAccess

_PERIOD_S = 2.0


class _StoppedError(Exception):
    """The server stops; what is not packed waits for the next one."""


class PointPacking:
    """Packs the points that ingestion has put on the backlog; several servers may do so at once."""

    def __init__(self, access: LabAccess, *, executor: Executor, log: logging.Logger) -> None:
        self._access = access
        self._executor = executor
        self._log = log
        self._stopping = threading.Event()

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await asyncio.sleep(_PERIOD_S)
                await loop.run_in_executor(self._executor, self._pack)
        finally:
            self._stopping.set()

    def _pack(self) -> None:
        from mlops_lab.tracking.packing import pack_points

        try:
            pack_points(self._access.get().store, rest=self._rest)
        except (LabError, _StoppedError):
            # A store that cannot be used is told of by whoever opens it.
            return
        except Exception:  # noqa: BLE001 - a fault of ours must not end the packing
            self._log.exception("MLOps Lab cannot pack the points of metrics; they stay as rows.")

    def _rest(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise _StoppedError
