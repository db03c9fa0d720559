"""Owns the diff of two lists of lines: what was removed and added, with lines around (pure)."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterator, Sequence

from mlops_lab.core.celldiff import DiffLine

CONTEXT = 3

KeyedLine = tuple[Hashable, str]
"""A line as it is shown, below the key by which it is equal to another."""


def around(before: Sequence[Hashable], after: Sequence[Hashable]) -> tuple[int, int]:
    """Return how many lines at the begin and at the end are the same, less those that are shown."""
    most = min(len(before), len(after))
    head = 0
    while head < most and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < most - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return max(0, head - CONTEXT), max(0, tail - CONTEXT)


def diff_lines(before: Sequence[KeyedLine], after: Sequence[KeyedLine]) -> Iterator[DiffLine]:
    """Give the lines of a diff; equal lines are shown as they are in ``after``."""
    # Among many lines the most frequent ones, such as empty ones, are no marks to go by.
    keys = [[key for key, _ in lines] for lines in (before, after)]
    matcher = difflib.SequenceMatcher(a=keys[0], b=keys[1], autojunk=True)
    at = 0
    for group in matcher.get_grouped_opcodes(CONTEXT):
        begin, end = group[0][1], group[-1][2]
        yield from skipped(begin - at)
        at = end
        for kind, low, high, other_low, other_high in group:
            if kind == "equal":
                yield from (DiffLine("same", text) for _, text in after[other_low:other_high])
                continue
            yield from (DiffLine("removed", text) for _, text in before[low:high])
            yield from (DiffLine("added", text) for _, text in after[other_low:other_high])
    yield from skipped(len(before) - at)


def skipped(count: int) -> list[DiffLine]:
    """Return the line that stands for ``count`` equal ones."""
    if count <= 0:
        return []
    return [DiffLine("skipped", "1 line" if count == 1 else f"{count} lines")]


def keyed(lines: Sequence[str]) -> list[KeyedLine]:
    """Return lines that are equal where their texts are."""
    return [(line, line) for line in lines]
