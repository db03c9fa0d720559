"""Holds transactions to their promises: whole or not at all, and clear words when the store fails."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mlops_lab.core.errors import InvalidInputError, StoreUnavailableError
from mlops_lab.core.settings import Settings
from mlops_lab.store.engine import open_engine, shown_url, transaction
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
from mlops_lab.store.tables import key


def names(store: Store) -> list[str]:
    with store.read() as cx:
        return list(cx.execute(select(key.c.name).order_by(key.c.name)).scalars())


def test_a_failed_transaction_leaves_nothing_and_tells_nobody(store: Store) -> None:
    told: list[str] = []
    store.on_commit(lambda: told.append("told"))

    def fail() -> None:
        with store.write() as tx:
            key_ids(tx, ["a"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(store) == []
    assert told == []
    with store.write() as tx:
        key_ids(tx, ["a"])
    assert names(store) == ["a"]
    assert told == ["told"]


def test_a_reader_sees_one_state(store: Store) -> None:
    with store.read() as cx:
        assert list(cx.execute(select(key.c.name))) == []
        with store.write() as tx:
            key_ids(tx, ["new"])
        assert list(cx.execute(select(key.c.name))) == []
    assert names(store) == ["new"]


def test_writers_wait_for_one_another(store: Store) -> None:
    def write(number: int) -> None:
        for count in range(20):
            with store.write() as tx:
                # Read first: a transaction that only then began to write would fail at once.
                tx.execute(select(key.c.id)).all()
                key_ids(tx, [f"{number}-{count}"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(store)) == 80


def test_a_locked_store(store: Store, settings: Settings) -> None:
    with store.read() as cx:
        cx.exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(settings.data_dir / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="locked") as caught, store.write():
        pass
    assert str(settings.data_dir) in caught.value.message
    assert caught.value.hint
    assert names(store) == []
    other.close()
    with store.write() as tx:
        key_ids(tx, ["after"])
    assert names(store) == ["after"]


def test_a_read_only_store(store: Store) -> None:
    with store.read() as cx:
        cx.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(StoreUnavailableError, match="readonly"), store.write() as tx:
        key_ids(tx, ["a"])
    assert names(store) == []


def test_a_full_disk(store: Store) -> None:
    with store.read() as cx:
        pages = cx.exec_driver_sql("PRAGMA page_count").scalar_one()
        cx.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreUnavailableError, match="full"), store.write() as tx:
        key_ids(tx, [f"{number:0200d}" for number in range(2_000)])
    assert names(store) == []
    with store.write() as tx:
        key_ids(tx, ["small"])
    assert names(store) == ["small"]


_LIMITED = """
import resource, sys
from pathlib import Path
from mlops_lab.core.errors import StoreUnavailableError
from mlops_lab.core.settings import Settings
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
data = Path(sys.argv[1])
store = Store.open(Settings(data, sys.argv[2], data / "artifacts"))
free = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, free[1]))

def write_much():
    with store.write() as tx:
        key_ids(tx, [f"{number:0200d}" for number in range(20_000)])

for act in (write_much, lambda: store.artifacts.put(b"x" * 300_000)):
    try:
        act()
    except StoreUnavailableError as error:
        print("refused:", error.message)
resource.setrlimit(resource.RLIMIT_FSIZE, free)
with store.write() as tx:
    key_ids(tx, ["after"])
print("goes on:", len(store.artifacts.get(store.artifacts.put(b"y" * 300_000))))
"""


def test_a_disk_that_takes_no_more_bytes(settings: Settings, tmp_path: Path) -> None:
    """The system itself refuses to let any file grow, as it does when a quota is used up."""
    Store.open(settings).close()
    command = [sys.executable, "-c", _LIMITED, str(settings.data_dir), settings.store_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["refused", "refused", "goes on"], lines
    opened = Store.open(settings)
    assert names(opened) == ["after"]
    opened.close()


def test_a_folder_where_the_file_should_be(settings: Settings) -> None:
    (settings.data_dir / "store.db").mkdir(parents=True)
    with pytest.raises(StoreUnavailableError, match=r"store\.db"):
        Store.open(settings)


def test_a_file_where_the_folder_should_be(settings: Settings) -> None:
    settings.data_dir.write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="cannot be used"):
        Store.open(settings)


def test_a_file_that_is_no_database(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "store.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailableError, match="not a database") as caught:
        Store.open(settings)
    assert "backup" in caught.value.hint
    assert "free disk space" not in caught.value.hint


def test_our_own_faults_keep_their_names(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.execute(text("INSERT INTO key (name) VALUES (NULL)"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("not a url", "cannot be read"),
        ("mysql://h/x", "'mysql', which is not supported"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_a_bad_store_url(url: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        open_engine(url)
    assert caught.value.hint


def test_upper_and_lower_case_of_all_letters(settings: Settings) -> None:
    engine = open_engine(settings.store_url)
    with transaction(engine, writes=False) as cx:
        assert cx.execute(text("SELECT lab_casefold('ÄRGER Straße')")).scalar_one() == (
            "ärger strasse"
        )
        assert cx.execute(text("SELECT lab_casefold(NULL)")).scalar_one() is None
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql//ada:s3cret@db/lab", "'postgresql//ada:***@db/lab'"),
        ("postgresql+psycopg:/ada:s3cret@db/lab", "'postgresql+psycopg:***@db/lab'"),
        ("postgresql://ada:s3cret@db:port/lab", "'postgresql://ada:***@db:port/lab'"),
        ("postgresql://ada:a@s3cret:b@db:x/lab", "'postgresql://ada:***@db:x/lab'"),
        ("postgresql://ada@db:x/lab?password=s3cret", "'postgresql://ada@db:x/lab?***'"),
    ],
)
def test_a_password_in_a_url_that_cannot_be_read_is_not_shown(url: str, shown: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        open_engine(url)
    assert shown in caught.value.message
    told = "".join(traceback.format_exception(caught.value)) + caught.value.hint
    assert "s3cret" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://ada:s3cret@127.0.0.1:9/lab?connect_timeout=1",
        "postgresql+psycopg://ada@127.0.0.1:9/lab?password=s3cret&sslpassword=s3cret",
    ],
)
def test_a_password_of_a_store_that_is_away_is_not_shown(url: str) -> None:
    pytest.importorskip("psycopg")
    engine = open_engine(url)
    assert "s3cret" not in shown_url(engine.url)
    with (
        pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:9/lab") as caught,
        transaction(engine, writes=False),
    ):
        pass
    assert "s3cret" not in caught.value.message
    engine.dispose()


def test_postgresql_compiles_no_plans(postgres_settings: Settings) -> None:
    engine = open_engine(postgres_settings.store_url)
    for writes in (False, True):
        with transaction(engine, writes=writes) as cx:
            assert cx.execute(text("SHOW jit")).scalar_one() == "off"
    engine.dispose()
