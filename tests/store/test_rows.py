"""Holds what writers share to what databases can take."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from mlops_lab.core.settings import Settings
from mlops_lab.store.rows import key_ids, pieces, storable, storable_or_none
from mlops_lab.store.store import Store
from mlops_lab.store.tracking import number_of


@pytest.fixture
def settings(any_settings: Settings) -> Settings:
    """Every test here runs on each database."""
    return any_settings


@given(strategies.text(alphabet=strategies.characters(codec=None)))
def test_every_text_can_be_stored(text: str) -> None:
    stored = storable(text)
    stored.encode("utf-8")
    assert "\x00" not in stored
    assert storable(stored) == stored


def test_text_that_can_be_stored_stays() -> None:
    assert storable("größe 🛩") == "größe 🛩"
    assert storable("\ud83d\udee9") == "🛩"
    assert storable("a\udc80\x00") == "a\ufffd\ufffd"
    assert storable_or_none(None) is None
    assert storable_or_none("\x00") == "\ufffd"


def test_pieces() -> None:
    assert list(pieces([], 2)) == []
    assert list(pieces(range(5), 2)) == [[0, 1], [2, 3], [4]]


def test_a_name_has_one_number(store: Store) -> None:
    many = [f"name {number}" for number in range(1_200)]
    with store.write() as tx:
        first = key_ids(tx, ["a", "A", "ä", "a", "a "])
        again = key_ids(tx, ["ä", "a", *many])
    assert len(set(first.values())) == 4
    assert again["a"] == first["a"]
    assert again["ä"] == first["ä"]
    assert len(set(again.values())) == 1_202


@pytest.mark.parametrize(
    ("literal", "number"),
    [
        ("1", 1.0),
        ("-2.5e3", -2500.0),
        ("'1'", None),
        ("True", None),
        ("nan", None),
        ("1e999", None),
    ],
)
def test_which_params_are_numbers(literal: str, number: float | None) -> None:
    assert number_of(literal) == number
