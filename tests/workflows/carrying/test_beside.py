"""Tests of what belongs to runs in an export file: logged models, traces, evaluation datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select, update

from mlops_lab.core.evaluation import EvaluationDataset, EvaluationRecord
from mlops_lab.core.loggedmodels import ModelMetric, NewLoggedModel, RunModel
from mlops_lab.core.traces import Assessment, Span, Trace
from mlops_lab.lab import Lab
from mlops_lab.store import audit, documents, evaluation, logged_models, traces
from mlops_lab.store.all_tables import metadata
from mlops_lab.store.capture_tables import history_cell
from mlops_lab.store.free_files import FreeFile, read_free_files, set_free_file
from mlops_lab.store.registry_tables import logged_model_param, logged_model_tag
from mlops_lab.store.tables import cell, run
from mlops_lab.store.trace_tables import trace_tag
from mlops_lab.workflows.carrying.exporting import export_runs
from mlops_lab.workflows.carrying.importing import import_archive

from .conftest import Filled


def test_what_belongs_to_a_run_goes_with_it(filled: Filled, other: Lab, tmp_path: Path) -> None:
    model = add_belongings(filled)
    file = tmp_path / "runs.zip"
    export_runs(filled.lab, [filled.parent], file, who="ada")
    report = import_archive(other.store, file, who="eve")
    kinds = ("logged models", "traces", "evaluation datasets")
    assert [report.taken[kind] for kind in kinds] == [1, 1, 1]
    was, now = (read_belongings(one, filled.parent, model) for one in (filled.lab, other))
    assert now == was
    again = import_archive(other.store, file, who="eve")
    assert (again.taken, again.skipped) == ({}, 2)


def add_belongings(filled: Filled) -> str:
    """Give the parent a logged model with a file, a trace and an evaluation dataset; return its id."""
    lab, run_id = filled.lab, filled.parent
    experiment = lab.logged.get_runs([run_id])[0].experiment_id
    new = NewLoggedModel(experiment, "m", source_run_id=run_id, params={"a": "1"})
    model = lab.registry.logged.create(new, who="ada").id
    digest = lab.store.artifacts.put(b"weights")
    metric = ModelMetric("acc", 0.5, 1, 2, run_id)
    judged = Assessment("a-1", "tr-1", "good", "feedback", True, None, 1, 2, {"x": 1})
    dataset = EvaluationDataset(
        "d-1", "questions", "x", None, None, 1, "ada", 2, "ada", {"t": "u"}, [experiment]
    )
    with lab.store.write() as tx:
        set_free_file(tx, FreeFile(f"logged_model/{model}", "w.bin", digest, 7, "text/plain", 1))
        logged_models.put_metrics(tx, model, [metric])
        logged_models.put_run_models(tx, run_id, "output", [RunModel(model, 3)])
        evaluation.insert_dataset(tx, dataset)
        records = {"ab" * 32: EvaluationRecord("r-1", "d-1", 5, {"inputs": {"q": "?"}})}
        evaluation.put_records(tx, "d-1", records)
    lab.traces.put(Trace("tr-1", experiment, 5, 6, "OK", tags={"k": "v"}, assessments=[judged]))
    spans = [
        Span("tr-1", f"{n:016x}", None if n == 0 else f"{0:016x}", "s", "LLM", "OK", n, 9, {"n": n})
        for n in range(250)
    ]
    lab.traces.put_spans(experiment, spans)
    with lab.store.write() as tx:
        traces.link_run(tx, ["tr-1"], run_id)
    return model


def read_belongings(one: Lab, run_id: str, model: str) -> list[Any]:
    plain = {"experiment_id": "", "location": "", "experiment_ids": []}
    with one.store.read() as cx:
        [found] = logged_models.read_logged(cx, [model])
        [questions] = evaluation.read_datasets(cx, ["d-1"])
        files = read_free_files(cx, f"logged_model/{model}")
        used = logged_models.read_run_models(cx, [run_id])
        kept = evaluation.page_records(cx, "d-1", after_values=None, limit=10)
    [(trace, steps)] = one.traces.get_whole(["tr-1"])
    here = one.logged.get_runs([run_id])[0].experiment_id
    assert (found.experiment_id, trace.experiment_id) == (here, here)
    assert found.location == f"mlflow-artifacts:/{here}/models/{model}/artifacts"
    assert one.store.artifacts.get(files[0].digest) == b"weights"
    return [
        {n: v for n, v in msgspec.structs.asdict(found).items() if n not in plain},
        {n: v for n, v in msgspec.structs.asdict(questions).items() if n not in plain},
        [(file.path, file.digest, file.media_type) for file in files],
        used,
        kept,
        (trace.state, trace.assessments, trace.tags["k"]),
        steps,
    ]


def test_secrets_in_an_export_file_are_masked(filled: Filled, other: Lab, tmp_path: Path) -> None:
    model = add_belongings(filled)
    secret = {"api_key": "hunter2abc"}
    with filled.lab.store.write() as tx:
        logged_models.put_texts(tx, logged_model_param, model, secret)
        logged_models.put_texts(tx, logged_model_tag, model, secret)
        traces.put_texts(tx, trace_tag, "tr-1", secret)
        evaluation.put_tags(tx, "d-1", secret)
        given = EvaluationRecord("r-2", "d-1", 6, {"inputs": secret})
        evaluation.put_records(tx, "d-1", {"cd" * 32: given})
        step = Span("tr-1", "f" * 16, None, "s", "LLM", "OK", 300, 301, {"attributes": secret})
        traces.put_spans(tx, [step])
        tx.execute(update(cell).values(source="api_key = 'hunter2abc'"))
        tx.execute(update(run).values(name="postgresql://ada:hunter2abc@host/db"))
        source = b"api_key = 'hunter2abc'"
        digest = documents.digest_of(source)
        documents.add_documents(tx, {digest: source})
        tx.execute(update(history_cell).values(digest=digest))
    file = tmp_path / "runs.zip"
    export_runs(filled.lab, [filled.parent], file, who="ada")
    import_archive(other.store, file, who="eve")
    found = read_belongings(other, filled.parent, model)
    assert "hunter2abc" not in str([found, other.tracking.get_run(filled.parent)])
    with other.store.read() as cx:
        for table in metadata.sorted_tables:
            assert "hunter2abc" not in str(cx.execute(select(table)).all()), table.name
        kinds = {one.kind for one in audit.read_entries(cx, action="import", who="eve")}
        texts = cx.execute(select(history_cell.c.digest)).scalars().all()
        sources = documents.read_documents(cx, texts)
    assert set(texts) == set(sources)
    assert set(sources.values()) == {b"api_key = '***'"}
    assert {"run", "logged_model", "trace", "evaluation_dataset"} <= kinds
