"""Shows ``schedules`` at the command line: list, pause, resume with a real worker, delete."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from mlops_lab.core.jobs import NewSchedule, Schedule
from mlops_lab.lab import Lab

from .conftest import Answer

Cli = Callable[..., Answer]
MONDAYS = NewSchedule(cron="0 6 * * 1", timezone="Europe/Berlin")


@pytest.fixture
def schedule(cli: Cli, lab: Lab, add_run: Callable[..., str]) -> Schedule:
    add_run()
    definition = cli("promote", "latest", "--json").json()["id"]
    return lab.jobs.set_schedule(definition, MONDAYS, user="ada")


@pytest.fixture
def worker_ends(lab: Lab) -> Iterator[Callable[[], bool]]:
    """Tell whether a worker becomes alive; end the one that a command started."""

    def is_alive() -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(worker.alive for worker in lab.jobs.list_workers()):
                return True
            time.sleep(0.05)
        return False

    yield is_alive
    note = lab.settings.data_dir / "worker.starting"
    process = psutil.Process(json.loads(note.read_bytes())["pid"])
    process.terminate()
    process.wait(timeout=30)


def test_schedules_are_listed_and_paused(cli: Cli, schedule: Schedule) -> None:
    row = cli("schedules", "list").out.splitlines()[1]
    for text in ("sums", "0 6 * * 1", "Europe/Berlin", schedule.id):
        assert text in row
    assert "paused" in cli("schedules", "pause", "sums").out
    assert cli("schedules", "list", "--json").json()["schedules"][0]["next_fire_at"] is None
    assert cli("schedules", "pause", schedule.id[:8], "--json").json()["paused"] is True


def test_a_resumed_schedule_has_a_worker(
    cli: Cli, lab: Lab, schedule: Schedule, worker_ends: Callable[[], bool]
) -> None:
    cli("schedules", "pause", "sums")
    assert not lab.jobs.list_workers()
    resumed = cli("schedules", "resume", schedule.id[-8:], "--json").json()
    assert resumed["next_fire_at"] == schedule.next_fire_at
    assert worker_ends()


def test_a_schedule_is_deleted_and_its_definition_stays(
    cli: Cli, lab: Lab, schedule: Schedule
) -> None:
    said = cli("schedules", "delete", "sums").out
    assert said.startswith("sums has no schedule any more")
    assert "Europe/Berlin" in said
    assert not lab.jobs.list_schedules().schedules
    assert lab.jobs.get_definition("sums").schedule is None
    again = lab.jobs.set_schedule("sums", MONDAYS, user="ada")
    assert cli("schedules", "delete", again.id, "--json").json()["id"] == again.id
    assert cli("schedules", "delete", "sums").code == 1


@pytest.mark.parametrize("command", ["pause", "resume", "delete"])
def test_a_name_must_be_of_one_schedule(
    cli: Cli, lab: Lab, schedule: Schedule, command: str
) -> None:
    cli("promote", "latest", "--name", "other")
    other = lab.jobs.set_schedule("other", MONDAYS, user="ada")
    shared = schedule.id[:4]
    assert other.id.startswith(shared)
    answer = cli("schedules", command, shared)
    assert (answer.code, "names more than one schedule" in answer.err) == (1, True)
    assert "Did you mean 'sums'?" in cli("schedules", command, "sum").err
    assert "Known: other, sums" in cli("schedules", command, "ffff").err
    assert not any(one.paused for one in lab.jobs.list_schedules().schedules)
    assert not lab.jobs.list_workers()
