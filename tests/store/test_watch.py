"""Proves that a watch notices commits of other connections, and a file that was replaced."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlops_lab.core.errors import StoreUnavailableError
from mlops_lab.core.ids import new_id
from mlops_lab.core.settings import Settings
from mlops_lab.store.outbox import put_change
from mlops_lab.store.store import Store

_OTHER_PROCESS = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    connection.execute("INSERT INTO key (name) VALUES ('x')")
connection.close()
"""


def _file(settings: Settings) -> Path:
    return Path(settings.store_url.removeprefix("sqlite:///"))


def test_only_a_commit_moves_the_store(store: Store) -> None:
    watch = store.watch()
    assert watch.moved()
    assert not watch.moved()
    with store.read():
        pass
    assert not watch.moved()
    with store.write() as tx:
        put_change(tx, "run", new_id(), "created")
        assert not watch.moved()
    assert watch.moved()
    assert not watch.moved()
    watch.close()


def test_a_commit_of_another_process_moves_the_store(store: Store, settings: Settings) -> None:
    watch = store.watch()
    assert watch.moved()
    order = [sys.executable, "-c", _OTHER_PROCESS, str(_file(settings))]
    subprocess.run(order, check=True)
    assert watch.moved()
    watch.close()


def test_a_watch_does_not_hold_up_writers(store: Store) -> None:
    watch = store.watch()
    watch.moved()
    for _ in range(3):
        with store.write() as tx:
            put_change(tx, "run", new_id(), "created")
        watch.moved()
    watch.close()
    watch.close()


def test_a_replaced_file_is_noticed(store: Store, settings: Settings) -> None:
    watch = store.watch()
    watch.moved()
    _file(settings).rename(_file(settings).with_name("moved"))
    with pytest.raises(StoreUnavailableError, match="replaced or removed"):
        watch.moved()
    watch.close()
