"""Holds the outbox to its promises: with the record or not at all, in order, and never without end."""

from __future__ import annotations

import pytest

from mlops_lab.core.changes import Change
from mlops_lab.core.settings import Settings
from mlops_lab.store import outbox
from mlops_lab.store.store import Store


@pytest.fixture
def settings(any_settings: Settings) -> Settings:
    """Every test here runs on each database."""
    return any_settings


def test_changes_come_in_order_and_once(store: Store) -> None:
    with store.write() as tx:
        outbox.put_change(tx, "run", "a", "created")
        outbox.put_changes(tx, "job", [("b", "created"), ("b", "updated")])
        outbox.put_changes(tx, "job", [])
    with store.read() as cx:
        assert outbox.last_seq(cx) == 3
        assert outbox.changes_after(cx, 1) == [
            Change(2, "job", "b", "created"),
            Change(3, "job", "b", "updated"),
        ]
        assert outbox.changes_after(cx, 0, limit=1) == [Change(1, "run", "a", "created")]
        assert outbox.changes_after(cx, 3) == []


def test_a_change_is_undone_with_its_record(store: Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            outbox.put_change(tx, "run", "a", "created")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as cx:
        assert outbox.last_seq(cx) == 0


def test_old_changes_are_dropped_and_numbers_go_on(store: Store) -> None:
    for _ in range(13):
        with store.write() as tx:
            outbox.put_changes(tx, "run", [("a", "updated")] * 900)
    with store.read() as cx:
        kept = outbox.changes_after(cx, 0, limit=100_000)
        assert outbox.last_seq(cx) == 13 * 900
    assert 10_000 <= len(kept) < 11_900
    assert [change.seq for change in kept] == list(range(kept[0].seq, 13 * 900 + 1))
