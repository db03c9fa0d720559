"""A whole store moves into another database: every row, cut off at any moment, and never over others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, insert, select, text

from mlops_lab.core.errors import ConflictError, SchemaMismatchError, StoreUnavailableError
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.store import outbox
from mlops_lab.store.all_tables import metadata
from mlops_lab.store.audit import note
from mlops_lab.store.copying import tally
from mlops_lab.store.engine import open_engine, transaction
from mlops_lab.store.move import move_store
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
from mlops_lab.store.tables import audit, experiment, key, metric_point, run, series

from .filled import fill_all


@pytest.fixture
def filled(settings: Settings) -> Iterator[Engine]:
    """A store with awkward rows in every table."""
    Store.open(settings).close()
    engine = open_engine(settings.store_url)
    with transaction(engine, writes=True) as tx:
        fill_all(tx, 7)
    yield engine
    engine.dispose()


@pytest.fixture
def target(empty_settings: Settings, tmp_path: Path) -> Iterator[Engine]:
    """An empty place of each kind."""
    url = empty_settings.store_url
    engine = open_engine(url if url.startswith("postgresql") else f"sqlite:///{tmp_path}/to.db")
    yield engine
    engine.dispose()


def _quiet(_table: str, _rows: int) -> None:
    return


def _rows(engine: Engine, table: Table) -> list[Any]:
    with transaction(engine, writes=False) as cx:
        return sorted(map(tuple, cx.execute(select(table))), key=repr)


def _assert_same(source: Engine, target: Engine) -> None:
    for table in metadata.sorted_tables:
        if table is not audit:
            assert _rows(target, table) == _rows(source, table), table.name


def test_every_row_of_every_table_arrives(filled: Engine, target: Engine) -> None:
    moved = move_store(filled, target, who="ada", told=_quiet)
    assert {one.name: one.rows for one in moved} == dict.fromkeys(metadata.tables, 7)
    _assert_same(filled, target)
    [added] = set(_rows(target, audit)) - set(_rows(filled, audit))
    assert added[2:5] == ("ada", "move", "store")
    with transaction(filled, writes=False) as cx:
        source = {table.name: tally(cx, table) for table in metadata.sorted_tables}
    assert {one.name: (one.rows, one.digest) for one in moved} == {
        name: (one.rows, str(one)) for name, one in source.items()
    }
    if target.dialect.name == "postgresql":
        # Its plans are for so many rows from the first question on.
        with transaction(target, writes=False) as cx:
            known = text("SELECT reltuples FROM pg_class WHERE oid = 'run'::regclass")
            assert cx.execute(known).scalar_one() == 7


def test_a_store_on_postgresql_moves_into_a_file(
    postgres_settings: Settings, tmp_path: Path
) -> None:
    source = open_engine(postgres_settings.store_url)
    target = open_engine(f"sqlite:///{tmp_path}/back.db")
    with transaction(source, writes=True) as tx:
        fill_all(tx, 7)
    with pytest.raises(_CutError):
        move_store(source, target, who="ada", told=_cut_at("series"))
    moved = move_store(source, target, who="ada", told=_quiet)
    assert {one.name: one.rows for one in moved} == dict.fromkeys(metadata.tables, 7)
    _assert_same(source, target)
    for engine in (source, target):
        engine.dispose()
    settings = Settings(tmp_path, f"sqlite:///{tmp_path}/back.db", tmp_path / "artifacts")
    with closing(Store.open(settings)) as store, store.write() as tx:
        note(tx, "trash", "run", "r1", who="ada")


def test_new_rows_get_numbers_that_nobody_has(
    store: Store, settings: Settings, target: Engine, tmp_path: Path
) -> None:
    with store.write() as tx:
        ids = key_ids(tx, ["a", "b"])
        outbox.put_change(tx, "run", "r1", "created")
        outbox.put_change(tx, "run", "r2", "created")
    with store.write() as tx:
        tx.execute(outbox.outbox.delete())
    source = open_engine(settings.store_url)
    move_store(source, target, who="ada", told=_quiet)
    source.dispose()
    url = target.url.render_as_string(hide_password=False)
    opened = Store.open(Settings(tmp_path, url, tmp_path / "artifacts"))
    with closing(opened) as moved, moved.write() as tx:
        assert max(ids.values()) < key_ids(tx, ["c"])["c"]
        outbox.put_change(tx, "run", "r3", "created")
        note(tx, "trash", "run", "r3", who="ada")
        is_postgresql = moved.dialect == "postgresql"
    again = open_engine(url)
    with transaction(again, writes=False) as cx:
        assert outbox.last_seq(cx) == 3 or not is_postgresql
    again.dispose()


def test_a_target_with_other_data_is_refused_and_kept(filled: Engine, target: Engine) -> None:
    move_store(filled, target, who="ada", told=_quiet)
    before = {table.name: _rows(target, table) for table in metadata.sorted_tables}
    with pytest.raises(ConflictError, match="other data") as caught:
        move_store(filled, target, who="ada", told=_quiet)
    assert "createdb" in caught.value.hint
    assert {table.name: _rows(target, table) for table in metadata.sorted_tables} == before


@pytest.mark.parametrize(
    ("statement", "error", "message"),
    [
        ("CREATE TABLE run (id INTEGER)", ConflictError, "'run' that is not of MLOps Lab"),
        (
            "CREATE TABLE alembic_version AS SELECT '728d730b5ebd' AS version_num",
            SchemaMismatchError,
            "728d730b5ebd.*another program",
        ),
    ],
)
def test_a_database_of_another_program_is_refused(
    filled: Engine, target: Engine, statement: str, error: type[Exception], message: str
) -> None:
    with transaction(target, writes=True) as tx:
        tx.execute(text(statement))
    with pytest.raises(error, match=message):
        move_store(filled, target, who="ada", told=_quiet)


def test_an_older_store_is_upgraded_first(filled: Engine, target: Engine) -> None:
    with transaction(filled, writes=True) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(ConflictError, match="0001") as caught:
        move_store(filled, target, who="ada", told=_quiet)
    assert "db upgrade" in caught.value.hint


class _CutError(Exception):
    pass


def _cut_at(table: str) -> Any:
    def told(name: str, _rows: int) -> None:
        if name == table:
            raise _CutError

    return told


def test_a_target_in_the_middle_of_a_move_is_no_store_yet(
    filled: Engine, target: Engine, tmp_path: Path
) -> None:
    with pytest.raises(_CutError):
        move_store(filled, target, who="ada", told=_cut_at("run"))
    url = target.url.render_as_string(hide_password=False)
    with pytest.raises(SchemaMismatchError, match="has not ended") as caught:
        Store.open(Settings(tmp_path, url, tmp_path / "artifacts"))
    assert "mlops-lab db move" in caught.value.hint


def test_a_move_begins_anew_when_the_source_was_written_since(
    filled: Engine, target: Engine
) -> None:
    with pytest.raises(_CutError):
        move_store(filled, target, who="ada", told=_cut_at("series"))
    with transaction(filled, writes=True) as tx:
        tx.execute(run.update().values(name="another"))
    move_store(filled, target, who="ada", told=_quiet)
    _assert_same(filled, target)


def test_another_store_does_not_go_on_with_the_move(
    filled: Engine, target: Engine, tmp_path: Path
) -> None:
    with pytest.raises(_CutError):
        move_store(filled, target, who="ada", told=_cut_at("run"))
    other = make_settings(jupyter_data_dir=tmp_path / "other", environ={})
    Store.open(other).close()
    source = open_engine(other.store_url)
    with pytest.raises(ConflictError, match="Another store"):
        move_store(source, target, who="ada", told=_quiet)
    source.dispose()


def test_what_did_not_arrive_as_it_was_is_noticed(filled: Engine, target: Engine) -> None:
    with pytest.raises(_CutError):
        move_store(filled, target, who="ada", told=_cut_at(metadata.sorted_tables[-1].name))
    with transaction(target, writes=True) as tx:
        tx.execute(experiment.update().values(created_at=1))
    with pytest.raises(StoreUnavailableError, match="'experiment' did not arrive"):
        move_store(filled, target, who="ada", told=_quiet)


def test_nobody_writes_the_source_meanwhile(
    filled: Engine, target: Engine, settings: Settings
) -> None:
    refused: list[str] = []

    def write(name: str, _rows: int) -> None:
        if name != "run":
            return
        other = open_engine(settings.store_url)
        with transaction(other, writes=False) as cx:
            cx.exec_driver_sql("PRAGMA busy_timeout=50")
        try:
            with transaction(other, writes=True) as tx:
                tx.execute(run.update().values(name="meanwhile"))
        except StoreUnavailableError as error:
            refused.append(error.message)
        other.dispose()

    move_store(filled, target, who="ada", told=write)
    assert len(refused) == 1
    assert "locked" in refused[0]
    _assert_same(filled, target)


_MOVER = """
import sys
from mlops_lab.store import move
from mlops_lab.store.engine import open_engine
move.PORTION = 2_000
move.move_store(open_engine(sys.argv[1]), open_engine(sys.argv[2]), who="ada",
                told=lambda name, rows: print(name, rows, flush=True))
print("done", flush=True)
"""


@contextmanager
def _moving(source: Engine, target: Engine) -> Iterator[subprocess.Popen[str]]:
    urls = [one.url.render_as_string(hide_password=False) for one in (source, target)]
    child = subprocess.Popen(
        [sys.executable, "-c", _MOVER, *urls], stdout=subprocess.PIPE, text=True
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def _wait_for(child: subprocess.Popen[str], lines: int) -> bool:
    """Read so many lines; True when the move has ended before."""
    assert child.stdout is not None
    return any(child.stdout.readline().strip() in ("done", "") for _ in range(lines))


def test_a_move_that_is_killed_goes_on_where_it_was(filled: Engine, target: Engine) -> None:
    with transaction(filled, writes=True) as tx:
        one = tx.execute(select(series.c.id).limit(1)).scalar_one()
        points = [
            {"series_id": one, "ordinal": 10 + n, "step": n, "elapsed": n, "value": n / 7}
            for n in range(20_000)
        ]
        tx.execute(insert(metric_point), points)
    tables = len(metadata.sorted_tables)
    for lines in (1, tables // 2, tables // 2, 4, 3):
        with _moving(filled, target) as child:
            if _wait_for(child, lines):
                break
            os.kill(child.pid, signal.SIGKILL)
    with _moving(filled, target) as child:
        out, _ = child.communicate(timeout=120)
        assert child.returncode == 0
    assert out.endswith("done\n")
    # What had arrived was not sent again.
    assert "experiment" not in out
    _assert_same(filled, target)
    with transaction(target, writes=False) as cx:
        assert cx.execute(select(func.count()).select_from(metric_point)).scalar_one() == 20_007
        assert cx.execute(select(func.count()).select_from(key)).scalar_one() == 7
