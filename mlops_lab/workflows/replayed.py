"""Owns what came out of a replay: metrics, names and facets, read from the spool of the clean kernel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from mlops_lab.core.data import DataVersion
from mlops_lab.core.facets import FACET_TYPES, Environment, FacetKind, GitState
from mlops_lab.core.records import (
    CellExecuted,
    DocumentKept,
    FacetCaptured,
    MetricLogged,
    ParamLogged,
    Record,
    RunStarted,
)
from mlops_lab.core.tracking import Run
from mlops_lab.tracking.segments import CorruptSegmentError, find_segments, read_records

from .replay_folder import ReplayFolder


class Series(msgspec.Struct):
    """A metric as the replay left it: its last point by step, then time, and how many there are."""

    last: MetricLogged
    count: int = 0


class Replayed(msgspec.Struct, frozen=True):
    """What the clean kernel recorded of the run's own cells, and of each cell the names it bound.

    ``bound`` goes by the position of the cell in the replay.
    """

    metrics: Mapping[str, Series]
    bound: Mapping[int, Mapping[str, str]]
    data: Sequence[DataVersion]
    environment: Environment | None
    git: GitState | None


def read_replayed(
    folder: ReplayFolder, run: Run, *, own: Collection[int], job_run: str | None = None
) -> Replayed:
    """Return what the replay of ``run`` left in its spool.

    Args:
        folder: the reproduction's.
        run: as it was recorded.
        own: the indexes of the cells that belong to the run.
        job_run: the id of the run of the replayed job, which nothing in the spool begins.
    """
    records = list(_records(folder))
    cells = [one for one in records if isinstance(one, CellExecuted)]
    if job_run is not None and run.summary.source == "job":
        chosen = frozenset({job_run})
    else:
        chosen = _choose_runs(records, run, own=own)
    facets = _facets(records, chosen)
    environment = facets.get("environment", [None])[-1]
    git = facets.get("git", [None])[-1]
    return Replayed(
        metrics=_metrics(records, chosen),
        # A cell may be recorded more than once, the last time whole.
        bound={cell.position: cell.bound for cell in cells},
        data=[one for one in facets.get("data", []) if isinstance(one, DataVersion)],
        environment=environment if isinstance(environment, Environment) else None,
        git=git if isinstance(git, GitState) else None,
    )


def _records(folder: ReplayFolder) -> Iterable[Record]:
    for segment in find_segments(folder.spool):
        try:
            for portion in read_records(segment):
                yield from portion
        except (CorruptSegmentError, OSError):
            # A kernel that was killed may leave a torn file; what is whole before counts.
            continue


def _choose_runs(records: Sequence[Record], run: Run, *, own: Collection[int]) -> frozenset[str]:
    """Return the run of the replay that stands for the recorded one, with those of its other cells.

    Cells may start several runs, such as the trials of a search; the one like the recorded run is
    known by its name, or else by what it logged.
    """
    started = [one for one in records if isinstance(one, RunStarted)]
    if not started:
        return frozenset(one.run_id for one in records if one.run_id)
    names: dict[str, set[str]] = {one.run_id: set() for one in started}
    params: dict[str, set[tuple[str, str]]] = {one.run_id: set() for one in started}
    for record in records:
        if isinstance(record, MetricLogged) and record.run_id in names:
            names[record.run_id].add(record.name)
        elif isinstance(record, ParamLogged) and record.run_id in params:
            params[record.run_id].add((record.name, record.value))
    wanted = {metric.name for metric in run.metrics}
    wanted_params = {(param.name, param.value) for param in run.params}
    is_child = run.summary.parent_run_id is not None

    def likeness(one: RunStarted) -> tuple[bool, bool, int, int]:
        return (
            one.name == run.summary.name,
            is_child == (one.parent_run_id is not None),
            len(params[one.run_id] & wanted_params),
            len(names[one.run_id] & wanted),
        )

    candidates = [
        one for one in started if one.history_position is None or one.history_position in own
    ]
    best: dict[int | None, RunStarted] = {}
    for one in candidates or started:
        held = best.get(one.history_position)
        if held is None or likeness(one) > likeness(held):
            best[one.history_position] = one
    placed = [one for position, one in best.items() if position is not None]
    unplaced = best.get(None)
    if unplaced is not None and (
        not placed or likeness(unplaced) > max(likeness(one) for one in placed)
    ):
        return frozenset({unplaced.run_id})
    return frozenset(one.run_id for one in placed)


def _metrics(records: Sequence[Record], chosen: frozenset[str]) -> dict[str, Series]:
    found: dict[str, Series] = {}
    for record in records:
        if not isinstance(record, MetricLogged) or record.run_id not in chosen:
            continue
        series = found.setdefault(record.name, Series(last=record))
        series.count += 1
        # As the store has it: the highest step, then the latest time.
        if (record.step, record.time) >= (series.last.step, series.last.time):
            series.last = record
    return found


def _facets(
    records: Sequence[Record], chosen: frozenset[str]
) -> dict[FacetKind, list[msgspec.Struct]]:
    documents = {one.digest: one.content for one in records if isinstance(one, DocumentKept)}
    named = {
        (one.kind, one.name): one.digest
        for one in records
        if isinstance(one, FacetCaptured) and one.run_id in chosen
    }
    found: dict[FacetKind, list[msgspec.Struct]] = {}
    for (kind, _), digest in named.items():
        content = documents.get(digest)
        if content is None:
            continue
        try:
            found.setdefault(kind, []).append(msgspec.json.decode(content, type=FACET_TYPES[kind]))
        except msgspec.MsgspecError:
            continue
    return found
