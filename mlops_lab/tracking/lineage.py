"""Owns the lineage of a run: data, parent, children, models, job definitions, told in one answer."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.data import UNREAD, DataVersion
from mlops_lab.core.facets import ModelInfo, Reproduction
from mlops_lab.core.lineage import (
    MAX_LINEAGE_THINGS,
    Lineage,
    LineageData,
    LineageModel,
    LineageRun,
    LineageRuns,
    proof_of,
)
from mlops_lab.core.tracking import RunSummary
from mlops_lab.store import documents, lineage, runs
from mlops_lab.store.store import Store

from .capture import Decoded, read_decoded
from .entries import decode_facet
from .lookup import find_run_id

_NONE = LineageRuns([], 0)


class LineageService:
    """Where the runs of one store came from, and what came from them. Safe to use from threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, run_id: str) -> Lineage:
        """Return the lineage of a run; long relations are counted and named in part.

        Raises:
            NotFoundError: no run has this id.
            InvalidInputError: several runs have it.
        """
        with self._store.read() as cx:
            full_id = find_run_id(cx, run_id)
            [summary] = runs.summaries_of(cx, [full_id])
            captured = read_decoded(cx, [full_id], kinds=("data", "model", "reproduction"))
            return _read(cx, summary, captured[full_id])


def _read(cx: Connection, summary: RunSummary, captured: Decoded) -> Lineage:
    job = summary.job
    points = lineage.read_run_points(
        cx,
        [one for one in (summary.parent_run_id, summary.same_as, job and job.source_run_id) if one],
    )
    data, count = _data(cx, summary.id, captured.every("data", DataVersion))
    models = [
        LineageModel(one.name, one.class_name, one.artifact)
        for one in captured.every("model", ModelInfo)
    ]
    proofs = sorted(captured.every("reproduction", Reproduction), key=lambda one: one.started_at)
    return Lineage(
        run=_point(summary),
        data=data,
        data_count=count,
        models=[*models, *lineage.read_logged_models(cx, summary.id)][:MAX_LINEAGE_THINGS],
        versions=lineage.read_run_versions(cx, summary.id),
        definitions=lineage.read_promoted(cx, summary.id),
        job_runs=lineage.job_runs_of(cx, summary.id),
        children=lineage.children_of(cx, summary.id),
        reproductions=[proof_of(one) for one in proofs],
        job=job,
        promoted_from=points.get(job.source_run_id or "") if job else None,
        parent=points.get(summary.parent_run_id or ""),
        same_as=points.get(summary.same_as or ""),
    )


def _point(summary: RunSummary) -> LineageRun:
    return LineageRun(
        summary.id,
        summary.name,
        summary.experiment,
        summary.status,
        summary.source,
        summary.started_at,
    )


def _data(
    cx: Connection, run_id: str, captured: Iterable[DataVersion]
) -> tuple[list[LineageData], int]:
    """Return what the run read and made with the other runs of each, and how much that is in all."""
    told = [
        LineageData(
            one.name,
            "file" if one.source == "file" else "table",
            one.role,
            one.digest,
            one.shape,
            _NONE,
            _NONE,
        )
        for one in captured
    ]
    told += [
        LineageData(one.name, "dataset", "input", one.digest, [], _NONE, _NONE)
        for one in lineage.read_datasets(cx, run_id)
    ]
    told += [
        LineageData(one.name, "artifact", "made", one.digest, [], _NONE, _NONE)
        for one in lineage.read_used_files(cx, run_id)
    ]
    return [_with_others(cx, run_id, one) for one in told[:MAX_LINEAGE_THINGS]], len(told)


def _with_others(cx: Connection, run_id: str, data: LineageData) -> LineageData:
    if data.digest.startswith(UNREAD):
        return data
    forms = documents.read_documents(cx, lineage.forms_of(cx, data.digest))
    makers = [digest for digest, text in forms.items() if _is_made(text)]
    return msgspec.structs.replace(
        data,
        made_by=lineage.makers_of(cx, data.digest, but=run_id, makers=makers),
        read_by=lineage.readers_of(cx, data.digest, but=run_id, makers=makers),
    )


def _is_made(text: bytes) -> bool:
    found = decode_facet("data", text)
    return isinstance(found, DataVersion) and found.role == "made"
