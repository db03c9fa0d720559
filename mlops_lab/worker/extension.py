"""Owns the worker's place in its server: the supervisor starts with it and ends with it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp

from mlops_lab.core import kernelenv
from mlops_lab.core.settings import make_settings
from mlops_lab.lab import Lab

from .supervisor import Supervisor

_LOOK_S = 0.05
_DEADLINE_S = 30.0


class WorkerExtension(ExtensionApp):
    """Runs due schedules and queued jobs beside the ``mlops_lab`` extension."""

    name = "mlops_lab_worker"
    description = "Runs the jobs and schedules of MLOps Lab."

    def initialize_settings(self) -> None:
        """Nothing runs before the port is known."""
        self._lab: Lab | None = None
        self._supervisor: Supervisor | None = None

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        await _until_exported()
        settings = make_settings(jupyter_data_dir=Path(jupyter_data_dir()))
        self._lab = await asyncio.to_thread(Lab.open, settings)
        loop = asyncio.get_running_loop()
        self._supervisor = Supervisor(
            self._lab,
            server_url=os.environ[kernelenv.SERVER_URL],
            kernel_token=os.environ[kernelenv.KERNEL_TOKEN],
            on_idle=lambda: loop.call_soon_threadsafe(serverapp.stop),
            log=self.log,
        )
        self._supervisor.start()

    async def stop_extension(self) -> None:
        """End the running jobs, write what became of them, and close the store."""
        if self._supervisor is not None:
            await asyncio.to_thread(self._supervisor.stop)
        if self._lab is not None:
            self._lab.close()


async def _until_exported() -> None:
    # The other extension exports its address when the port is final; the two start side by side.
    deadline = asyncio.get_running_loop().time() + _DEADLINE_S
    while kernelenv.SERVER_URL not in os.environ:
        if asyncio.get_running_loop().time() > deadline:
            raise RuntimeError("The mlops_lab server extension has not started.")
        await asyncio.sleep(_LOOK_S)
