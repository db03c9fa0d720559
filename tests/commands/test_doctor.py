"""Shows that ``doctor`` finds what is broken and says what mends it, and that ``sync`` does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest

from mlops_lab.core.clock import now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import NewJob, NewSchedule, Worker
from mlops_lab.core.logged import NewClientRun
from mlops_lab.core.records import RunStarted, SpoolHeader
from mlops_lab.core.settings import Settings
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.lab import Lab
from mlops_lab.store.schema import HEAD
from tests.store.pointworld import Series, some_points

from .conftest import Answer

Cli = Callable[..., Answer]


def checks(answer: Answer) -> dict[str, dict]:
    import json

    return {check["name"]: check for check in json.loads(answer.out)["checks"]}


def test_a_line_a_check(cli: Cli) -> None:
    answer = cli("doctor")
    names = list(checks(cli("doctor", "--json")))
    assert names == [
        "versions",
        "server extension",
        "lab extension",
        "kernels",
        "data folder",
        "store",
        "disk",
        "trash",
        "artifacts",
        "worker",
        "spool",
    ]
    assert len(answer.out.splitlines()) == len(names)
    found = checks(cli("doctor", "--json"))
    for name in ("kernels", "data folder", "store", "disk", "trash", "artifacts", "spool"):
        assert found[name]["ok"], found[name]


def test_an_extension_that_is_not_there_is_found_out(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jupyter_core.paths.ENV_CONFIG_PATH", [str(tmp_path)])
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [str(tmp_path)])
    answer = cli("doctor", "--json")
    found = checks(answer)
    assert answer.code == 1
    assert found["server extension"]["mend"] == "jupyter server extension enable mlops_lab"
    assert not found["lab extension"]["ok"]


def test_a_store_that_cannot_be_opened(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.data_dir.mkdir(parents=True)
    (settings.data_dir / "store.db").write_text("this is no database " * 100)
    answer = cli("doctor", "--json")
    store = checks(answer)["store"]
    assert (answer.code, store["ok"]) == (1, False)
    assert "store.db" in store["found"]
    monkeypatch.setenv("MLOPS_LAB_STORE_URL", "mysql://host/name")
    assert "mysql" in checks(cli("doctor", "--json"))["store"]["found"]


def test_a_data_folder_that_cannot_be_made(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MLOPS_LAB_DATA_DIR", str(tmp_path / "file" / "folder"))
    found = checks(cli("doctor", "--json"))
    assert not found["data folder"]["ok"]
    assert "MLOPS_LAB_DATA_DIR" in found["data folder"]["mend"]


def test_a_schedule_without_a_worker_is_a_problem(
    cli: Cli, lab: Lab, add_run: Callable[..., str]
) -> None:
    add_run()
    definition = cli("promote", "latest", "--json").json()["id"]
    new = NewSchedule(cron="0 6 * * *", timezone="UTC")
    lab.jobs.set_schedule(definition, new, user="ada")
    answer = cli("doctor")
    assert answer.code == 1
    assert "1 schedules on" in answer.out
    assert "mlops-lab worker" in answer.out


def test_a_job_that_runs_without_a_worker_is_a_problem(
    cli: Cli, lab: Lab, add_run: Callable[..., str]
) -> None:
    add_run()
    definition = cli("promote", "latest", "--json").json()["id"]
    lab.jobs.submit(NewJob(definition_id=definition), user="ada")
    gone = Worker(
        id=new_id(),
        host="elsewhere",
        pid=1,
        process_started_at=1.0,
        started_at=1,
        heartbeat_at=1,
        alive=False,
        version="0",
    )
    assert Scheduler(lab.store).claim(gone) is not None
    problem = checks(cli("doctor", "--json"))["worker"]
    assert (problem["ok"], problem["mend"]) == (False, "mlops-lab worker")
    assert "1 jobs running" in problem["found"]


def test_files_that_could_not_be_read_are_told_of(cli: Cli, settings: Settings) -> None:
    settings.spool_dir.mkdir(parents=True)
    (settings.spool_dir / f"{new_id()}-1.jsonl.unreadable").write_text("torn")
    problem = checks(cli("doctor", "--json"))["spool"]
    assert not problem["ok"]
    assert "1 files could not be read" in problem["found"]


def test_what_ended_kernels_left_is_found_and_sync_takes_it_in(
    cli: Cli, lab: Lab, settings: Settings
) -> None:
    import socket

    spool, run = new_id(), new_id()
    header = SpoolHeader(spool, socket.gethostname(), os.getpid(), psutil.Process().create_time())
    dead = msgspec.structs.replace(header, process_started_at=1.0)
    record = RunStarted(
        1, run, "left", "e", "notebook", "ada", now_ms(), None, None, None, None, None, None
    )
    settings.spool_dir.mkdir(parents=True)
    path = settings.spool_dir / f"{spool}-1.jsonl"

    def write(by: SpoolHeader) -> None:
        path.write_bytes(b"\n".join([msgspec.json.encode(by), msgspec.json.encode(record), b""]))

    path.write_bytes(b'{"spool_id":"')
    assert checks(cli("doctor", "--json"))["spool"]["ok"]
    write(header)
    assert checks(cli("doctor", "--json"))["spool"]["ok"]
    report = cli("sync", "--json").json()
    assert (report["files"], report["records"], report["runs_killed"]) == (1, 1, 0)
    assert cli("runs", "show", run, "--json").json()["summary"]["status"] == "running"
    assert path.exists()
    assert cli("sync").out == "Nothing was waiting.\n"
    write(dead)
    problem = checks(cli("doctor", "--json"))["spool"]
    assert (problem["ok"], problem["mend"]) == (False, "mlops-lab sync")
    report = cli("sync", "--json").json()
    assert (report["files"], report["records"], report["runs_killed"]) == (1, 0, 1)
    assert not path.exists()
    assert cli("runs", "show", run, "--json").json()["summary"]["status"] == "killed"


def test_what_the_store_is_and_what_lies_in_its_trash(cli: Cli, lab: Lab) -> None:
    new = NewClientRun(lab.writing.create_experiment("flights", who="ada"), user="ada")
    trashed, _ = lab.writing.create_run(new), lab.writing.create_run(new)
    assert checks(cli("doctor", "--json"))["trash"]["found"] == "empty"
    lab.trash.put_run(trashed, who="ada")
    found = checks(cli("doctor", "--json"))
    assert found["store"]["found"].startswith("SQLite 3.")
    assert f"schema revision {HEAD}, 2 runs, " in found["store"]["found"]
    assert "free for the database, " in found["disk"]["found"]
    assert found["trash"]["found"].startswith("1 run with 0 B of files and 0 experiments;")


def test_points_that_wait_to_be_packed_are_counted(cli: Cli, lab: Lab) -> None:
    assert "points that" not in checks(cli("doctor", "--json"))["store"]["found"]
    series = Series(lab.store)
    for begin in range(0, 3_000, 1_000):
        series.add(some_points(1_000, seed=1, order="rising", begin=begin))
    found = checks(cli("doctor", "--json"))["store"]
    assert found["ok"]
    assert "3,000 points that a server will pack" in found["found"]
