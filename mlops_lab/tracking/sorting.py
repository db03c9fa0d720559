"""Owns a batch sorted by kind of record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec

from mlops_lab.core.clock import Millis
from mlops_lab.core.numbers import WireNumber
from mlops_lab.core.records import (
    ArtifactLogged,
    CellCaptured,
    CellExecuted,
    DocumentKept,
    ExperimentSet,
    FacetCaptured,
    MetricLogged,
    ParamLogged,
    Record,
    RunFinished,
    RunIdentified,
    RunResumed,
    RunStarted,
    TagSet,
    WarningNoted,
)


class Points(msgspec.Struct):
    """The points of one metric of one run, as they came in."""

    steps: list[int] = []
    times: list[Millis] = []
    values: list[WireNumber] = []


class Sorted(msgspec.Struct):
    """The records of a batch by kind; ``turns`` are ends and resumptions, metrics by (run id, name)."""

    starts: list[RunStarted] = []
    turns: list[RunFinished | RunResumed] = []
    params: list[ParamLogged] = []
    tags: list[TagSet] = []
    cells: list[CellCaptured] = []
    identities: list[RunIdentified] = []
    experiments: list[ExperimentSet] = []
    documents: list[DocumentKept] = []
    facets: list[FacetCaptured] = []
    artifacts: list[ArtifactLogged] = []
    history: list[CellExecuted] = []
    metrics: dict[tuple[str, str], Points] = {}
    warnings: list[tuple[str, str]] = []

    def run_ids(self) -> set[str]:
        """Return the ids of all runs that the batch names."""
        named = {record.run_id for record in self._single_records()}
        named.update(run_id for run_id, _ in self.metrics)
        named.update(run_id for run_id, _ in self.warnings)
        return named

    def count_of(self, run_ids: Collection[str]) -> int:
        """Return how many records are about these runs."""
        single = sum(record.run_id in run_ids for record in self._single_records())
        noted = sum(run_id in run_ids for run_id, _ in self.warnings)
        points = sum(len(p.steps) for (run_id, _), p in self.metrics.items() if run_id in run_ids)
        return single + noted + points

    def _single_records(self) -> Iterator[Record]:
        return chain(
            self.starts,
            self.turns,
            self.params,
            self.tags,
            self.cells,
            self.identities,
            self.experiments,
            self.documents,
            self.facets,
            self.artifacts,
            self.history,
        )


def sort_records(records: Iterable[Record]) -> Sorted:
    """Sort records by kind."""
    content = Sorted()
    by_name = content.metrics
    lists: dict[type, list[Any]] = {
        RunStarted: content.starts,
        RunResumed: content.turns,
        RunFinished: content.turns,
        ParamLogged: content.params,
        TagSet: content.tags,
        CellCaptured: content.cells,
        RunIdentified: content.identities,
        ExperimentSet: content.experiments,
        DocumentKept: content.documents,
        FacetCaptured: content.facets,
        ArtifactLogged: content.artifacts,
        CellExecuted: content.history,
    }
    for record in records:
        if type(record) is MetricLogged:
            points = by_name.get((record.run_id, record.name))
            if points is None:
                points = by_name[record.run_id, record.name] = Points()
            points.steps.append(record.step)
            points.times.append(record.time)
            points.values.append(record.value)
        elif type(record) is WarningNoted:
            content.warnings.append((record.run_id, record.text))
        else:
            lists[type(record)].append(record)
    return content
