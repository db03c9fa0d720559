"""Owns the verdict on a replay: which metrics agree, and which cell was the first to go another way."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import msgspec

from mlops_lab.core.facets import Divergence, ReproducedMetric
from mlops_lab.core.numbers import WireNumber, from_wire
from mlops_lab.core.tracking import MetricSummary
from mlops_lab.notebooks.needed import find_needed
from mlops_lab.notebooks.replay import Replay, ReplayCell

from .replay_folder import CellRan
from .replayed import Replayed, Series

SYSTEM_PREFIX = "system/"
"""Metrics of the machine, such as its load, are never the same twice and are not compared."""


_MEASURED_TIMES = frozenset(
    {"mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time", "fit_time", "score_time"}
)
"""Durations that scikit-learn measures by itself in searches and validations: no user named them."""


class Tolerance(msgspec.Struct, frozen=True):
    """How far a metric may be off: ``relative`` to the larger magnitude, or ``absolute``."""

    relative: float = 1e-6
    absolute: float = 1e-9

    def accepts(self, recorded: WireNumber, reproduced: WireNumber) -> bool:
        """Tell whether two values agree; NaN agrees with NaN, an infinity with itself only."""
        a, b = from_wire(recorded), from_wire(reproduced)
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return math.isclose(a, b, rel_tol=self.relative, abs_tol=self.absolute)


def compare_metrics(
    recorded: Sequence[MetricSummary],
    reproduced: Mapping[str, Series],
    tolerance: Tolerance,
    *,
    ignore: Collection[str] = (),
) -> tuple[list[ReproducedMetric], list[str]]:
    """Return each recorded metric beside its reproduction, and what else differs, in words.

    A series agrees when its last value does and it has as many points.
    """
    found, notes = [], []
    for metric in recorded:
        is_measured = metric.name.startswith(SYSTEM_PREFIX) or metric.name in _MEASURED_TIMES
        if is_measured or metric.name in ignore:
            continue
        series = reproduced.get(metric.name)
        if series is None:
            found.append(ReproducedMetric(metric.name, metric.last, None, agrees=False))
            continue
        value = series.last.value
        agrees = tolerance.accepts(metric.last, value)
        if agrees and series.count != metric.count:
            agrees = False
            notes.append(f"{metric.name} had {metric.count:,} points and has {series.count:,} now.")
        found.append(ReproducedMetric(metric.name, metric.last, value, agrees=agrees))
    return found, notes


def find_failure(replay: Replay, ran: Sequence[CellRan], *, run_failed: bool) -> Divergence | None:
    """Return the first cell that raised an error which was not recorded, or None.

    Args:
        replay: the cells.
        ran: how each cell that was run again ended.
        run_failed: the recorded run ended with an error.
    """
    for one in ran:
        cell = replay.cells[one.index]
        if one.error is None or cell.may_fail or (cell.own and run_failed):
            continue
        return _diverged(cell, names=[], error=one.error)
    return None


def find_divergence(
    replay: Replay,
    ran: Sequence[CellRan],
    replayed: Replayed,
    *,
    metrics: Sequence[ReproducedMetric],
) -> Divergence | None:
    """Return the first cell after which names hold something else than they did in the run.

    Cells and names that the run builds upon come first: a clock that an earlier cell reads is no
    reason for another metric. A cell that failed in the run and does not now counts as well. When
    all names before are the same, it is the run's own cell, by the metrics that differ.
    """
    sources = [cell.recorded.source for cell in replay.cells]
    own = {index for index, cell in enumerate(replay.cells) if cell.own}
    needed = find_needed(sources, own=own)
    errors = {one.index: one.error for one in ran}
    unneeded: Divergence | None = None
    for index, cell in enumerate(replay.cells):
        recorded, bound = cell.recorded.bound, replayed.bound.get(index, {})
        names = sorted(
            name for name, digest in recorded.items() if bound.get(name, digest) != digest
        )
        wanted = [name for name in names if name in needed.names]
        if wanted and index in needed.cells:
            return _diverged(cell, names=wanted, error=errors.get(index))
        if cell.recorded.status == "error" and index in errors and errors[index] is None:
            return _diverged(cell, names=names, error="It failed in the run, and does not now.")
        if names and unneeded is None:
            unneeded = _diverged(cell, names=names, error=errors.get(index))
    differing = [metric.name for metric in metrics if not metric.agrees]
    return _at_own_cell(replay, differing) or unneeded


def _at_own_cell(replay: Replay, names: list[str]) -> Divergence | None:
    own = next((cell for cell in replay.cells if cell.own), None)
    return _diverged(own, names=names, error=None) if names and own is not None else None


def own_names_differ(replay: Replay, replayed: Replayed) -> list[str]:
    """Return the names that the run's own cells left with another value than in the run."""
    names: set[str] = set()
    for index, cell in enumerate(replay.cells):
        bound = replayed.bound.get(index, {})
        if cell.own:
            names |= {
                n for n, digest in cell.recorded.bound.items() if bound.get(n, digest) != digest
            }
    return sorted(names)


def _diverged(cell: ReplayCell, *, names: list[str], error: str | None) -> Divergence:
    return Divergence(
        position=cell.recorded.position,
        source=cell.recorded.source,
        names=names,
        cell_id=cell.recorded.cell_id,
        execution_count=cell.recorded.execution_count,
        error=error,
    )
