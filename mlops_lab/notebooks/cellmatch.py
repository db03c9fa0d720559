"""Owns which cells of two runs are one cell: by id, by the same source, or by likeness (pure)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from mlops_lab.core.tracking import Cell

from .codealign import Effort

MIN_LIKENESS = 0.4
"""Cells without a common id are one cell when they share so much of their words."""

_WORD = re.compile(r"\w+")

CellPair = tuple[int, int]
"""The places of a cell in the one run and in the other."""


def match_cells(before: Sequence[Cell], after: Sequence[Cell], effort: Effort) -> list[CellPair]:
    """Return the pairs by the place in ``after``; each cell belongs to one at most."""
    pairs: list[CellPair] = []
    free = set(range(len(before))), set(range(len(after)))

    def take(key: Callable[[Cell], Hashable | None]) -> None:
        waiting: dict[Hashable, list[int]] = {}
        for place in sorted(free[0]):
            if (found := key(before[place])) is not None:
                waiting.setdefault(found, []).append(place)
        for place in sorted(free[1]):
            found = key(after[place])
            if found is not None and waiting.get(found):
                _add(pairs, free, waiting[found].pop(0), place)

    take(lambda cell: (cell.cell_id, cell.source) if cell.cell_id else None)
    take(lambda cell: cell.cell_id or None)
    take(lambda cell: cell.source)
    for likeness, one, other in _alike(before, after, free, effort):
        if one in free[0] and other in free[1] and likeness >= MIN_LIKENESS:
            _add(pairs, free, one, other)
    return sorted(pairs, key=lambda pair: pair[1])


def moved_pairs(pairs: Sequence[CellPair]) -> set[CellPair]:
    """Return the fewest pairs without which all others are in the same order in both runs.

    Args:
        pairs: by their place in the other run.
    """
    tails: list[int] = []
    at_tail: list[int] = []
    before: list[int | None] = []
    for index, (place, _) in enumerate(pairs):
        length = bisect_left(tails, place)
        tails[length:] = [place, *tails[length + 1 :]]
        at_tail[length:] = [index, *at_tail[length + 1 :]]
        before.append(at_tail[length - 1] if length else None)
    kept: set[int] = set()
    at = at_tail[-1] if at_tail else None
    while at is not None:
        kept.add(at)
        at = before[at]
    return {pair for index, pair in enumerate(pairs) if index not in kept}


def _add(pairs: list[CellPair], free: tuple[set[int], set[int]], one: int, other: int) -> None:
    pairs.append((one, other))
    free[0].discard(one)
    free[1].discard(other)


def _alike(
    before: Sequence[Cell],
    after: Sequence[Cell],
    free: tuple[set[int], set[int]],
    effort: Effort,
) -> list[tuple[float, int, int]]:
    """Return (likeness, place, place) of the cells that are left, the most alike first."""
    texts = [before[place].source for place in free[0]] + [after[place].source for place in free[1]]
    if not texts or not effort.take(sum(map(len, texts)) + 50 * len(free[0]) * len(free[1])):
        return []
    words = {place: Counter(_WORD.findall(before[place].source)) for place in free[0]}
    others = {place: Counter(_WORD.findall(after[place].source)) for place in free[1]}
    found = [
        (_likeness(mine, theirs), one, other)
        for one, mine in words.items()
        for other, theirs in others.items()
    ]
    return sorted(found, key=lambda row: (-row[0], row[1], row[2]))


def _likeness(mine: Counter[str], theirs: Counter[str]) -> float:
    """Return the share of words in common, of all words of both."""
    total = mine.total() + theirs.total()
    return 2 * (mine & theirs).total() / total if total else 0.0
