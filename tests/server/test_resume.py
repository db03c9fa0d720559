"""Proves that a server that starts has what waits worked on, and that a worker starts no other one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from jobs.production import put_notebook, wait_until

from mlops_lab.core.jobs import NewSchedule, ScheduleUpdate, Worker
from mlops_lab.core.settings import DATA_DIR, Settings, make_settings
from mlops_lab.jobs.launcher import worker_log
from mlops_lab.lab import Lab
from mlops_lab.store.processes import is_alive

from .live_server import DEADLINE_S, LiveServer

_BOTH = {"ServerApp": {"jpserver_extensions": {"mlops_lab": True, "mlops_lab.worker": True}}}


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """The store of the live server, with a schedule that is on."""
    environ = {DATA_DIR: str(tmp_path / "data")}
    made = make_settings(jupyter_data_dir=tmp_path, environ=environ)
    _add_schedule(made)
    return made


@pytest.fixture
def server(place: Settings, tmp_path: Path) -> Iterator[LiveServer]:
    started = LiveServer(tmp_path)
    yield started
    started.kill()
    for worker in _workers(place):
        if not _has_ended(worker):
            os.kill(worker.pid, signal.SIGKILL)
            wait_until(partial(_has_ended, worker), why="it has ended")


async def test_a_schedule_has_a_worker_when_the_server_starts_and_again_when_it_was_killed(
    server: LiveServer, place: Settings
) -> None:
    await server.wait_until_up()
    async with asyncio.timeout(DEADLINE_S):
        while not _workers(place):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.1)
    (worker,) = _workers(place)
    assert worker.alive
    assert worker.pid != server.process.pid
    assert os.getsid(worker.pid) == worker.pid

    os.kill(worker.pid, signal.SIGKILL)
    async with asyncio.timeout(DEADLINE_S):
        while len(_workers(place)) == 1:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.1)
    second = next(one for one in _workers(place) if one.id != worker.id)

    process = psutil.Process(second.pid)
    server.kill()
    assert process.is_running()
    process.terminate()
    wait_until(partial(_has_ended, second), why="it has ended")
    assert len(_workers(place)) == 2


@pytest.fixture
def paused(settings: Settings) -> None:
    _add_schedule(settings, paused=True)


def test_where_nothing_waits_no_worker_is_started(paused, extension) -> None:
    assert extension._resuming.done()
    assert not worker_log(extension.lab_settings).exists()


@pytest.mark.parametrize("jp_server_config", [_BOTH])
def test_a_worker_starts_no_other_one(
    settings: Settings, jp_serverapp: Any, jp_asyncio_loop: Any
) -> None:
    _add_schedule(settings)
    app = jp_serverapp.web_app.settings["mlops_lab"]
    jp_asyncio_loop.run_until_complete(app._start_jupyter_server_extension(jp_serverapp))
    assert app.parts.access.get().jobs.needs_worker()
    assert app._resuming is None
    assert not worker_log(settings).exists()


def _add_schedule(settings: Settings, *, paused: bool = False) -> None:
    with Lab.open(settings) as lab:
        definition = put_notebook(lab.jobs)
        new = NewSchedule(cron="0 6 1 1 *", timezone="UTC")
        made = lab.jobs.set_schedule(definition.id, new, user="ada")
        lab.jobs.update_schedule(made.id, ScheduleUpdate(paused=paused), user="ada")


def _has_ended(worker: Worker) -> bool:
    return not is_alive(worker.pid, worker.process_started_at)


def _workers(settings: Settings) -> list[Worker]:
    with Lab.open(settings) as lab:
        return lab.jobs.list_workers()
