"""Owns that work does not wait for a worker that died: a server looks now and then, and starts one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from mlops_lab.core.errors import LabError

from .lab_access import LabAccess

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

_PERIOD_S = 10.0


class WorkerWatch:
    """Has ``resume`` called for the open store every ten seconds, in a thread."""

    def __init__(
        self,
        access: LabAccess,
        resume: Callable[[Lab], None],
        *,
        executor: Executor,
        log: logging.Logger,
    ) -> None:
        self._access = access
        self._resume = resume
        self._executor = executor
        self._log = log

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_PERIOD_S)
            try:
                await loop.run_in_executor(self._executor, self._look)
            except LabError:
                # A store that cannot be opened is told of by whoever opens it.
                continue
            except Exception:  # noqa: BLE001 - a fault of ours must not end the watch
                self._log.exception("MLOps Lab cannot see whether a worker is needed.")

    def _look(self) -> None:
        self._resume(self._access.get())
