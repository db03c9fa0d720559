"""Owns the packing of points in the background: a step at a time, so that nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from mlops_lab.store import pointpacking
from mlops_lab.store.store import Store

_AT_ONCE = 100


def pack_points(store: Store, *, rest: Callable[[float], object] = time.sleep) -> int:
    """Pack the points that wait; return how many were packed.

    Any number of processes may do so on one store, and each may be killed at any moment.

    Args:
        store: the store.
        rest: called between two transactions with the seconds that the last step took: those who
            write shall have the store at least half of the time. What it raises ends the work.

    Raises:
        StoreUnavailableError: the store cannot be read or written now.
    """
    packed, after = 0, 0
    while True:
        with store.read() as cx:
            waiting = pointpacking.find_waiting(cx, after=after, limit=_AT_ONCE)
        if not waiting:
            return packed
        for one in waiting:
            after = one.series_id
            packed += _pack_series(store, one, rest)


def _pack_series(
    store: Store, waiting: pointpacking.Waiting, rest: Callable[[float], object]
) -> int:
    """Pack a series up to its end, or up to where somebody else packs it too."""
    packed = 0
    following: pointpacking.Waiting | None = waiting
    while following is not None:
        began = time.monotonic()
        with store.read() as cx:
            content = pointpacking.pack_rows(cx, following)
        if content is None:
            return packed
        with store.write() as tx:
            if not pointpacking.store_packed(tx, content):
                return packed
        packed += following.take
        with store.read() as cx:
            following = pointpacking.find_next(cx, following)
        rest(time.monotonic() - began)
    return packed
