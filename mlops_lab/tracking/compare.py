"""Owns the comparison of runs: pure functions from runs to what differs between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from mlops_lab.core.celldiff import DiffLine
from mlops_lab.core.comparison import CodeDiff, ComparedRow, Comparison
from mlops_lab.core.data import DataVersion
from mlops_lab.core.numbers import WireNumber
from mlops_lab.core.tracking import Cell, MetricSeries, Run
from mlops_lab.notebooks.celldiff import diff_cells
from mlops_lab.notebooks.linediff import around, diff_lines, keyed, skipped

from .differences import Surroundings, diff_data, diff_surroundings
from .measures import Goals, compare_metrics

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
    cells: Sequence[Sequence[Cell]] | None = None,
    baseline: int = 0,
    goals: Goals = (),
    left_out: Sequence[str] = (),
) -> Comparison:
    """Return the comparison of ``runs``; the others are held against the baseline.

    Args:
        runs: at least two.
        series: the points of the metrics that shall be charted.
        data: what each run read, in the order of ``runs``.
        surroundings: what each run ran with, in the order of ``runs``.
        cells: the code that each run built on, in the order of ``runs``; None means its own cells.
        baseline: the place of the run that the others are held against.
        goals: the primary metrics of the experiments with the direction that is set for each.
        left_out: the metrics whose points are not among ``series`` for want of room.
    """
    ids = [run.summary.id for run in runs]
    others = [at for at in range(len(runs)) if at != baseline]
    built_on = [run.cells for run in runs] if cells is None else cells
    return Comparison(
        runs=[run.summary for run in runs],
        params=compare_values([{p.name: p.value for p in run.params} for run in runs]),
        metrics=_compare_metrics(runs),
        series=list(series),
        code=list(_diff_codes([runs[baseline], *(runs[at] for at in others)])),
        data=[diff_data(ids[at], data[baseline], data[at]) for at in others],
        surroundings=[
            diff_surroundings(ids[at], surroundings[baseline], surroundings[at]) for at in others
        ],
        left_out=list(left_out),
        baseline=ids[baseline],
        measures=compare_metrics(runs, goals),
        cells=diff_cells(built_on[baseline], {ids[at]: built_on[at] for at in others}),
        tags=compare_values([{t.name: t.value for t in run.tags} for run in runs]),
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
        head, tail = around(before, after)
        changed = before[head : len(before) - tail], after[head : len(after) - tail]
        lines: list[DiffLine] = []
        if before != after:
            effort = _effort(*changed)
            lines = [*skipped(head)]
            if effort <= min(MAX_EFFORT, left):
                left -= effort
                lines += diff_lines(*map(keyed, changed))
            else:
                lines.append(DiffLine("skipped", _untold(*changed)))
            lines += skipped(tail)
        yield CodeDiff(run_id=run.summary.id, equal=before == after, lines=lines)


def _effort(before: Sequence[str], after: Sequence[str]) -> int:
    return len(before) * len(after) + sum(map(len, before)) + sum(map(len, after))


def _untold(before: Sequence[str], after: Sequence[str]) -> str:
    return (
        f"{len(before):,} lines of the baseline and {len(after):,} of this one are too many "
        "to be compared"
    )


def _lines(run: Run) -> Iterable[str]:
    for number, cell in enumerate(run.cells):
        if number:
            yield ""
        yield from cell.source.splitlines()
