"""``mlops-lab db``: upgrade with a copy first, check with an exit code, move with what to do next."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from mlops_lab.core.settings import STORE_URL, Settings
from mlops_lab.lab import Lab
from mlops_lab.store.schema import HEAD
from mlops_lab.store.store import Store
from tests.postgres import Databases

from .conftest import Answer

Cli = Callable[..., Answer]


def _file(settings: Settings) -> Path:
    return settings.data_dir / "store.db"


def test_an_upgrade_copies_first_and_says_so(cli: Cli, settings: Settings) -> None:
    assert cli("db", "upgrade").out.endswith(f"was made, schema revision {HEAD}.\n")
    again = cli("db", "upgrade").out
    assert again.endswith(f"schema revision {HEAD} already.\n")
    assert list(settings.data_dir.glob("*.backup*")) == []


def test_the_copy_is_the_store_as_it_was(cli: Cli, settings: Settings, old_store: None) -> None:
    done = cli("db", "upgrade")
    [copy] = settings.data_dir.glob("*.backup")
    assert f"Copied the store as it was to {copy}" in done.out
    assert f"upgraded from 0001, schema revision {HEAD}" in done.out
    for file, revision in ((copy, "0001"), (_file(settings), HEAD)):
        with closing(sqlite3.connect(file)) as cx:
            assert cx.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
            assert cx.execute("SELECT name FROM key").fetchall() == [("loss",)]
            assert cx.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def old_store(settings: Settings) -> None:
    """A store of the first schema with a row in it."""
    from alembic import command
    from alembic.config import Config

    from mlops_lab.store import migrations
    from mlops_lab.store.engine import open_engine, transaction

    engine = open_engine(settings.store_url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with transaction(engine, writes=True) as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        tx.execute(text("INSERT INTO key (name) VALUES ('loss')"))
    engine.dispose()


def test_a_check_tells_by_its_exit_code(cli: Cli, settings: Settings, lab: Lab) -> None:
    fine = cli("db", "check")
    assert (fine.code, "problem" in fine.out) == (0, False)
    assert cli("db", "check", "--json").json()["ok"] is True
    with lab.store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    bad = cli("db", "check")
    assert bad.code == 1
    assert "mlops-lab db upgrade" in bad.out


@pytest.mark.parametrize("words", [("check",), ("move", "--to", "sqlite:////nowhere/x.db")])
def test_a_store_that_is_not_there_is_not_made(
    cli: Cli, settings: Settings, words: tuple[str, ...]
) -> None:
    done = cli("db", *words)
    assert done.code == 1
    assert "There is no store at" in done.err
    assert not _file(settings).exists()


def test_a_move_says_which_setting_to_change(
    cli: Cli,
    databases: Databases,
    add_run: Callable[..., str],
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = add_run()
    lab.close()
    with databases.fresh() as name:
        url = databases.at(name)
        done = cli("db", "move", "--to", url)
        assert done.code == 0, done.err
        assert f"{STORE_URL}=postgresql+psycopg://" in done.out
        monkeypatch.setenv(STORE_URL, url)
        shown = cli("runs", "show", run_id, "--json").json()
        assert shown["summary"]["id"] == run_id
        again = cli("db", "move", "--to", url)
        assert (again.code, "The target is the store itself" in again.err) == (1, True)


def test_a_store_in_use_is_not_moved(cli: Cli, settings: Settings, tmp_path: Path) -> None:
    Store.open(settings).close()
    code = "import sqlite3, sys; cx = sqlite3.connect(sys.argv[1]); print(1, flush=True); input()"
    command = [sys.executable, "-c", code, str(_file(settings))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        done = cli("db", "move", "--to", f"sqlite:///{tmp_path}/new.db")
        child.kill()
    assert done.code == 1
    assert f"in use by process {child.pid} ({shlex.split(Path(sys.executable).name)[0]}" in done.err
    assert cli("db", "move", "--to", f"sqlite:///{tmp_path}/new.db").code == 0
