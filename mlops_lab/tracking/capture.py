"""Owns reading back what is captured of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar, cast

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.data import DataVersion
from mlops_lab.core.facets import (
    FACET_TYPES,
    ArtifactRef,
    Environment,
    FacetKind,
    GitState,
    HistoryCell,
    ModelInfo,
    Order,
    Outputs,
    Reproduction,
    Resources,
    RunCapture,
)
from mlops_lab.store import documents, facets

from .differences import Surroundings
from .entries import decode_facet

COMPARED_KINDS: tuple[FacetKind, ...] = ("data", "environment", "git", "model", "order")
"""The facets that a comparison of runs looks at."""

_Facet = TypeVar("_Facet", bound=msgspec.Struct)


class Decoded(msgspec.Struct, frozen=True):
    """The facets of one run by kind, in the order of their names."""

    by_kind: dict[FacetKind, list[msgspec.Struct]]

    def every(self, kind: FacetKind, of: type[_Facet]) -> list[_Facet]:
        """Return all facets of a kind."""
        assert FACET_TYPES[kind] is of  # noqa: S101 - both are written side by side
        return cast("list[_Facet]", self.by_kind.get(kind, []))

    def one(self, kind: FacetKind, of: type[_Facet]) -> _Facet | None:
        """Return the facet of a kind of which a run has one."""
        found = self.every(kind, of)
        return found[-1] if found else None

    def surroundings(self) -> Surroundings:
        """Return what the run ran with, besides its code and data."""
        return Surroundings(
            environment=self.one("environment", Environment),
            git=self.one("git", GitState),
            models=self.every("model", ModelInfo),
        )


def read_decoded(
    cx: Connection, run_ids: Sequence[str], *, kinds: Iterable[FacetKind] = ()
) -> dict[str, Decoded]:
    """Return the facets of each run, of some kinds only when they are named.

    A document is decoded once, however many runs have it. One that cannot be read is left out.
    """
    found = facets.read_facets(cx, run_ids, kinds=set(kinds))
    texts = documents.read_documents(cx, facets.digests_of(found))
    decoded: dict[tuple[FacetKind, str], msgspec.Struct | None] = {}
    answer = {}
    for run_id in run_ids:
        by_kind: dict[FacetKind, list[msgspec.Struct]] = {}
        for row in found.get(run_id, []):
            pair = (row.kind, row.digest)
            if pair not in decoded:
                text = texts.get(row.digest)
                decoded[pair] = None if text is None else decode_facet(row.kind, text)
            facet = decoded[pair]
            if facet is not None:
                by_kind.setdefault(row.kind, []).append(facet)
        answer[run_id] = Decoded(by_kind)
    return answer


def read_capture(cx: Connection, run_id: str, *, is_kept: Callable[[str], bool]) -> RunCapture:
    """Return everything that is captured of a run; ``is_kept`` tells whether bytes are there."""
    own = read_decoded(cx, [run_id])[run_id]
    before, since = facets.read_history_before(cx, run_id), facets.read_own_history(cx, run_id)
    sources = documents.read_documents(cx, (row.digest for row in [*before, *since]))
    return RunCapture(
        run_id=run_id,
        environment=own.one("environment", Environment),
        git=own.one("git", GitState),
        resources=own.one("resources", Resources),
        outputs=own.one("outputs", Outputs),
        order=own.one("order", Order),
        data=own.every("data", DataVersion),
        models=own.every("model", ModelInfo),
        artifacts=[
            ArtifactRef(row.path, row.digest, row.size, row.media_type, is_kept(row.digest))
            for row in facets.read_artifacts(cx, run_id)
        ],
        reproductions=sorted(own.every("reproduction", Reproduction), key=lambda r: r.started_at),
        history=_history_cells(before, sources),
        own_history=_history_cells(since, sources),
    )


def _history_cells(
    rows: Iterable[facets.HistoryRow], sources: Mapping[str, bytes]
) -> list[HistoryCell]:
    return [
        HistoryCell(
            position=row.position,
            source=sources.get(row.digest, b"").decode(),
            cell_id=row.cell_id,
            execution_count=row.execution_count,
            started_at=row.started_at,
            duration_ms=row.duration_ms,
            status=row.status,
            run_id=row.run_id,
            bound=msgspec.json.decode(row.bound, type=dict[str, str]),
        )
        for row in rows
    ]
