"""Owns which points are new: a client that never saw our answer sends the same ones again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from mlops_lab.core.clock import Millis
from mlops_lab.store.metrics import NewPoints
from mlops_lab.store.newestpoints import stored_again

_Pair = tuple[str, int]
_Point = tuple[int, Millis, float | None]


def without_duplicates(tx: Connection, added: Mapping[_Pair, NewPoints]) -> dict[_Pair, NewPoints]:
    """Return the points that are not stored with the same step, time and value, each once.

    Only the newest points of a series are compared, as many as one batch may hold and a margin:
    what is sent twice is the batch whose answer was lost.
    """
    stored = stored_again(tx, added)
    fresh: dict[_Pair, NewPoints] = {}
    for pair, points in added.items():
        known: set[_Point] = set(stored.get(pair, ()))
        kept = NewPoints([], [], [])
        for point in zip(points.steps, points.times, points.values, strict=True):
            if point in known:
                continue
            known.add(point)
            kept.steps.append(point[0])
            kept.times.append(point[1])
            kept.values.append(point[2])
        if kept.steps:
            fresh[pair] = kept
    return fresh
