"""Owns the comparison of runs: pure functions from runs to what differs between them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

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


def compare_runs(
    runs: Sequence[Run],
    series: Sequence[MetricSeries],
    *,
    data: Sequence[Sequence[DataVersion]],
    surroundings: Sequence[Surroundings],
) -> Comparison:
    """Return the comparison of ``runs``; the others are held against the first.

    Args:
        runs: at least two.
        series: the points of the metrics that shall be charted.
        data: what each run read, in the order of ``runs``.
        surroundings: what each run ran with, in the order of ``runs``.
    """
    ids = [run.summary.id for run in runs]
    return Comparison(
        runs=[run.summary for run in runs],
        params=compare_values([{p.name: p.value for p in run.params} for run in runs]),
        metrics=compare_values([{m.name: m.last for m in run.metrics} for run in runs]),
        series=list(series),
        code=[diff_code(runs[0], run) for run in runs[1:]],
        data=[diff_data(ids[at], data[0], data[at]) for at in range(1, len(runs))],
        surroundings=[
            diff_surroundings(ids[at], surroundings[0], surroundings[at])
            for at in range(1, len(runs))
        ],
    )


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
    before, after = list(_lines(first)), list(_lines(other))
    if before == after:
        return CodeDiff(run_id=other.summary.id, equal=True, lines=[])
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    lines: list[DiffLine] = []
    at = 0
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        begin, end = group[0][1], group[-1][2]
        lines.extend(_skipped(begin - at))
        at = end
        for kind, low, high, other_low, other_high in group:
            if kind == "equal":
                lines.extend(DiffLine("same", text) for text in before[low:high])
                continue
            lines.extend(DiffLine("removed", text) for text in before[low:high])
            lines.extend(DiffLine("added", text) for text in after[other_low:other_high])
    lines.extend(_skipped(len(before) - at))
    return CodeDiff(run_id=other.summary.id, equal=False, lines=lines)


def _lines(run: Run) -> Iterable[str]:
    for number, cell in enumerate(run.cells):
        if number:
            yield ""
        yield from cell.source.splitlines()


def _skipped(count: int) -> list[DiffLine]:
    if count <= 0:
        return []
    return [DiffLine("skipped", "1 line" if count == 1 else f"{count} lines")]
