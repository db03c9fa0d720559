"""Owns the names of metrics, params and tags that a search mentions: their keys, aspects, likenesses."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import get_args

import msgspec
from sqlalchemy import Connection, exists, select

from mlops_lab.core.errors import nearest
from mlops_lab.core.metrics import infer_direction
from mlops_lab.core.query import Aspect, Field, Kind

from .like import contains
from .rows import pieces
from .tables import experiment, key, param, series, tag

MAX_WORD_KEYS = 500
"""With how many names a bare word is held to be alike; a shorter word is alike to anything."""

MAX_COMPARED_NAMES = 2_000
"""Among how many names the nearest one is looked for."""

_HOLDING = {"metric": series, "param": param, "tag": tag}
_KINDS: tuple[Kind, ...] = ("metric", "param", "tag")


class Known(msgspec.Struct, frozen=True):
    """What the store knows of the names of one search.

    ``keys`` are the integers that stand for names, ``metrics`` those names that are of metrics,
    ``best`` is ``min`` or ``max`` by metric, and ``words`` the keys whose names hold a bare word.
    """

    keys: dict[str, int]
    metrics: frozenset[str]
    best: dict[str, Aspect]
    words: dict[str, tuple[int, ...]]

    def metric(self, field: Field) -> tuple[str, Aspect]:
        """Return the name of the metric that is meant, and which of its values."""
        name, aspect = field.name, field.aspect
        if field.may_hold_aspect and name not in self.metrics:
            name, _, end = name.rpartition(".")
            aspect = next(one for one in get_args(Aspect) if one == end)
        if aspect == "best":
            return name, self.best[name]
        return name, aspect or "last"


def look_up(
    cx: Connection, fields: Iterable[Field], words: Iterable[str], *, dialect: str
) -> Known:
    """Return what the store knows of the names of ``fields`` and of bare words."""
    wanted = list(fields)
    names = {field.name for field in wanted if field.kind in _KINDS}
    names |= {field.name.rpartition(".")[0] for field in wanted if field.may_hold_aspect}
    keys: dict[str, int] = {}
    for some in pieces(sorted(names)):
        rows = cx.execute(select(key.c.name, key.c.id).where(key.c.name.in_(some)))
        keys.update((name, key_id) for name, key_id in rows)
    unclear = [one.name for one in wanted if one.may_hold_aspect and one.name in keys]
    metrics = frozenset(name for name in unclear if _is_held(cx, "metric", keys[name]))
    asks_best = {one.name for one in wanted if one.aspect == "best"}
    asks_best |= {
        one.name.removesuffix(".best")
        for one in wanted
        if one.may_hold_aspect and one.name.endswith(".best")
    }
    return Known(
        keys=keys,
        metrics=metrics,
        best=_best_aspects(cx, asks_best),
        words={word: _keys_with(cx, word, dialect) for word in words},
    )


def notes_on(cx: Connection, fields: Iterable[Field], known: Known) -> list[str]:
    """Return what to tell of names that no run has: the nearest name that one has."""
    notes: list[str] = []
    for field in dict.fromkeys(fields):
        if field.kind not in _HOLDING or field.name.startswith("mlflow."):
            continue
        name = known.metric(field)[0] if field.kind == "metric" else field.name
        if name in known.keys and _is_held(cx, field.kind, known.keys[name]):
            continue
        candidates = names_of(cx, field.kind, limit=MAX_COMPARED_NAMES)
        match = nearest(name, candidates)
        hint = f" Did you mean {match!r}?" if match else ""
        notes.append(f"No run has a {field.kind} {name!r}.{hint}")
    return notes


def names_of(cx: Connection, kind: Kind, *, limit: int) -> list[str]:
    """Return names that runs have as names of metrics, params or tags, by name."""
    table = _HOLDING[kind]
    held = exists(select(table.c.run_seq).where(table.c.key_id == key.c.id))
    return list(
        cx.execute(select(key.c.name).where(held).order_by(key.c.name).limit(limit)).scalars()
    )


def _is_held(cx: Connection, kind: Kind, key_id: int) -> bool:
    table = _HOLDING[kind]
    query = select(table.c.key_id).where(table.c.key_id == key_id).limit(1)
    return cx.execute(query).scalar_one_or_none() is not None


def _keys_with(cx: Connection, word: str, dialect: str) -> tuple[int, ...]:
    query = select(key.c.id).where(contains(key.c.name, word, dialect=dialect)).limit(MAX_WORD_KEYS)
    return tuple(cx.execute(query).scalars())


def _best_aspects(cx: Connection, names: Collection[str]) -> dict[str, Aspect]:
    """Return which end of each metric is its best: what an experiment says, or else its name."""
    found: dict[str, Aspect] = {name: infer_direction(name) for name in names}
    if not names:
        return found
    query = (
        select(experiment.c.primary_metric, experiment.c.direction)
        .where(experiment.c.primary_metric.in_(sorted(names)), experiment.c.direction.is_not(None))
        .order_by(experiment.c.created_at)
    )
    found.update((name, direction) for name, direction in cx.execute(query))
    return found
