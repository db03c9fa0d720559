"""Holds lists to one order on each database, whatever the locale of a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlops_lab.core.logged import NewClientRun
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.writing import WritingService
from tests.conftest import ANY_DATABASE
from tests.postgres import Databases

NAMES = ["Zug", "_x", "a b", "a-c", "a_d", "ab", "zug", "Ähre", "ähre"]
"""In the order of their bytes, which is that of no language."""


@pytest.fixture(params=ANY_DATABASE)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An SQLite file, or a database of PostgreSQL that sorts as people in America do."""
    if request.param == "sqlite":
        yield make_settings(jupyter_data_dir=tmp_path)
        return
    databases: Databases = request.getfixturevalue("databases")
    language = "template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'"
    with databases.fresh(language) as name:
        yield make_settings(jupyter_data_dir=tmp_path, store_url=databases.at(name))


@pytest.fixture
def any_filled(settings: Settings) -> Iterator[Store]:
    with closing(Store.open(settings)) as store:
        writing = WritingService(store)
        for name in reversed(NAMES):
            made = writing.create_experiment(name, who="ada")
            new = NewClientRun(made, name=name, user=name, notebook_path=f"{name}.ipynb")
            writing.create_run(new)
        yield store


@pytest.mark.parametrize("column", ["name", "user", "notebook", "experiment"])
@pytest.mark.parametrize("direction", ["", " desc"])
def test_texts_are_sorted_by_their_bytes(any_filled: Store, column: str, direction: str) -> None:
    service = TrackingService(any_filled)
    found: list[str] = []
    cursor: str | None = None
    while cursor or not found:
        page = service.list_runs(order_by=[column + direction], limit=2, cursor=cursor)
        found += [run.name for run in page.runs]
        cursor = page.next_cursor
    assert found == (NAMES[::-1] if direction else NAMES)
