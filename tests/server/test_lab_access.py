"""Proves that a store which cannot be used is told clearly, and that it recovers by itself."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from mlops_lab.core.errors import (
    CollisionError,
    LabError,
    SchemaMismatchError,
    StoreUnavailableError,
)
from mlops_lab.core.ids import new_id
from mlops_lab.server.lab_access import LabAccess

from .conftest import json_of
from .test_routes import check_answer

_DEADLINE_S = 15


async def _until_status(api: Any, code: int) -> Any:
    async with asyncio.timeout(_DEADLINE_S):
        while True:
            response = await api("GET", "status")
            check_answer("get_status", response)
            if response.code == code:
                return response
            await asyncio.sleep(0.05)


def test_all_threads_get_the_same_lab(settings) -> None:
    access = LabAccess(settings, log=logging.getLogger("test"))
    got: list[Any] = []
    threads = [threading.Thread(target=lambda: got.append(access.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(map(id, got))) == 1
    access.close()
    with pytest.raises(LabError):
        access.get()


def test_a_store_is_opened_anew_after_a_fault_of_its_database_only(settings) -> None:
    access = LabAccess(settings, log=logging.getLogger("test"))
    lab = access.get()
    with pytest.raises(CollisionError), access.use():
        raise CollisionError("Another writer was first.")
    assert access.get() is lab
    digest = lab.store.artifacts.put(b"some bytes")
    (kept,) = [one for one in lab.store.artifacts.folder.rglob("*") if one.is_file()]
    kept.chmod(0o600)
    kept.write_bytes(b"damaged!!!")
    with pytest.raises(StoreUnavailableError), access.use() as lent:
        lent.store.artifacts.get(digest)
    assert access.get() is lab
    with pytest.raises(LabError), access.use():
        raise LabError("The caller is wrong.")
    assert access.get() is lab
    with pytest.raises(StoreUnavailableError), access.use():
        raise StoreUnavailableError("The database is away.")
    with access.use() as again:
        assert again is not lab
        assert again.tracking.count_runs() == 0
    access.close()


def test_a_failing_store_is_logged_once_and_tried_again(settings, caplog) -> None:
    path = Path(settings.store_url.removeprefix("sqlite:///"))
    path.mkdir(parents=True)
    caplog.set_level(logging.INFO)
    access = LabAccess(settings, log=logging.getLogger("test"))
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            access.get()
    assert caplog.text.count("cannot open its store") == 1
    path.rmdir()
    assert access.get().tracking.count_runs() == 0
    assert "has opened its store" in caplog.text
    access.close()


@pytest.fixture
def blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where the store should be a file; made before the server starts."""
    path = tmp_path / "blocked.db"
    path.mkdir()
    monkeypatch.setenv("MLOPS_LAB_STORE_URL", f"sqlite:///{path}")
    return path


async def test_a_server_started_on_a_blocked_store_says_so_and_recovers(blocked, api) -> None:
    problem = json_of(await _until_status(api, 503))
    assert problem["code"] == "store_unavailable"
    assert str(blocked) in problem["detail"]
    assert problem["hint"]
    blocked.rmdir()
    await _until_status(api, 200)


def _take_away(store: Path) -> Path:
    """Move the files of the store elsewhere and put a folder in its place."""
    kept = store.with_name("kept")
    kept.mkdir()
    for file in store.parent.glob("store.db*"):
        shutil.move(file, kept / file.name)
    store.mkdir()
    return kept


def _bring_back(store: Path, kept: Path) -> None:
    store.rmdir()
    for file in kept.iterdir():
        shutil.move(file, store.parent / file.name)


async def test_a_store_that_becomes_unusable_gives_503_and_recovers(
    api, extension, lab, delivery
) -> None:
    run_id = new_id()
    await api("POST", delivery.path, body=delivery.batch(delivery.run(run_id)))
    store = Path(extension.lab_settings.store_url.removeprefix("sqlite:///"))
    kept = _take_away(store)
    response = await _until_status(api, 503)
    assert json_of(response)["hint"]
    _bring_back(store, kept)
    assert json_of(await _until_status(api, 200))["runs"] == 1
    found = json_of(await api("GET", f"runs/{run_id}"))
    assert found["summary"]["id"] == run_id


async def test_a_store_of_a_newer_version_gives_503_with_the_way_out(api, extension, lab) -> None:
    from sqlalchemy import text

    with lab.store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    extension.parts.access.forget(lab)
    response = await api("GET", "status")
    check_answer("get_status", response)
    assert response.code == 503
    problem = json_of(response)
    assert problem["code"] == SchemaMismatchError.code
    assert "pip install" in problem["hint"]
