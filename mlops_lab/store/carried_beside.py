"""Owns reading and writing what belongs to carried runs: logged models, traces, evaluation datasets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import Connection, select

from mlops_lab.core.carrying import (
    CarriedDataset,
    CarriedFile,
    CarriedLogged,
    CarriedRecord,
    CarriedSpans,
    CarriedTrace,
    CarriedUse,
)
from mlops_lab.core.clock import Millis
from mlops_lab.core.evaluation import EvaluationRecord
from mlops_lab.core.loggedmodels import RunModel
from mlops_lab.core.traces import ARTIFACT_LOCATION, SOURCE_RUN, Trace

from . import assessments, evaluation, logged_models, traces
from .clientruns import known_runs
from .free_files import FreeFile, read_free_files, set_free_file
from .registry_tables import logged_model, run_model
from .rows import pieces
from .tables import experiment
from .trace_tables import (
    evaluation_dataset,
    evaluation_dataset_experiment as linked,
    evaluation_record,
    trace_note,
    trace_run,
)

MODEL_AREA = "logged_model"
OTHERS_AREA = "mlflow"
"""The area of files that clients put where neither a run nor a logged model is."""

_SCHEME = "mlflow-artifacts:/"
_SPANS_AT_ONCE = 100


def read_logged(cx: Connection, run_ids: Sequence[str]) -> Iterator[CarriedLogged]:
    """Yield the logged models that these runs made, take in or give out."""
    ids: dict[str, None] = {}
    uses: dict[str, list[CarriedUse]] = {}
    for some in pieces(run_ids):
        made = select(logged_model.c.id).where(logged_model.c.source_run_id.in_(some))
        ids.update(dict.fromkeys(cx.execute(made.order_by(logged_model.c.id)).scalars()))
        for row in cx.execute(select(run_model).where(run_model.c.run_id.in_(some))):
            ids[row.model_id] = None
            uses.setdefault(row.model_id, []).append(CarriedUse(row.run_id, row.role, row.step))
    for some in pieces(sorted(ids), 100):
        found = logged_models.read_logged(cx, some)
        names = _names(cx, {one.experiment_id for one in found})
        for one in found:
            rows = read_free_files(cx, f"{MODEL_AREA}/{one.id}")
            files = [CarriedFile(r.path, r.digest, r.size, r.media_type) for r in rows]
            used = sorted(uses.get(one.id, []), key=lambda use: (use.run_id, use.role))
            yield CarriedLogged(names[one.experiment_id], one, used, files)


def read_traces(cx: Connection, run_ids: Sequence[str]) -> Iterator[CarriedTrace | CarriedSpans]:
    """Yield the traces of these runs, each followed by its spans."""
    runs_of: dict[str, set[str]] = {}
    for some in pieces(run_ids):
        of_run = select(trace_run.c.trace_id, trace_run.c.run_id).where(
            trace_run.c.run_id.in_(some)
        )
        noted = select(trace_note.c.trace_id, trace_note.c.value).where(
            trace_note.c.name == SOURCE_RUN, trace_note.c.value.in_(some)
        )
        for trace_id, run_id in cx.execute(of_run):
            runs_of.setdefault(trace_id, set()).add(run_id)
        for trace_id, _ in cx.execute(noted):
            runs_of.setdefault(trace_id, set())
    for some in pieces(sorted(runs_of), 100):
        found = traces.read_traces(cx, some)
        names = _names(cx, {one.experiment_id for one in found})
        for one in found:
            files = _read_files(cx, one.tags.get(ARTIFACT_LOCATION, ""))
            yield CarriedTrace(names[one.experiment_id], one, sorted(runs_of[one.id]), files)
            for portion in pieces(traces.read_spans(cx, [one.id]).get(one.id, []), _SPANS_AT_ONCE):
                yield CarriedSpans(list(portion))


def read_datasets(
    cx: Connection, experiments: Iterable[str]
) -> Iterator[CarriedDataset | CarriedRecord]:
    """Yield the evaluation datasets of experiments, by their names, each followed by its records."""
    ids: set[str] = set()
    for some in pieces(sorted(set(experiments))):
        query = select(linked.c.dataset_id).join(
            experiment, experiment.c.id == linked.c.experiment_id
        )
        ids.update(cx.execute(query.where(experiment.c.name.in_(some))).scalars())
    for one in (one for some in pieces(sorted(ids)) for one in evaluation.read_datasets(cx, some)):
        yield CarriedDataset(one, sorted(_names(cx, one.experiment_ids).values()))
        rows = select(evaluation_record).where(evaluation_record.c.dataset_id == one.id)
        for row in cx.execute(rows.order_by("created_at", "id").execution_options(yield_per=100)):
            content = msgspec.json.decode(row.content)
            kept = EvaluationRecord(row.id, row.dataset_id, row.created_at, content)
            yield CarriedRecord(row.inputs_digest, kept)


def add_logged(tx: Connection, came: CarriedLogged, experiment_id: str, *, now: Millis) -> bool:
    """Write a logged model with all that it has; False, and nothing written, if its id is taken."""
    model = came.model
    if logged_models.has_logged(tx, model.id):
        return False
    location = _moved(model.location, model.experiment_id, experiment_id)
    logged_models.insert_logged(
        tx, msgspec.structs.replace(model, experiment_id=experiment_id, location=location)
    )
    logged_models.put_metrics(tx, model.id, model.metrics)
    area = f"{MODEL_AREA}/{model.id}"
    for one in came.files:
        set_free_file(tx, FreeFile(area, one.path, one.digest, one.size, one.media_type, now))
    known = known_runs(tx, [use.run_id for use in came.uses])
    for use in came.uses:
        if use.run_id in known:
            put = [RunModel(model.id, use.step)]
            logged_models.put_run_models(tx, use.run_id, use.role, put)
    return True


def add_trace(
    tx: Connection,
    came: CarriedTrace,
    spans: Iterable[CarriedSpans],
    experiment_id: str,
    *,
    now: Millis,
) -> bool:
    """Write a trace with all that it has; False, and nothing written, if its id is taken."""
    one = came.trace
    if traces.known_traces(tx, [one.id]):
        return False
    here = _trace_here(one, experiment_id)
    traces.put_trace(tx, here)
    place = here.tags.get(ARTIFACT_LOCATION, "")
    if place.startswith(_SCHEME):
        for file in came.files:
            path = f"{place.removeprefix(_SCHEME)}/{file.path}"
            row = FreeFile(OTHERS_AREA, path, file.digest, file.size, file.media_type, now)
            set_free_file(tx, row)
    for given in one.assessments:
        assessments.put_assessment(tx, msgspec.structs.replace(given, trace_id=one.id))
    for portion in spans:
        traces.put_spans(
            tx, [msgspec.structs.replace(span, trace_id=one.id) for span in portion.spans]
        )
    for run_id in sorted(known_runs(tx, came.runs)):
        traces.link_run(tx, [one.id], run_id)
    return True


def add_dataset(
    tx: Connection,
    came: CarriedDataset,
    records: Iterable[CarriedRecord],
    experiment_ids: Sequence[str],
) -> bool:
    """Write an evaluation dataset with its records; False, and nothing written, if its id is taken."""
    one = came.dataset
    query = select(evaluation_dataset.c.id).where(evaluation_dataset.c.id == one.id)
    if tx.execute(query).first() is not None:
        return False
    evaluation.insert_dataset(tx, msgspec.structs.replace(one, experiment_ids=list(experiment_ids)))
    for some in pieces(records, 100):
        evaluation.put_records(tx, one.id, {given.digest: given.record for given in some})
    return True


def _read_files(cx: Connection, place: str) -> list[CarriedFile]:
    if not place.startswith(_SCHEME):
        return []
    below = place.removeprefix(_SCHEME)
    return [
        CarriedFile(row.path.removeprefix(f"{below}/"), row.digest, row.size, row.media_type)
        for row in read_free_files(cx, OTHERS_AREA, below=below)
    ]


def _trace_here(one: Trace, experiment_id: str) -> Trace:
    tags = dict(one.tags)
    if ARTIFACT_LOCATION in tags:
        tags[ARTIFACT_LOCATION] = _moved(tags[ARTIFACT_LOCATION], one.experiment_id, experiment_id)
    return msgspec.structs.replace(one, experiment_id=experiment_id, tags=tags)


def _moved(location: str, was: str, now: str) -> str:
    """Return an address below the experiment that has another id here."""
    begin = f"{_SCHEME}{was}/"
    if not location.startswith(begin):
        return location
    return f"{_SCHEME}{now}/{location.removeprefix(begin)}"


def _names(cx: Connection, ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in pieces(sorted(set(ids))):
        query = select(experiment.c.id, experiment.c.name).where(experiment.c.id.in_(some))
        found.update((one, name) for one, name in cx.execute(query))
    return found
