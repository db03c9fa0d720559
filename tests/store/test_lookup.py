"""Holds the naming of records by a part of their id to one rule, whatever the record is."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, insert

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.settings import Settings
from mlops_lab.store.lookup import find_id
from mlops_lab.store.store import Store
from mlops_lab.store.tables import definition, experiment

ONE, TWO = "0a" * 12 + "1111aaaa", "0a" * 12 + "2222aaaa"


@pytest.fixture
def settings(any_settings: Settings) -> Settings:
    """Every test here runs on each database."""
    return any_settings


@pytest.fixture(params=[experiment, definition], ids=lambda table: table.name)
def table(request: pytest.FixtureRequest, store: Store) -> Table:
    """Two records whose ids begin and end alike."""
    for record_id in (ONE, TWO):
        values = {"id": record_id, "name": record_id, "created_at": 1}
        if request.param is definition:
            values |= {"created_by": "ada", "revision": 1}
        with store.write() as tx:
            known = {name: value for name, value in values.items() if name in request.param.c}
            tx.execute(insert(request.param).values(**known))
    return request.param


@pytest.mark.parametrize("typed", [ONE, ONE.upper(), "1111aaaa", " 1111AAAA ", ONE[:26]])
def test_a_record_is_found(store: Store, table: Table, typed: str) -> None:
    with store.read() as cx:
        assert find_id(cx, table, typed, kind="job") == ONE


@pytest.mark.parametrize("typed", ["", "aaa", "xyzz", "%%%%", "a" * 33, "bbbb", ONE + "a"])
def test_nothing_is_found(store: Store, table: Table, typed: str) -> None:
    with store.read() as cx:
        assert find_id(cx, table, typed, kind="job") is None


@pytest.mark.parametrize("typed", ["aaaa", "0A0A"])
def test_several_are_named(store: Store, table: Table, typed: str) -> None:
    with store.read() as cx, pytest.raises(InvalidInputError, match="more than one job") as caught:
        find_id(cx, table, typed, kind="job")
    assert ONE in caught.value.message
    assert TWO in caught.value.message
