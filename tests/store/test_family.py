"""Runs are reached from their parents and children, level by level, each once."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from mlops_lab.core.ids import new_id
from mlops_lab.core.records import Batch, RunStarted, SpoolHeader
from mlops_lab.core.settings import Settings
from mlops_lab.store.family import with_children, with_parents
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run
from mlops_lab.tracking.service import TrackingService

STARTED_AT = 1_780_000_000_000
REST = (None, None, None, None, None, None)


@pytest.fixture
def settings(any_settings: Settings) -> Settings:
    return any_settings


@pytest.fixture
def family(store: Store) -> tuple[str, str, str, str]:
    """Return a run, its two children, and the child of the first of them."""
    top, left, right, low = (new_id() for _ in range(4))
    parents = {top: None, left: top, right: top, low: left}
    records = [
        RunStarted(
            number,
            one,
            "train",
            "flights",
            "notebook",
            "ada",
            STARTED_AT + number,
            *REST,
            parent_run_id=parent,
        )
        for number, (one, parent) in enumerate(parents.items(), 1)
    ]
    header = SpoolHeader(new_id(), "here", 1, 1.0)
    TrackingService(store).ingest(Batch(spool=header, records=list(records)))
    return top, left, right, low


def test_children_come_after_their_parents(store: Store, family: tuple[str, str, str, str]) -> None:
    top, left, right, low = family
    with store.read() as cx:
        assert with_children(cx, [top]) == [top, left, right, low]
        assert with_children(cx, [low, left]) == [low, left]
        assert with_children(cx, []) == []


def test_parents_come_after_their_children(store: Store, family: tuple[str, str, str, str]) -> None:
    top, left, right, low = family
    with store.read() as cx:
        assert with_parents(cx, [low]) == [low, left, top]
        assert set(with_parents(cx, [low, right])) == {low, right, left, top}


def test_a_circle_ends_the_walk(store: Store, family: tuple[str, str, str, str]) -> None:
    top, left, right, low = family
    with store.write() as tx:
        tx.execute(update(run).where(run.c.id == top).values(parent_run_id=low))
    with store.read() as cx:
        assert set(with_children(cx, [low])) == {top, left, right, low}
        assert set(with_parents(cx, [top])) == {top, low, left}
