"""Proves that a word of few is kept as a letter, and is the word wherever it is asked for."""

from __future__ import annotations

from typing import get_args

from sqlalchemy import select, text

from mlops_lab.core.tracking import ParamOrigin
from mlops_lab.store import tracking
from mlops_lab.store.rows import key_ids
from mlops_lab.store.shortword import ShortWord
from mlops_lab.store.store import Store
from mlops_lab.store.tables import param

from .pointworld import Series


def test_every_origin_of_a_param_has_a_letter_of_its_own() -> None:
    kind = param.c.origin.type
    assert isinstance(kind, ShortWord)
    assert kind.words == get_args(ParamOrigin)
    assert len({word[0] for word in kind.words}) == len(kind.words)


def test_an_origin_is_one_letter_in_the_store(any_store: Store) -> None:
    run_id = Series(any_store).run_id
    words = [*get_args(ParamOrigin), "elsewhere"]
    with any_store.write() as tx:
        ids = key_ids(tx, words)
        rows = [(run_id, ids[word], "1", word, "") for word in words]
        tracking.add_params(tx, rows)
    with any_store.read() as cx:
        shown = set(cx.execute(select(param.c.origin)).scalars())
        kept = set(cx.execute(text("SELECT origin FROM param")).scalars())
        logged = (
            cx.execute(select(param.c.key_id).where(param.c.origin == "logged")).scalars().all()
        )
    assert shown == set(words)
    assert kept == {"a", "r", "o", "i", "l", "m", "elsewhere"}
    assert logged == [ids["logged"]]
