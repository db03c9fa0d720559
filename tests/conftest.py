"""Fixtures that every test shares: a store of its own, and no trace of the user's settings.

``any_settings`` and ``any_store`` run a test on SQLite and on PostgreSQL. A folder whose every test
shall do so overrides ``settings`` by ``any_settings``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lab.core import kernelenv, settings as settings_module
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.store.store import Store
from tests.postgres import Databases, databases_of_session, is_left_out

ANY_DATABASE = ["sqlite"] if is_left_out() else ["sqlite", "postgresql"]
"""What ``any_settings`` runs a test on."""

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Point everything at ``tmp_path`` and drop what a surrounding server may have exported."""
    for name in (kernelenv.SERVER_URL, kernelenv.KERNEL_TOKEN, kernelenv.JOB_CONTEXT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv(settings_module.STORE_URL, raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv(settings_module.DATA_DIR, str(tmp_path / "mlops_lab"))
    monkeypatch.setenv(kernelenv.SPOOL_DIR, str(tmp_path / "mlops_lab" / "spool"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(jupyter_data_dir=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store.open(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The PostgreSQL server of this session; started when the first test asks for it."""
    if is_left_out():
        pytest.skip("whoever runs the tests left PostgreSQL out")
    with databases_of_session() as made:
        yield made


@pytest.fixture(scope="session")
def made_database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with the tables of the store, to be copied."""
    with databases.template(tmp_path_factory.mktemp("template")) as name:
        yield name


def _postgres_settings(databases: Databases, folder: Path, like: str) -> Iterator[Settings]:
    with databases.fresh(like) as name:
        yield make_settings(jupyter_data_dir=folder, store_url=databases.at(name))


@pytest.fixture
def postgres_settings(
    databases: Databases, made_database: str, tmp_path: Path
) -> Iterator[Settings]:
    """A store of its own on PostgreSQL."""
    yield from _postgres_settings(databases, tmp_path, made_database)


@pytest.fixture(params=ANY_DATABASE)
def any_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A store of its own: an SQLite file, or a database of the PostgreSQL server."""
    if request.param == "postgresql":
        found: Settings = request.getfixturevalue("postgres_settings")
        return found
    return make_settings(jupyter_data_dir=tmp_path)


@pytest.fixture(params=ANY_DATABASE)
def empty_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A place for a store, with no table in it yet."""
    if request.param == "sqlite":
        yield make_settings(jupyter_data_dir=tmp_path)
        return
    databases: Databases = request.getfixturevalue("databases")
    yield from _postgres_settings(databases, tmp_path, "template0")


@pytest.fixture
def any_store(any_settings: Settings) -> Iterator[Store]:
    """A store of its own on each database."""
    opened = Store.open(any_settings)
    yield opened
    opened.close()
