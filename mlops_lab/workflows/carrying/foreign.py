"""Owns taking the runs of another tool into a store: each once, with secrets masked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.carrying import (
    CarriedExperiment,
    CarriedFacet,
    CarriedFile,
    CarriedLogged,
    CarriedPoints,
    CarriedRun,
    CarriedSpans,
    CarriedTrace,
    ImportReport,
)
from mlops_lab.core.clock import Millis, held_time, now_ms
from mlops_lab.core.errors import InvalidInputError, LabError
from mlops_lab.core.ids import is_id
from mlops_lab.core.inputs import DatasetInput
from mlops_lab.core.literals import literal_of
from mlops_lab.core.masking import masked
from mlops_lab.core.traces import SOURCE_RUN
from mlops_lab.core.tracking import Cell, Param, TagEntry
from mlops_lab.store import carried, documents, outbox
from mlops_lab.store.carried import Known, Origin
from mlops_lab.store.experiments import stored_name
from mlops_lab.store.logged_models import has_logged
from mlops_lab.store.rows import pieces
from mlops_lab.store.store import Store
from mlops_lab.tracking.inputs import data_version

from .beside import take_logged, take_traces
from .foreign_files import take_files
from .models import take_models
from .source import ForeignFile, ForeignRun, Source
from .taking import take_run
from .tally import Tally

_AT_ONCE = 50
_CHANGED = "the run went on there since it was taken; what is here was left as it is"
_NO_PARENT = "the parent of the run was not there; it stands by itself now"


class Wanted(msgspec.Struct, frozen=True):
    """What of a source is wanted, and by whom."""

    who: str
    experiment: str | None = None
    with_files: bool = True
    is_dry: bool = False


def import_foreign(
    store: Store, source: Source, wanted: Wanted, *, told: Callable[[str], None] = lambda _: None
) -> ImportReport:
    """Take what the store lacks from a source; a run that is there from before is left as it is.

    Each run is one transaction, so that an import that was broken off goes on where it stopped.

    Args:
        store: the open store.
        source: what to read.
        wanted: which of its runs.
        told: called with a line whenever a run was done.

    Raises:
        InvalidInputError: the source cannot be read at all, or has no such experiment.
        StoreUnavailableError: the store cannot be written now.
    """
    tally = Tally(source.place, told=told)
    _take_experiments(store, source, wanted, tally)
    for some in pieces(source.runs(wanted.experiment), _AT_ONCE):
        known = _known(store, source.kind, [run.foreign_id for run in some], wanted)
        for run in some:
            before = known.get(run.foreign_id)
            if before is not None:
                _note_known(before, run, tally)
            elif wanted.is_dry:
                tally.took("runs")
            else:
                _take(store, source, run, wanted, tally)
        _note_left(source, tally)
    _take_beside(store, source, wanted, tally)
    _take_registry(store, source, wanted, tally)
    if not wanted.is_dry:
        with store.write() as tx:
            for run_id in carried.drop_lost_parents(tx, source.kind):
                tally.leave(_NO_PARENT, run_id)
    _note_left(source, tally)
    return tally.report(is_dry=wanted.is_dry)


def _known(store: Store, kind: str, ids: list[str], wanted: Wanted) -> dict[str, Known]:
    """Return the runs that are there from before; what is there of one in part is removed."""
    with store.read() as cx:
        known = carried.read_imported(cx, kind, ids)
    if any(one.is_unfinished for one in known.values()) and not wanted.is_dry:
        with store.write() as tx:
            carried.drop_unfinished(tx, kind, known)
    return {name: one for name, one in known.items() if not one.is_unfinished}


def _take_registry(store: Store, source: Source, wanted: Wanted, tally: Tally) -> None:
    # A registered model is of no experiment.
    if wanted.experiment is not None:
        return
    if wanted.is_dry:
        tally.took("models", sum(1 for _ in source.models()))
        return
    run_of = _run_finder(store, source)
    take_models(store, source.models(), tally, who=wanted.who, run_of=run_of)


def _take_beside(store: Store, source: Source, wanted: Wanted, tally: Tally) -> None:
    """Take what belongs to runs: logged models and traces."""
    logged, traces = source.logged_models(wanted.experiment), source.traces(wanted.experiment)
    if wanted.is_dry:
        tally.took("logged models", sum(1 for _ in logged))
        tally.took("traces", sum(1 for _ in traces))
        return
    run_of = _run_finder(store, source)

    def kept(files: Iterable[ForeignFile], of: str) -> list[CarriedFile]:
        return take_files(store, files if wanted.with_files else (), tally, of=of)

    def models() -> Iterator[CarriedLogged]:
        for one, files in logged:
            with store.read() as cx:
                if has_logged(cx, one.model.id):
                    continue
            yield msgspec.structs.replace(one, files=kept(files, one.model.id))

    def lines() -> Iterator[CarriedTrace | CarriedSpans]:
        for one, spans, files in traces:
            source_run = one.trace.metadata.get(SOURCE_RUN, "")
            noted = one.trace.metadata | ({SOURCE_RUN: run_of(source_run)} if source_run else {})
            trace = msgspec.structs.replace(one.trace, metadata=noted)
            yield msgspec.structs.replace(one, trace=trace, files=kept(files, one.trace.id))
            yield from spans

    take_logged(store, models(), tally, who=wanted.who, run_of=run_of)
    take_traces(store, lines(), tally, who=wanted.who, run_of=run_of)


def _run_finder(store: Store, source: Source) -> Callable[[str], str]:
    def run_of(foreign_id: str) -> str:
        with store.read() as cx:
            known = carried.read_imported(cx, source.kind, [foreign_id]).get(foreign_id)
        return known.run_id if known else foreign_id

    return run_of


def _take_experiments(store: Store, source: Source, wanted: Wanted, tally: Tally) -> None:
    names = []
    for experiment in source.experiments():
        names.append(experiment.name)
        if wanted.experiment not in (None, experiment.name):
            continue
        if wanted.is_dry:
            tally.took("experiments")
            continue
        came = msgspec.structs.replace(masked(experiment), name=stored_name(experiment.name))
        _write_experiment(store, came, tally)
    if wanted.experiment is not None and wanted.experiment not in names:
        shown = ", ".join(sorted(names)[:10])
        raise InvalidInputError(
            f"{source.place} has no experiment {wanted.experiment!r}.", hint=f"It has: {shown}."
        )


def _write_experiment(store: Store, came: CarriedExperiment, tally: Tally) -> None:
    with store.write() as tx:
        experiment_id, is_new = carried.add_experiment(tx, came, now=now_ms())
        if is_new:
            outbox.put_change(tx, "experiment", experiment_id, "created")
    tally.took("experiments", int(is_new))


def _note_known(before: Known, run: ForeignRun, tally: Tally) -> None:
    tally.skip()
    if before.digest != _digest_of(run):
        tally.leave(_CHANGED, f"{run.foreign_id} {run.name}")


def _note_left(source: Source, tally: Tally) -> None:
    for reason, example in source.drain():
        tally.leave(reason, example)


def _take(store: Store, source: Source, run: ForeignRun, wanted: Wanted, tally: Tally) -> None:
    found = source.files(run) if wanted.with_files else ()
    files = take_files(store, found, tally, of=run.foreign_id)
    counted = [0]

    def points() -> Iterable[CarriedPoints]:
        for portion in source.points(run):
            counted[0] += len(portion.steps)
            yield portion

    texts = {documents.digest_of(text): text for text in map(_described, run.inputs)}
    origin = Origin(source.kind, run.foreign_id, _digest_of(run), source.place)

    def make(tx: Connection) -> CarriedRun:
        documents.add_documents(tx, texts)
        return _carried_run(tx, source.kind, run, files, now=now_ms())

    take_run(store, make, points(), origin=origin, who=wanted.who)
    tally.took("runs")
    tally.took("points", counted[0])
    tally.took("files", len(files))


def _digest_of(run: ForeignRun) -> str:
    return hashlib.sha256(msgspec.json.encode(run)).hexdigest()


def _carried_run(
    tx: Connection, kind: str, run: ForeignRun, files: list[CarriedFile], *, now: Millis
) -> CarriedRun:
    parent = None
    if run.parent is not None and run.parent != run.foreign_id:
        before = carried.read_imported(tx, kind, [run.parent]).get(run.parent)
        parent = before.run_id if before else _free_id(tx, kind, run.parent, run.parent)
    started_at = held_time(run.started_at)
    ended_at = None if run.ended_at is None else held_time(run.ended_at)
    return CarriedRun(
        id=_free_id(tx, kind, run.foreign_id, run.run_id),
        experiment=stored_name(run.experiment),
        name=run.name,
        status=run.status,
        source="client",
        user=run.user,
        notebook_path=run.notebook_path,
        started_at=started_at,
        ended_at=ended_at,
        duration_ms=None if ended_at is None else max(0, ended_at - started_at),
        parent_run_id=parent,
        trashed_at=run.trashed_at,
        params=[Param(name, literal_of(text), "logged") for name, text in run.params.items()],
        tags=[
            TagEntry(name, text, ended_at or run.started_at or now)
            for name, text in run.tags.items()
        ],
        inputs=run.inputs,
        facets=[
            CarriedFacet(
                "data", one.dataset.name, documents.digest_of(_described(one)), one.dataset.digest
            )
            for one in run.inputs
        ],
        cells=[Cell(c.source, c.cell_id, c.execution_count) for c in run.cells],
        files=files,
    )


def _described(one: DatasetInput) -> bytes:
    return msgspec.json.encode(data_version(masked(one)))


def _free_id(tx: Connection, kind: str, foreign_id: str, liked: str | None) -> str:
    """Return the id of a run here: the one it likes if that is free, or else always the same one."""
    if liked is not None and is_id(liked) and not carried.is_taken(tx, liked):
        return liked
    return hashlib.sha256(f"{kind}\n{foreign_id}".encode("utf-8", "replace")).hexdigest()[:32]


def unreadable(place: str, reason: object, *, hint: str = "") -> LabError:
    """Return the error that a place cannot be read as what it was said to be."""
    return InvalidInputError(f"{place} cannot be imported: {reason}.", hint=hint)
