"""Groups what a kernel spooled by its runs, so that a test can ask a run what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.facets import FACET_TYPES, ModelInfo
from mlops_lab.core.records import (
    ArtifactLogged,
    DocumentKept,
    FacetCaptured,
    MetricLogged,
    ParamLogged,
    RunFinished,
    RunStarted,
    TagSet,
    WarningNoted,
)

from .spool_reader import read_records


class Captured:
    """One run: the records that name it."""

    def __init__(self, started: RunStarted, records: list[Any], documents: dict[str, str]) -> None:
        self.started = started
        self.of = [record for record in records if record.run_id == started.run_id]
        self._documents = documents

    @property
    def params(self) -> dict[str, str]:
        return {one.name: one.value for one in self._all(ParamLogged)}

    @property
    def details(self) -> dict[str, str]:
        return {one.name: one.detail for one in self._all(ParamLogged) if one.origin == "model"}

    @property
    def tags(self) -> dict[str, str]:
        return {one.name: one.value for one in self._all(TagSet)}

    @property
    def points(self) -> dict[str, list[tuple[int, float]]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for one in self._all(MetricLogged):
            found.setdefault(one.name, []).append((one.step, float(one.value)))
        return found

    @property
    def models(self) -> dict[str, ModelInfo]:
        return {
            one.name: msgspec.json.decode(self._documents[one.digest], type=FACET_TYPES["model"])
            for one in self._all(FacetCaptured)
            if one.kind == "model"
        }

    @property
    def artifacts(self) -> dict[str, str]:
        return {one.path: one.digest for one in self._all(ArtifactLogged)}

    @property
    def warnings(self) -> list[str]:
        return [one.text for one in self._all(WarningNoted)]

    @property
    def end(self) -> RunFinished:
        return self._all(RunFinished)[-1]

    def _all(self, kind: type) -> list[Any]:
        return [record for record in self.of if type(record) is kind]


def read_runs(folder: Path) -> list[Captured]:
    """Return the runs that no other run is the parent of, in the order in which they began."""
    return [run for run in read_all_runs(folder) if run.started.parent_run_id is None]


def read_children(folder: Path, parent: Captured) -> list[Captured]:
    runs = read_all_runs(folder)
    return [run for run in runs if run.started.parent_run_id == parent.started.run_id]


def read_all_runs(folder: Path) -> list[Captured]:
    records = read_records(folder)
    documents = {one.digest: one.content for one in records if isinstance(one, DocumentKept)}
    started = [one for one in records if isinstance(one, RunStarted)]
    return [Captured(one, records, documents) for one in started]
