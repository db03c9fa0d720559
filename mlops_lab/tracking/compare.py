"""Owns the comparison of runs: pure functions from runs to what differs between them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from mlops_lab.core.data import DataVersion
from mlops_lab.core.numbers import WireNumber
from mlops_lab.core.tracking import (
    CodeDiff,
    ComparedRow,
    Comparison,
    DiffLine,
    MetricSeries,
    Run,
)

from .differences import Surroundings, diff_data, diff_surroundings

_CONTEXT = 3

MAX_EFFORT = 4_000_000
"""Code that needs more is not compared: pairs of differing lines, and characters of them."""

MAX_WHOLE_EFFORT = 40_000_000
"""The same, of all runs of a comparison together."""


def compare_runs(
    runs: Sequence[Run],
    series: Sequence[MetricSeries],
    *,
    data: Sequence[Sequence[DataVersion]],
    surroundings: Sequence[Surroundings],
    left_out: Sequence[str] = (),
) -> Comparison:
    """Return the comparison of ``runs``; the others are held against the first.

    Args:
        runs: at least two.
        series: the points of the metrics that shall be charted.
        data: what each run read, in the order of ``runs``.
        surroundings: what each run ran with, in the order of ``runs``.
        left_out: the metrics whose points are not among ``series`` for want of room.
    """
    ids = [run.summary.id for run in runs]
    return Comparison(
        runs=[run.summary for run in runs],
        params=compare_values([{p.name: p.value for p in run.params} for run in runs]),
        metrics=_compare_metrics(runs),
        series=list(series),
        code=list(_diff_codes(runs)),
        data=[diff_data(ids[at], data[0], data[at]) for at in range(1, len(runs))],
        surroundings=[
            diff_surroundings(ids[at], surroundings[0], surroundings[at])
            for at in range(1, len(runs))
        ],
        left_out=list(left_out),
    )


def _compare_metrics(runs: Sequence[Run]) -> list[ComparedRow]:
    kpis = {metric.name for run in runs for metric in run.metrics if metric.is_kpi}
    rows = compare_values([{m.name: m.last for m in run.metrics} for run in runs])
    return [msgspec.structs.replace(row, is_kpi=row.name in kpis) for row in rows]


def compare_values(
    columns: Sequence[Mapping[str, str]] | Sequence[Mapping[str, WireNumber]],
) -> list[ComparedRow]:
    """Return one row a name that any of the runs has: what differs first, then by name."""
    names = {name for column in columns for name in column}
    rows = []
    for name in names:
        values: list[str | float | None] = [column.get(name) for column in columns]
        equal = values[0] is not None and all(value == values[0] for value in values)
        rows.append(ComparedRow(name=name, values=values, equal=equal))
    return sorted(rows, key=lambda row: (row.equal, row.name))


def diff_code(first: Run, other: Run) -> CodeDiff:
    """Return how the cells of ``other`` differ from those of ``first``, with lines around."""
    return next(_diff_codes([first, other]))


def _diff_codes(runs: Sequence[Run]) -> Iterator[CodeDiff]:
    """Give how the code of each run differs from that of the first, while the effort is bearable."""
    before = list(_lines(runs[0]))
    left = MAX_WHOLE_EFFORT
    for run in runs[1:]:
        after = list(_lines(run))
        head, tail = _around(before, after)
        changed = before[head : len(before) - tail], after[head : len(after) - tail]
        lines: list[DiffLine] = []
        if before != after:
            effort = _effort(*changed)
            lines = [*_skipped(head)]
            if effort <= min(MAX_EFFORT, left):
                left -= effort
                lines += _diff_lines(*changed)
            else:
                lines.append(DiffLine("skipped", _untold(*changed)))
            lines += _skipped(tail)
        yield CodeDiff(run_id=run.summary.id, equal=before == after, lines=lines)


def _around(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Return how many lines at the begin and at the end are the same, less those that are shown."""
    most = min(len(before), len(after))
    head = 0
    while head < most and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < most - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return max(0, head - _CONTEXT), max(0, tail - _CONTEXT)


def _effort(before: Sequence[str], after: Sequence[str]) -> int:
    return len(before) * len(after) + sum(map(len, before)) + sum(map(len, after))


def _diff_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    # Among many lines the most frequent ones, such as empty ones, are no marks to go by.
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=True)
    at = 0
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        begin, end = group[0][1], group[-1][2]
        yield from _skipped(begin - at)
        at = end
        for kind, low, high, other_low, other_high in group:
            if kind == "equal":
                yield from (DiffLine("same", text) for text in before[low:high])
                continue
            yield from (DiffLine("removed", text) for text in before[low:high])
            yield from (DiffLine("added", text) for text in after[other_low:other_high])
    yield from _skipped(len(before) - at)


def _untold(before: Sequence[str], after: Sequence[str]) -> str:
    return (
        f"{len(before):,} lines of the first run and {len(after):,} of this one are too many "
        "to be compared"
    )


def _lines(run: Run) -> Iterable[str]:
    for number, cell in enumerate(run.cells):
        if number:
            yield ""
        yield from cell.source.splitlines()


def _skipped(count: int) -> list[DiffLine]:
    if count <= 0:
        return []
    return [DiffLine("skipped", "1 line" if count == 1 else f"{count} lines")]
