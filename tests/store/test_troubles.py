"""What a user is told when a PostgreSQL store cannot be used: the cause, and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, text

from mlops_lab.core.errors import StoreUnavailableError
from mlops_lab.core.settings import Settings
from mlops_lab.store.engine import open_engine, refuse_old_server, transaction
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
from mlops_lab.store.troubles import unavailable
from tests.postgres import Cluster, Databases, is_left_out, server_account, started_cluster


def url_of(settings: Settings) -> URL:
    return make_url(settings.store_url)


def opened(url: URL, folder: Path) -> Store:
    shown = url.render_as_string(hide_password=False)
    return Store.open(Settings(folder, shown, folder / "artifacts"))


@pytest.fixture
def do(databases: Databases) -> Iterator[Callable[[str], None]]:
    yield databases._do
    databases._do("DROP ROLE IF EXISTS lab_guest")


def test_a_database_that_is_not_there(postgres_settings: Settings, tmp_path: Path) -> None:
    url = url_of(postgres_settings).set(database="nowhere")
    with pytest.raises(StoreUnavailableError, match='"nowhere" does not exist') as caught:
        opened(url, tmp_path)
    assert "createdb" in caught.value.hint


def test_a_user_that_is_not_there(postgres_settings: Settings, tmp_path: Path) -> None:
    url = url_of(postgres_settings).set(username="nobody_here")
    with pytest.raises(StoreUnavailableError, match="nobody_here") as caught:
        opened(url, tmp_path)
    assert "user and password" in caught.value.hint


def test_a_user_without_rights(
    databases: Databases, do: Callable[[str], None], tmp_path: Path
) -> None:
    do("CREATE ROLE lab_guest LOGIN PASSWORD 'x'")
    with databases.fresh() as name:
        url = make_url(databases.at(name))
        engine = open_engine(url.render_as_string(hide_password=False))
        with transaction(engine, writes=True) as tx:
            # As PostgreSQL is set from version 15 on.
            tx.execute(text("REVOKE CREATE ON SCHEMA public FROM public"))
        engine.dispose()
        with pytest.raises(StoreUnavailableError, match="permission denied") as caught:
            opened(url.set(username="lab_guest", password="x"), tmp_path)
    assert "GRANT CREATE" in caught.value.hint


@pytest.mark.parametrize("host", ["127.0.0.1", "/nowhere/at/all"])
def test_a_server_that_is_away(host: str, tmp_path: Path) -> None:
    url = URL.create("postgresql+psycopg", "ada", "s3cret", port=9, query={"host": host})
    with pytest.raises(StoreUnavailableError) as caught:
        opened(url, tmp_path)
    assert "server runs" in caught.value.hint
    assert "s3cret" not in str(caught.value)


def test_a_store_that_is_read_only(postgres_settings: Settings) -> None:
    with closing(Store.open(postgres_settings)) as store:
        with store.write() as tx:
            tx.execute(text("SET default_transaction_read_only = on"))
            tx.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        with pytest.raises(StoreUnavailableError, match="read-only") as caught, store.write() as tx:
            key_ids(tx, ["a"])
    assert "primary server" in caught.value.hint


def test_a_server_that_is_too_old() -> None:
    refuse_old_server(13, "x")
    with pytest.raises(StoreUnavailableError, match="PostgreSQL 12, which is too old") as caught:
        refuse_old_server(12, "db/lab")
    assert "13 or newer" in caught.value.hint


@pytest.fixture(scope="module")
def guarded() -> Iterator[Cluster]:
    """A server that asks for passwords."""
    if is_left_out():
        pytest.skip("whoever runs the tests left PostgreSQL out")
    with started_cluster() as cluster:
        engine = open_engine(cluster.url.render_as_string())
        with transaction(engine, writes=True) as tx:
            tx.execute(text("CREATE ROLE ada LOGIN SUPERUSER PASSWORD 'right'"))
        engine.dispose()
        rules = cluster.folder / "data" / "pg_hba.conf"
        rules.write_text("local all ada scram-sha-256\nlocal all postgres trust\n")
        account = server_account()
        os.chown(rules, account.uid, account.gid)
        cluster.kill()
        cluster.start()
        yield cluster


def test_a_wrong_password_is_named_and_not_shown(guarded: Cluster, tmp_path: Path) -> None:
    opened(guarded.url.set(username="ada", password="right"), tmp_path).close()
    for password in ("wr0ng", None):
        with pytest.raises(StoreUnavailableError, match="password") as caught:
            opened(guarded.url.set(username="ada", password=password), tmp_path)
        assert "PGPASSFILE" in caught.value.hint
        assert "wr0ng" not in str(caught.value)


def test_a_store_comes_back_with_its_server(guarded: Cluster, tmp_path: Path) -> None:
    with closing(opened(guarded.url, tmp_path)) as store:
        with store.write() as tx:
            key_ids(tx, ["before"])
        guarded.kill()
        with pytest.raises(StoreUnavailableError) as caught, store.read() as cx:
            cx.execute(text("SELECT 1"))
        assert "server runs" in caught.value.hint
        guarded.start()
        with store.write() as tx:
            assert len(key_ids(tx, ["before", "after"])) == 2


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("database or disk is full", "Free disk space"),
        ("attempt to write a readonly database", "permissions or the mount"),
        ("file is not a database", "backup"),
        ("disk I/O error", "free disk space and permissions"),
    ],
)
def test_what_sqlite_says_is_put_into_words(said: str, hint: str) -> None:
    error = unavailable(OSError(said), "/x/store.db", make_url("sqlite:////x/store.db"))
    assert said in error.message
    assert hint in error.hint
