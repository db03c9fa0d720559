"""Owns which metrics a cell has: what it computes at top level, what it shows, and its folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.errors import LabError
from mlops_lab.core.metrics import primary_rank

from .base import Outcome, Watched
from .cell import CellReading
from .cellparams import assigned_params
from .folds import VALIDATORS, folds_of, mean_and_spread
from .metrics import computed_metrics, numbers_before, to_number
from .shown import at_path, folds_name, shown_expression, shown_metrics

if TYPE_CHECKING:
    from mlops_lab.kernel.run import RunLog


class _Seen(msgspec.Struct, frozen=True):
    """What was there before: ``ids`` are of the folds that the cell may bind, and under "" of ``-m``."""

    numbers: dict[str, Any]
    params: frozenset[str]
    ids: dict[str, int]

    def is_left(self, name: str, value: Any, outcome: Outcome) -> bool:
        """Tell whether a cell that failed left alone what stood there before it."""
        return not outcome.ended_well and self.ids.get(name) == id(value)


class MetricsCapture:
    """Records the metrics of a cell; ``primary_rank`` tells the primary one where none is named."""

    kind: CaptureKind = "metrics"

    def before(self, cell: Watched) -> _Seen | None:
        """Remember the numbers that the cell may leave alone, and the params that came with it."""
        if cell.reading is None:
            return None
        numbers = numbers_before(cell.reading, cell.namespace)
        ids = {name: id(cell.namespace[name]) for name in _fold_names(cell, cell.reading)}
        if cell.options.metric is not None:
            ids[""] = id(at_path(cell.namespace, cell.options.metric))
        return _Seen(numbers, frozenset(cell.run.params), ids)

    def after(self, cell: Watched, seen: _Seen | None, outcome: Outcome) -> None:
        """Record the numbers as the cell left them."""
        if cell.reading is not None and seen is not None:
            leading = _record(cell, cell.reading, seen, outcome)
            if leading is not None and cell.options.metric is None:
                _make_primary(cell.run, leading)
        _force(cell, seen, outcome)


def _record(cell: Watched, reading: CellReading, seen: _Seen, outcome: Outcome) -> str | None:
    """Record what the cell computed, and then what it shows; return the one that leads."""
    expression = shown_expression(cell.tree, cell.source)
    numbers = computed_metrics(
        reading, cell.namespace, before=seen.numbers, ended_well=outcome.ended_well
    )
    folds = _bound_folds(cell, reading, seen, outcome)
    leading = None
    for name in reading.computed:
        if name in folds:
            leading = _leading(leading, _log_folds(cell.run, folds[name]))
        elif name in numbers and not _is_param(name, cell, reading, seen):
            leading = _leading(leading, _log(cell.run, name, numbers[name]))
    validator = folds_name(expression)
    if validator in VALIDATORS:
        leading = _leading(leading, _log_folds(cell.run, folds_of(str(validator), outcome.result)))
    for name, number in shown_metrics(expression, outcome.result, reading=reading).items():
        # Shown again under its own name it is the same metric, and the later one.
        if name not in cell.options.params:
            leading = _leading(leading, _log(cell.run, name, number))
    return leading


def _leading(before: str | None, name: str | None) -> str | None:
    """Return which of two computed metrics is nearer to being the primary one, the later of equals."""
    if before is None or name is None:
        return name or before
    return name if primary_rank(name) <= primary_rank(before) else before


def _is_param(name: str, cell: Watched, reading: CellReading, seen: _Seen) -> bool:
    """Tell whether the name is one that the user, or a literal of the cell, made a param.

    A name that the cell read and then computed anew is both: a param by its value at the start, a
    metric by its value at the end.
    """
    if name in cell.options.params or name in cell.injected:
        return True
    if name in reading.literals and name in assigned_params(reading, cell.namespace).texts:
        return True
    return name in cell.run.params and name not in seen.params and name not in reading.reads


def _fold_names(cell: Watched, reading: CellReading) -> list[str]:
    """Return the names in the namespace that the cell binds to folds."""
    return [
        name
        for name, called in reading.called.items()
        if called in VALIDATORS and name in reading.computed and name in cell.namespace
    ]


def _bound_folds(
    cell: Watched, reading: CellReading, seen: _Seen, outcome: Outcome
) -> dict[str, dict[str, list[float]]]:
    """Return the folds by the name that the cell bound them to."""
    held = {name: cell.namespace[name] for name in _fold_names(cell, reading)}
    return {
        name: folds_of(name, value)
        for name, value in held.items()
        if not seen.is_left(name, value, outcome)
    }


def _log_folds(run: RunLog, folds: dict[str, list[float]]) -> str | None:
    """Record each series of folds with mean and spread; return the mean that leads."""
    leading = None
    for name, values in folds.items():
        if run.has_logged(name):
            continue
        for fold, value in enumerate(values):
            run.log_metric(name, value, fold)
        mean, spread = mean_and_spread(values)
        run.log_metric(f"{name}.std", spread, 0)
        run.log_metric(f"{name}.mean", mean, 0)
        leading = _leading(leading, f"{name}.mean")
    return leading


def _log(run: RunLog, name: str, number: float) -> str | None:
    """Record one number at step 0; a series that was logged under the name keeps its points."""
    try:
        if not run.has_logged(name):
            run.log_metric(name, number)
    except LabError as error:
        run.warn(str(error))
        return None
    return name


def _make_primary(run: RunLog, name: str) -> None:
    """Have a computed metric lead those that were logged, but for what leads by its name."""
    logged = run.leading
    if logged is not None and primary_rank(logged.name) < primary_rank(name):
        return
    if run.started is None or run.started.primary_metric is None:
        run.primary = name


def _force(cell: Watched, seen: _Seen | None, outcome: Outcome) -> None:
    """Record the value behind the name that ``-m`` gives, also where the rule does not take it."""
    name = cell.options.metric
    if name is None or cell.run.has_logged(name):
        return
    value = at_path(cell.namespace, name)
    if seen is not None and seen.is_left("", value, outcome):
        return
    number = to_number(value)
    if number is None:
        number = _only_item(value)
    if number is not None:
        cell.run.log_metric(name, number)


def _only_item(value: Any) -> float | None:
    """Return the number of an array, tensor or series with one item."""
    kind = type(value)
    if kind.__module__.partition(".")[0] not in {"numpy", "torch", "pandas", "jax", "jaxlib"}:
        return None
    try:
        size = value.numel() if hasattr(kind, "numel") else value.size
        return to_number(value.item()) if size == 1 else None
    except Exception:  # noqa: BLE001 - an array that cannot be read has no number
        return None
