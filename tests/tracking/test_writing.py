"""Proves that experiments and runs are written directly: whole, masked, once, and told of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mlops_lab.core.errors import InvalidInputError, LimitError, NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.inputs import Dataset, DatasetInput
from mlops_lab.core.logged import (
    LoggedParam,
    LoggedPoint,
    NameTakenError,
    NewClientRun,
    NotActiveError,
    ParamChangedError,
)
from mlops_lab.core.loggedmodels import ModelMetric, NewLoggedModel
from mlops_lab.registry.service import RegistryService
from mlops_lab.store import audit, outbox
from mlops_lab.store.store import Store
from mlops_lab.tracking.inputs import InputsService
from mlops_lab.tracking.logged import LoggedService
from mlops_lab.tracking.trash import TrashService
from mlops_lab.tracking.writing import WritingService


@pytest.fixture
def writing(store: Store) -> WritingService:
    return WritingService(store)


@pytest.fixture
def logged(store: Store) -> LoggedService:
    return LoggedService(store)


@pytest.fixture
def run_id(writing: WritingService) -> str:
    experiment_id = writing.create_experiment("churn", who="ada")
    return writing.create_run(NewClientRun(experiment_id, name="first", user="ada"))


def test_what_is_written_is_read_back(writing, logged, run_id) -> None:
    writing.log_batch(
        run_id,
        metrics=[LoggedPoint("auc", 0.5, 10, 1), LoggedPoint("auc", float("nan"), 11, 2)],
        params={"lr": "0.1", "kind": "it's"},
        tags={"team": "a"},
    )
    writing.update_run(run_id, status="finished", ended_at=10**15)
    found = logged.get_run(run_id)
    assert found.params == [LoggedParam("lr", "0.1"), LoggedParam("kind", "it's")]
    assert found.tags == [LoggedParam("team", "a")]
    assert (found.metrics[0].step, found.metrics[0].value) == (2, None)
    assert (found.status, found.source, found.user) == ("finished", "client", "ada")
    points = logged.metric_history(run_id, "auc", limit=9).points
    assert points == [(1, 10, 0.5), (2, 11, None)]


def test_a_batch_is_stored_whole_or_not_at_all(writing, logged, run_id) -> None:
    writing.log_batch(run_id, params={"lr": "0.1"})
    with pytest.raises(ParamChangedError) as raised:
        writing.log_batch(
            run_id, metrics=[LoggedPoint("m", 1.0, 1)], params={"new": "1", "lr": "0.2"}
        )
    assert [(one.name, one.old, one.new) for one in raised.value.changes] == [("lr", "0.1", "0.2")]
    with pytest.raises(LimitError):
        writing.log_batch(run_id, metrics=[LoggedPoint("m", 1.0, 1)], tags={"": "x"})
    with pytest.raises(InvalidInputError):
        writing.log_batch(run_id, metrics=[LoggedPoint("m", 1.0, -1)])
    found = logged.get_run(run_id)
    assert (found.metrics, found.tags) == ([], [])
    assert [one.name for one in found.params] == ["lr"]


def test_the_same_points_are_stored_once(writing, logged, run_id) -> None:
    points = [LoggedPoint("m", step / 7, 100 + step, step) for step in range(50)]
    points += [LoggedPoint("m", float("nan"), 7, 7)] * 2
    for _ in range(3):
        writing.log_batch(run_id, metrics=points)
    assert len(logged.metric_history(run_id, "m", limit=1_000).points) == 51
    writing.log_batch(run_id, metrics=[LoggedPoint("m", 2.0, 100, 0)])
    assert len(logged.metric_history(run_id, "m", limit=1_000).points) == 52


def test_secrets_are_masked(writing, logged, run_id) -> None:
    writing.log_batch(run_id, params={"api_key": "abc"}, tags={"password": "def"})
    writing.log_batch(run_id, params={"api_key": "abc"})
    found = logged.get_run(run_id)
    assert [one.value for one in [*found.params, *found.tags]] == ["***", "***"]


def test_every_deed_is_told_of(store: Store, writing, run_id) -> None:
    with store.read() as cx:
        before = outbox.last_seq(cx)
    writing.log_batch(run_id, tags={"a": "b"})
    writing.update_run(run_id, name="other")
    writing.delete_tag(run_id, "a")
    with store.read() as cx:
        changes = outbox.changes_after(cx, before)
    assert [(one.kind, one.id, one.action) for one in changes] == [("run", run_id, "updated")] * 3


def test_what_is_in_the_trash_takes_nothing(store: Store, writing, logged, run_id) -> None:
    trash = TrashService(store)
    trash.put_run(run_id, who="ada")
    for write in (
        lambda: writing.log_batch(run_id, tags={"a": "b"}),
        lambda: writing.update_run(run_id, status="failed"),
        lambda: writing.delete_tag(run_id, "a"),
    ):
        with pytest.raises(NotActiveError):
            write()
    trash.restore_run(run_id, who="ada")
    writing.set_tag(run_id, "a", "b")
    with store.read() as cx:
        entries = audit.read_entries(cx, kind="run", record_id=run_id)
    assert [(one.action, one.who) for one in entries] == [("restore", "ada"), ("trash", "ada")]
    experiment_id = logged.get_run(run_id).experiment_id
    trash.put_experiment(experiment_id, who="ada")
    assert logged.get_run(run_id).trashed_at is not None
    with pytest.raises(NotActiveError):
        writing.create_run(NewClientRun(experiment_id))
    trash.restore_experiment(experiment_id, who="ada")
    assert logged.get_run(run_id).trashed_at is None


def test_unknown_records_are_told(store: Store, writing) -> None:
    trash = TrashService(store)
    for write in (
        lambda: writing.log_batch(new_id(), tags={"a": "b"}),
        lambda: writing.create_run(NewClientRun(new_id())),
        lambda: writing.rename_experiment(new_id(), "x", who="ada"),
        lambda: trash.put_experiment(new_id(), who="ada"),
        lambda: trash.restore_experiment(new_id(), who="ada"),
    ):
        with pytest.raises(NotFoundError):
            write()


def test_names_of_experiments_are_unique(writing, run_id) -> None:
    with pytest.raises(NameTakenError):
        writing.create_experiment("churn", who="ada")
    other = writing.create_experiment("other", who="ada")
    with pytest.raises(NameTakenError):
        writing.rename_experiment(other, "churn", who="ada")
    assert writing.create_experiment("Default", who="ada") == "0"
    writing.ensure_default()


def test_a_dataset_is_data_of_the_run(store: Store, writing, run_id) -> None:
    service = InputsService(store)
    one = DatasetInput(
        Dataset("people", "d1", "http", '{"uri": "https://ada:hunter2@h/p"}', "{", None), {"k": "v"}
    )
    service.log_inputs(run_id, [one])
    service.log_inputs(run_id, [one])
    (found,) = service.of_runs([run_id])[run_id]
    assert found.tags == {"k": "v"}
    assert "hunter2" not in found.dataset.source


def test_one_of_many_joins_a_run_that_goes_on(writing, logged, run_id) -> None:
    def join(at: int) -> bool:
        return writing.join_run(run_id, execution="e1", tags={"at": str(at)}, name=f"by {at}")

    with ThreadPoolExecutor(8) as pool:
        joined = list(pool.map(join, range(8)))
    assert joined.count(True) == 1
    found = logged.get_run(run_id)
    first = joined.index(True)
    assert found.name == f"by {first}"
    assert {tag.name: tag.value for tag in found.tags}["at"] == str(first)
    assert writing.join_run(run_id, execution="e2", tags={})
    writing.update_run(run_id, status="finished")
    assert not writing.join_run(run_id, execution="e3", tags={})
    assert not writing.join_run(new_id(), execution="e3", tags={})


def test_a_batch_that_is_refused_leaves_nothing_with_a_model_either(
    store: Store, writing: WritingService, logged: LoggedService, run_id: str
) -> None:
    registry = RegistryService(store)
    experiment_id = logged.get_run(run_id).experiment_id
    model = registry.logged.create(NewLoggedModel(experiment_id, name="m"), who="ada")
    points = [LoggedPoint("auc", 0.5, time=1, step=0)]
    by_model = {
        model.id: [ModelMetric("auc", 0.5, 0, 1, run_id)],
        "m-none": [ModelMetric("auc", 0.5, 0, 1, run_id)],
    }
    writing.log_batch(run_id, params={"lr": "1"})
    before = logged.get_run(run_id).name
    with pytest.raises(ParamChangedError):
        writing.log_batch(
            run_id, metrics=points, params={"lr": "2"}, name="other", by_model=by_model
        )
    assert registry.logged.get(model.id).metrics == []
    assert logged.get_run(run_id).name == before
    writing.log_batch(run_id, metrics=points, name="other", by_model=by_model)
    assert [one.value for one in registry.logged.get(model.id).metrics] == [0.5]
    assert logged.get_run(run_id).name == "other"
