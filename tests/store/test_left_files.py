"""Files of deleted logged models and traces are garbage, unless a model version needs them."""

from __future__ import annotations

import pytest

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import ConflictError
from mlops_lab.core.logged import NewClientRun
from mlops_lab.core.loggedmodels import NewLoggedModel
from mlops_lab.core.registry import NewModel, NewVersion
from mlops_lab.core.traces import SOURCE_RUN, Trace
from mlops_lab.core.trash import PurgeOrder, TrashOrder
from mlops_lab.registry.service import RegistryService
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.free_files import FreeFile, set_free_file
from mlops_lab.store.purge_linked import OTHERS_AREA
from mlops_lab.store.store import Store
from mlops_lab.tracking.traces import TracesService
from mlops_lab.tracking.trash import TrashService
from mlops_lab.tracking.writing import WritingService

DAY = 86_400_000


@pytest.fixture
def experiment(any_store: Store) -> str:
    return WritingService(any_store).create_experiment("churn", who="ada")


def put(store: Store, area: str, path: str) -> str:
    content = f"{area} {path}".encode()
    digest = store.artifacts.put(content)
    with store.write() as tx:
        row = FreeFile(area, path, digest, len(content), "text/plain", now_ms())
        set_free_file(tx, row)
    return digest


def model_with_file(store: Store, experiment: str, run_id: str | None = None) -> tuple[str, str]:
    new = NewLoggedModel(experiment, source_run_id=run_id)
    made = RegistryService(store).logged.create(new, who="ada")
    return made.id, put(store, f"logged_model/{made.id}", "MLmodel")


def trace_with_file(store: Store, experiment: str, trace_id: str, run_id: str | None = None) -> str:
    notes = {} if run_id is None else {SOURCE_RUN: run_id}
    TracesService(store).put(Trace(trace_id, experiment, 1, 5, "OK", metadata=notes))
    return put(store, OTHERS_AREA, f"{experiment}/traces/{trace_id}/artifacts/traces.json")


def register(store: Store, model_id: str) -> None:
    registry = RegistryService(store)
    registry.models.create(NewModel("delays"), who="ada")
    version = NewVersion(logged_model_id=model_id)
    registry.versions.create("delays", version, who="ada")


def test_files_of_deleted_models_and_traces_go(any_store: Store, experiment: str) -> None:
    kept, kept_file = model_with_file(any_store, experiment)
    used, used_file = model_with_file(any_store, experiment)
    gone, gone_file = model_with_file(any_store, experiment)
    register(any_store, used)
    logged = RegistryService(any_store).logged
    for model_id in (used, gone):
        logged.delete(model_id, who="ada")
    living = trace_with_file(any_store, experiment, "tr-1")
    deleted = trace_with_file(any_store, experiment, "tr-2")
    other = put(any_store, OTHERS_AREA, "notes/traces.txt")
    TracesService(any_store).delete(experiment, ids=["tr-2"], limit=9, who="ada")
    early = Garbage(any_store)
    assert (early.survey(grace=DAY).artifacts, early.collect(grace=DAY, who="a").artifacts) == (
        0,
        0,
    )
    late = Garbage(any_store, clock=lambda: now_ms() + 2 * DAY)
    assert late.survey(grace=DAY).artifacts == 2
    assert late.collect(grace=DAY, who="ada").artifacts == 2
    assert late.survey(grace=DAY).artifacts == 0
    has = any_store.artifacts.has
    assert all(map(has, (kept_file, used_file, living, other)))
    assert not has(gone_file)
    assert not has(deleted)
    assert logged.get(kept)


def test_a_purge_takes_models_and_traces_of_the_run(any_store: Store, experiment: str) -> None:
    writing, trash = WritingService(any_store), TrashService(any_store)
    runs = [writing.create_run(NewClientRun(experiment, user="ada")) for _ in range(2)]
    files = []
    for number, run_id in enumerate(runs):
        files.append(model_with_file(any_store, experiment, run_id)[1])
        files.append(trace_with_file(any_store, experiment, f"tr-{number}", run_id))
    trash.put(TrashOrder(runs=runs[:1]), who="ada")
    late = TrashService(any_store, clock=lambda: now_ms() + DAY)
    assert late.purge(PurgeOrder(runs=runs[:1]), who="ada").runs == runs[:1]
    traces = TracesService(any_store)
    assert [one.id for one in traces.get_many(["tr-0", "tr-1"])] == ["tr-1"]
    collected = Garbage(any_store, clock=lambda: now_ms() + 2 * DAY).collect(grace=DAY, who="a")
    assert collected.kept == 2
    assert [any_store.artifacts.has(one) for one in files] == [False, False, True, True]
    with pytest.raises(ConflictError, match="was purged"):
        writing.create_run(NewClientRun(experiment, user="ada"), run_id=runs[0])


def test_an_experiment_whose_model_is_registered_is_not_purged(
    any_store: Store, experiment: str
) -> None:
    model_id, file = model_with_file(any_store, experiment)
    register(any_store, model_id)
    trash = TrashService(any_store)
    trash.put(TrashOrder(experiments=["churn"]), who="ada")
    done = trash.purge(PurgeOrder(experiments=["churn"]), who="ada")
    assert "version 1 of the model 'delays'" in done.refused[0].reason
    RegistryService(any_store).models.delete("delays", who="ada")
    assert trash.purge(PurgeOrder(experiments=["churn"]), who="ada").experiments == ["churn"]
    Garbage(any_store, clock=lambda: now_ms() + 2 * DAY).collect(grace=DAY, who="ada")
    assert not any_store.artifacts.has(file)


def test_a_run_that_only_an_address_names_is_not_purged(any_store: Store, experiment: str) -> None:
    run_id = WritingService(any_store).create_run(NewClientRun(experiment, user="ada"))
    registry = RegistryService(any_store)
    registry.models.create(NewModel("delays"), who="ada")
    source = f"mlflow-artifacts:/{experiment}/{run_id}/artifacts/model"
    registry.versions.create("delays", NewVersion(source=source), who="ada")
    trash = TrashService(any_store)
    trash.put(TrashOrder(runs=[run_id]), who="ada")
    [refused] = trash.purge(PurgeOrder(runs=[run_id]), who="ada").refused
    assert "version 1 of the model 'delays' comes from it" in refused.reason
