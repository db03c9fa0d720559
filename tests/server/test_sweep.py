"""Proves that what dead kernels left is taken in at start and later, and what live ones keep is not."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops_lab.core.errors import SchemaMismatchError, StoreUnavailableError
from mlops_lab.core.ids import new_id
from mlops_lab.server.sweep import SpoolSweep
from mlops_lab.store.engine import open_engine, transaction
from mlops_lab.store.schema import HEAD, set_revision

from .conftest import Delivery, json_of

_DEADLINE_S = 15


def _leave(folder: Path, delivery: Delivery, *records: Any, **header: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [delivery.header | header, *records]
    file = folder / f"{delivery.spool_id}-0.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def _dead() -> dict[str, Any]:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return {"pid": process.pid, "process_started_at": 1.0}


@pytest.fixture
def left_over(tmp_path: Path, delivery: Delivery) -> str:
    """A run that a dead kernel left in the spool folder before the server starts."""
    run_id = new_id()
    records = [delivery.run(run_id), delivery.metric(run_id, 0.5)]
    _leave(tmp_path / "mlops_lab" / "spool", delivery, *records, **_dead())
    return run_id


async def test_a_started_server_takes_in_what_a_dead_kernel_left(left_over, api, extension) -> None:
    async with asyncio.timeout(_DEADLINE_S):
        while (await api("GET", f"runs/{left_over}")).code != 200:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.05)
        while any(extension.lab_settings.spool_dir.iterdir()):  # noqa: ASYNC110 - on the disk
            await asyncio.sleep(0.05)
    run = json_of(await api("GET", f"runs/{left_over}"))
    assert run["summary"]["status"] == "killed"
    assert run["metrics"][0]["last"] == 0.5


async def test_the_files_of_a_live_process_stay(api, extension, lab, delivery) -> None:
    run_id = new_id()
    file = _leave(extension.lab_settings.spool_dir, delivery, delivery.run(run_id))
    await _sweep(extension, only_dead=True).sweep()
    assert file.exists()
    assert (await api("GET", f"runs/{run_id}")).code == 404


async def test_where_kernels_cannot_deliver_their_files_are_read(
    api, extension, lab, delivery
) -> None:
    run_id = new_id()
    file = _leave(extension.lab_settings.spool_dir, delivery, delivery.run(run_id))
    for _ in range(2):
        await _sweep(extension, only_dead=False).sweep()
    assert file.exists()
    run = json_of(await api("GET", f"runs/{run_id}"))
    assert run["summary"]["status"] == "running"


async def test_a_live_process_that_knows_no_server_is_read(api, extension, lab, delivery) -> None:
    run_id = new_id()
    file = _leave(extension.lab_settings.spool_dir, delivery, delivery.run(run_id), delivers=False)
    sweep = _sweep(extension, only_dead=True)
    await sweep.sweep()
    assert json_of(await api("GET", f"runs/{run_id}"))["summary"]["status"] == "running"
    with file.open("a") as more:
        more.write(json.dumps(delivery.metric(run_id, 0.5)) + "\n")
    await sweep.sweep()
    assert json_of(await api("GET", f"runs/{run_id}"))["metrics"][0]["last"] == 0.5
    assert file.exists()


async def test_a_run_whose_process_is_gone_ends_without_any_file(
    api, extension, lab, delivery
) -> None:
    run_id = new_id()
    batch = delivery.batch(delivery.run(run_id)) | {"spool": delivery.header | _dead()}
    assert (await api("POST", delivery.path, body=batch)).code == 200
    assert not any(extension.lab_settings.spool_dir.glob("*"))
    async with asyncio.timeout(_DEADLINE_S):
        while True:
            run = json_of(await api("GET", f"runs/{run_id}"))
            if run["summary"]["status"] == "killed":
                break
            await asyncio.sleep(0.05)


async def test_a_store_that_was_opened_anew_gets_unchanged_files_again(
    extension, lab, delivery
) -> None:
    run_id = new_id()
    _leave(extension.lab_settings.spool_dir, delivery, delivery.run(run_id), delivers=False)
    sweep = _sweep(extension, only_dead=True)
    await sweep.sweep()
    extension.parts.access.forget(lab)
    (extension.lab_settings.data_dir / "store.db").unlink()
    await sweep.sweep()
    assert extension.parts.access.get().tracking.get_run(run_id).summary.status == "running"


async def test_servers_apply_data_policies_and_one_of_them_does_it(
    extension, api, lab, delivery
) -> None:
    run_id = new_id()
    long_ago = 1_000_000_000_000
    started = delivery.run(run_id)
    end = delivery.record("end", run_id, "finished", long_ago, 5, "loss", None)
    batch = delivery.batch(started, end)
    assert (await api("POST", delivery.path, body=batch)).code == 200
    lab.retention.set_policy("Default", runs_days=1, artifacts_days=None, masked=[], who="ada")
    for _ in range(2):
        await _sweep(extension, only_dead=True).sweep()
    assert (await api("GET", f"runs/{run_id}")).code == 404
    [purge] = json_of(await api("GET", "audit", params={"action": "purge"}))["entries"]
    assert (purge["record_id"], purge["who"]) == (run_id, "retention, set by ada")
    assert lab.retention.apply_due() == []


async def test_a_server_whose_store_was_upgraded_by_a_newer_one_refuses_and_loses_nothing(
    extension, api, lab, delivery
) -> None:
    run_id = new_id()
    file = _leave(extension.lab_settings.spool_dir, delivery, delivery.run(run_id), **_dead())
    newer = open_engine(extension.lab_settings.store_url)
    with transaction(newer, writes=True) as tx:
        set_revision(tx, "9999")
    sweep = _sweep(extension, only_dead=True)
    with pytest.raises(SchemaMismatchError, match="9999"):
        await sweep.sweep()
    refused = await api("GET", "status")
    assert refused.code == 503
    assert "pip install --upgrade" in json_of(refused)["hint"]
    assert (await api("POST", delivery.path, body=delivery.batch())).code == 503
    with transaction(newer, writes=True) as tx:
        set_revision(tx, HEAD)
    newer.dispose()
    await sweep.sweep()
    assert not file.exists()
    assert json_of(await api("GET", f"runs/{run_id}"))["summary"]["status"] == "killed"


async def test_an_error_is_logged_once(extension, lab, delivery, caplog) -> None:
    _leave(extension.lab_settings.spool_dir, delivery, delivery.run(new_id()), **_dead())
    sweep = _sweep(extension, only_dead=True)
    for _ in range(3):
        sweep._complain(StoreUnavailableError("The disk is full."))
    assert caplog.text.count("The disk is full.") == 1
    assert "Traceback" not in caplog.text


def _sweep(extension: Any, *, only_dead: bool) -> SpoolSweep:
    return SpoolSweep(
        extension.parts.access,
        extension.parts.places,
        spool_dir=extension.lab_settings.spool_dir,
        only_dead=only_dead,
        executor=extension.parts.executor,
        log=logging.getLogger("test"),
    )
