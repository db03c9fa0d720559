"""Holds the audit to its promise: what is written stays, whoever wants it changed."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from mlops_lab.core.settings import Settings
from mlops_lab.store import audit as entries
from mlops_lab.store.store import Store
from mlops_lab.store.tables import audit


@pytest.fixture
def settings(any_settings: Settings) -> Settings:
    """Every test here runs on each database."""
    return any_settings


def test_entries_come_back_newest_first_and_by_record(store: Store) -> None:
    with store.write() as tx:
        entries.note(tx, "trash", "run", "a" * 32, who="ada", name="train")
        entries.note(tx, "purge", "run", "b" * 32, who="bob")
    with store.read() as cx:
        both = entries.read_entries(cx)
        one = entries.read_entries(cx, kind="run", record_id="a" * 32)
        older = entries.read_entries(cx, before=both[0].seq)
    assert [(entry.who, entry.action) for entry in both] == [("bob", "purge"), ("ada", "trash")]
    assert [entry.detail for entry in one] == [{"name": "train"}]
    assert older == one


def test_no_entry_is_put_in_the_place_of_another(store: Store) -> None:
    for who in ("ada", "bob"):
        with store.write() as tx:
            entries.note(tx, "trash", "run", "a" * 32, who=who)
    forged = {"seq": 1, "at": 1, "who": "nobody", "action": "x", "kind": "x", "detail": "{}"}
    added = insert(audit).values(record_id="", **forged)
    if store.dialect == "sqlite":
        refused = added.prefix_with("OR REPLACE")
    else:
        refused = postgresql.insert(audit).values(record_id="", **forged)
        refused = refused.on_conflict_do_update(index_elements=["seq"], set_={"who": "nobody"})
    with pytest.raises(DBAPIError, match="append-only"), store.write() as tx:
        tx.execute(refused)
    with pytest.raises(DBAPIError), store.write() as tx:
        tx.execute(added)
    with store.write() as tx:
        entries.note(tx, "purge", "run", "a" * 32, who="eve")
    with store.read() as cx:
        assert [entry.who for entry in entries.read_entries(cx)] == ["eve", "bob", "ada"]


@pytest.mark.parametrize("statement", [delete(audit), update(audit).values(who="nobody")])
def test_the_database_itself_refuses_a_change(store: Store, statement: object) -> None:
    with store.write() as tx:
        entries.note(tx, "trash", "run", "a" * 32, who="ada")
    with pytest.raises(DBAPIError, match="append-only"), store.write() as tx:
        tx.execute(statement)
    with store.read() as cx:
        assert [entry.who for entry in entries.read_entries(cx)] == ["ada"]
