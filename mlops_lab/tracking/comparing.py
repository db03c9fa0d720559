"""Owns what is read of runs to hold them against one another: their rows, their curves, their cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypedDict, Unpack

from sqlalchemy import Connection

from mlops_lab.core.comparison import Comparison, Curve, Curves
from mlops_lab.core.data import DataVersion
from mlops_lab.core.errors import InvalidInputError, MisfitError
from mlops_lab.core.limits import MAX_COMPARED, MIN_COMPARED
from mlops_lab.store import experiments, runs
from mlops_lab.store.store import Store

from .capture import COMPARED_KINDS, read_decoded
from .compare import compare_runs
from .lookup import find_run_id
from .runcode import read_cells
from .thin import Charted, charted_curves, charted_series


class Asked(TypedDict, total=False):
    """What of a comparison is wanted, where it is not all."""

    max_points: int
    """Most points of a series: 500; fewer where all would be more than one million."""
    names: Collection[str] | None
    """Of the metrics whose points are wanted; None means all."""
    baseline: str | None
    """The run, or a part of its id, that the others are held against; None means the first."""


class Comparing:
    """Comparisons of the runs of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def compare(self, run_ids: Sequence[str], **asked: Unpack[Asked]) -> Comparison:
        """Return what differs between runs.

        Args:
            run_ids: ids, or parts of them.
            asked: see ``Asked``. Points are read only of the metrics that are wanted.

        Raises:
            NotFoundError: one of the runs does not exist.
            InvalidInputError: more than 200 runs.
            MisfitError: fewer than 2 different ones, or the baseline is none of them.
        """
        names = asked.get("names")
        with self._store.read() as cx:
            full_ids = _find_all(cx, run_ids)
            baseline = _place_of(cx, asked.get("baseline"), full_ids)
            found = runs.read_runs(cx, full_ids)
            charted = Charted([], [])
            if names is None or names:
                charted = charted_series(
                    cx, full_ids, max_points=asked.get("max_points", 500), names=names
                )
            captured = read_decoded(cx, full_ids, kinds=COMPARED_KINDS)
            cells = read_cells(cx, found, captured)
            goals = experiments.read_goals(cx, {run.summary.experiment for run in found.values()})
        facets = [captured[full_id] for full_id in full_ids]
        return compare_runs(
            [found[full_id] for full_id in full_ids],
            charted.series,
            baseline=baseline,
            left_out=charted.left_out,
            data=[one.every("data", DataVersion) for one in facets],
            surroundings=[one.surroundings() for one in facets],
            cells=[cells[full_id] for full_id in full_ids],
            goals=goals,
        )

    def read_curves(
        self,
        run_ids: Sequence[str],
        names: Sequence[str],
        *,
        max_points: int = 300,
        steps: tuple[int, int] | None = None,
    ) -> Curves:
        """Return metrics of several runs as charts need them, however long they are.

        Args:
            run_ids: ids, or parts of them.
            names: of the metrics.
            max_points: most points of a curve; fewer where all would be more than one million.
            steps: the lowest and the highest step that are wanted; None means all.

        Raises:
            NotFoundError: one of the runs does not exist.
            InvalidInputError: more than 200 runs, or ``max_points`` is not possible.
        """
        with self._store.read() as cx:
            full_ids = _find_all(cx, run_ids, fewest=1)
            curves: list[Curve] = charted_curves(
                cx, full_ids, names=names, max_points=max_points, steps=steps
            )
        return Curves(curves)


def _find_all(cx: Connection, run_ids: Sequence[str], *, fewest: int = MIN_COMPARED) -> list[str]:
    if len(run_ids) > MAX_COMPARED:
        raise InvalidInputError(
            f"{len(run_ids)} runs are too many to compare.", hint=f"Name at most {MAX_COMPARED}."
        )
    full_ids = list(dict.fromkeys(find_run_id(cx, run_id) for run_id in run_ids))
    if len(full_ids) < fewest:
        raise MisfitError(
            "A comparison needs at least two different runs.", hint="Name another run."
        )
    return full_ids


def _place_of(cx: Connection, baseline: str | None, full_ids: Sequence[str]) -> int:
    if baseline is None:
        return 0
    full_id = find_run_id(cx, baseline)
    if full_id not in full_ids:
        raise MisfitError(
            f"The baseline {full_id} is none of the compared runs.", hint="Name it among them."
        )
    return full_ids.index(full_id)
