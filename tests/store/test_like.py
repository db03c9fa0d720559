"""Holds patterns, parts, beginnings and folders to one meaning on both databases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import ColumnElement, insert, select

from mlops_lab.store.like import begins, begins_with, below, contains, ilike, like
from mlops_lab.store.store import Store
from mlops_lab.store.tables import key

NAMES = [
    "ÄRZTE",
    "ärzte/zahl",
    "Arzt",
    "system/cpu",
    "System/cpu",
    "system0",
    "a%b",
    "a_b",
    "a*b",
    "a?[b]",
    "a\\b",
    "aXb",
]
Matches = Callable[..., ColumnElement[bool]]


@pytest.fixture
def any_named(any_store: Store) -> Store:
    with any_store.write() as tx:
        tx.execute(insert(key), [{"name": name} for name in NAMES])
    return any_store


def names(store: Store, matches: Matches, text: str) -> list[str]:
    with store.read() as cx:
        if matches not in (begins_with, below):
            matches = partial(matches, dialect=cx.dialect.name)
        found = set(cx.execute(select(key.c.name).where(matches(key.c.name, text))).scalars())
    return [name for name in NAMES if name in found]


@pytest.mark.parametrize(
    ("matches", "text", "expected"),
    [
        (like, "ärzte%", ["ärzte/zahl"]),
        (like, "a_b", ["a%b", "a_b", "a*b", "a\\b", "aXb"]),
        (like, "a*b", ["a*b"]),
        (like, "%[b]", ["a?[b]"]),
        (like, "a\\b", ["a\\b"]),
        (like, "a\\%", ["a\\b"]),
        (ilike, "ärzte%", ["ÄRZTE", "ärzte/zahl"]),
        (ilike, "ÄRZTE%", ["ÄRZTE", "ärzte/zahl"]),
        (ilike, "SYSTEM/%", ["system/cpu", "System/cpu"]),
        (ilike, "A\\B", ["a\\b"]),
        (contains, "RZT", ["ÄRZTE", "ärzte/zahl", "Arzt"]),
        (contains, "Ä", ["ÄRZTE", "ärzte/zahl"]),
        (contains, "_", ["a_b"]),
        (contains, "%", ["a%b"]),
        (begins, "Ä", ["ÄRZTE", "ärzte/zahl"]),
        (begins, "ä", ["ÄRZTE", "ärzte/zahl"]),
        (begins, "A_", ["a_b"]),
        (begins_with, "system/", ["system/cpu"]),
        (begins_with, "ä", ["ärzte/zahl"]),
        (below, "system", ["system/cpu"]),
        (below, "system/", ["system/cpu"]),
    ],
)
def test_texts_match_alike(
    any_named: Store, matches: Matches, text: str, expected: list[str]
) -> None:
    assert names(any_named, matches, text) == expected
