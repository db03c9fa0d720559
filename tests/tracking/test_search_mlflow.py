"""Holds the filters of MLflow's documentation to what they find, and to MLflow's refusals."""

from __future__ import annotations

import math

import pytest
from sqlalchemy import insert, select

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.query import QueryError
from mlops_lab.store.input_tables import dataset, run_dataset
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run
from mlops_lab.tracking.service import TrackingService

from . import captured
from .conftest import STARTED_AT, Recorder


@pytest.fixture
def runs(service: TrackingService, recorder: Recorder, store: Store) -> dict[str, str]:
    """Three runs as MLflow's guide makes them."""
    one = recorder.start("a" * 32, name="my-run", user="user1", started_at=STARTED_AT)
    for name, value in {
        "accuracy": 0.9,
        "loss": 0.1,
        "log-scale-loss": -2.3,
        "f1 score": 0.9,
    }.items():
        recorder.metric(one, name, value)
    for name, text in {"batch_size": "2", "learning rate": "0.001", "model": "'GPT-2'"}.items():
        recorder.param(one, name, text)
    recorder.tag(one, "task", "classification")
    recorder.tag(one, "environment", "notebook")
    recorder.facet(one, "data", captured.DATA, name="custom", key="s8ds293b")
    recorder.end(one)
    two = recorder.start("b" * 32, name="other", user="User1", started_at=STARTED_AT + 10)
    recorder.metric(two, "accuracy", 0.15)
    recorder.metric(two, "loss", math.nan)
    recorder.param(two, "batch_size", "2.0")
    recorder.param(two, "model", "'gpt-4'")
    recorder.param(two, "none", "None")
    recorder.tag(two, "task", "Regression")
    recorder.end(two, "failed")
    three = recorder.start("c" * 32, name="my-run", user="user2", started_at=STARTED_AT + 10)
    recorder.param(three, "path", repr("C:\\data's\\x"))
    service.ingest(recorder.batch())
    with store.write() as tx:
        experiment_id = tx.execute(select(run.c.experiment_id).limit(1)).scalar_one()
        named = {"id": "d" * 32, "experiment_id": experiment_id, "name": "also custom"}
        named |= {"digest": "jks834s2", "source_type": "local", "source": "x"}
        tx.execute(insert(dataset), [named])
        tx.execute(
            insert(run_dataset),
            [{"run_id": two, "dataset_id": "d" * 32, "context": "train", "tags": "{}"}],
        )
    return {one: "1", two: "2", three: "3"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "123"),
        ("metrics.accuracy > 0.72", "1"),
        ('metrics."accuracy" > 0.72', "1"),
        ("metrics.loss <= 0.15", "1"),
        ("metrics.accuracy != 0.15", "1"),
        ("metrics.loss != 0.1", "2"),
        ("metrics.loss < 1e300", "1"),
        ("metrics.`log-scale-loss` <= 0", "1"),
        ("metrics.`log-scale-loss` <= -2.3e0", "1"),
        ("metrics.`f1 score` >= 0.5", "1"),
        ("`metric`.accuracy>=.9", "1"),
        ("metric.accuracy > 0.72 AND metrics.loss <= 0.15", "1"),
        ("metrics.accuracy > 0.1 and metrics.accuracy < 0.2", "2"),
        ('params.batch_size = "2"', "1"),
        ("params.batch_size != '2'", "2"),
        ("params.batch_size != 'None'", "12"),
        ('params.model LIKE "GPT%"', "1"),
        ('params.model ILIKE "gPt%"', "12"),
        ("parameter.model = 'GPT-2'", "1"),
        ("parameters.model like 'GPT__'", "1"),
        ("param.`learning rate` = '0.001'", "1"),
        ("params.none = 'None'", "2"),
        ("params.path LIKE 'C:\\data%'", "3"),
        ("params.path = 'C:\\data''s\\x'", "3"),
        ('params.model LIKE "GPT%" AND params.batch_size = "2"', "1"),
        ('tags."environment" = "notebook"', "1"),
        ("tag.task ILIKE 'classif%'", "1"),
        ("tags.task != 'Regression'", "1"),
        ("tags.environment IS NULL", "23"),
        ("tags.environment is not null", "1"),
        ("params.model IS NOT NULL AND tags.environment IS NULL", "2"),
        ('tags.mlflow.runName = "my-run"', "13"),
        ("tags.`mlflow.user` LIKE 'user%'", "13"),
        ("tags.mlflow.parentRunId IS NULL", "123"),
        ('datasets.name LIKE "custom"', "1"),
        ("dataset.digest IN ('s8ds293b', 'jks834s2')", "12"),
        ("datasets.name IN ('custom', 'also custom', 'another custom name')", "12"),
        ("datasets.name NOT IN ('custom')", "2"),
        ("datasets.name LIKE '%custom' AND dataset.context = 'train'", "2"),
        ("datasets.context != 'train'", ""),
        ("datasets.context IN ('train', 'test')", "2"),
        ("dataset.name ILIKE 'CUS%'", "1"),
        ('attributes.status = "FINISHED"', "1"),
        ("attribute.status != 'FINISHED'", "23"),
        ("status LIKE 'F%'", "12"),
        ("run.status = 'RUNNING'", "3"),
        ('attributes.user_id LIKE "user%"', "13"),
        ("attr.user_id ILIKE 'USER1'", "12"),
        ('attributes.run_name = "my-run"', "13"),
        ("attributes.`run name` = 'other'", "2"),
        ("attributes.\"Run name\" = 'other'", "2"),
        (f"attributes.run_id IN ('{'a' * 32}', '{'b' * 32}')", "12"),
        (f"run_id NOT IN ('{'a' * 32}')", "23"),
        (f"attributes.run_id = '{'a' * 32}'", "1"),
        (f"attributes.start_time >= {STARTED_AT + 10}", "23"),
        (f"attributes.start_time != {STARTED_AT}", "23"),
        (f"attributes.created > {STARTED_AT}", "23"),
        (f"start_time = {STARTED_AT}.5", ""),
        (f"attributes.end_time < {STARTED_AT + 6000}", "12"),
        ("attributes.end_time > 0", "12"),
        (f"attributes.artifact_uri LIKE '%/{'a' * 32}/artifacts'", "1"),
    ],
)
def test_what_a_filter_of_mlflow_finds(
    service: TrackingService, runs: dict[str, str], text: str, found: str
) -> None:
    ids, following = service.finding.ids(filter=text)
    assert {runs[one] for one in ids} == set(found)
    assert following is None


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("m.acc >= 0.94", 0),
        ("acc >= 0.94", 0),
        ("metrics.A > 0.1 OR params.B = 'LR'", 16),
        ("metrics.A > 0.1 NAND params.B = 'LR'", 16),
        ("metrics.A > 0.1 AND (params.B = 'LR')", 20),
        ("`metrics.A > 0.1", 0),
        ("metric.acc >= 0.94; metrics.rmse < 1", 18),
        ("attribute.experiment_id != 1", 0),
        ("attribute.name != 1", 0),
        ("attribute.status = true", 19),
        ("dataset.profile = 'num_rows: 10'", 0),
        ("metrics.acc IS NULL", 0),
        ("attribute.status IS NULL", 0),
        ("metric.model = '5'", 15),
        ("params.acc = 5", 13),
        ("tags.acc = LR", 11),
        ("params.acc = `LR`", 13),
        ("params.acc = 'LR", 13),
        ("tags.acc = = 'LR'", 11),
        ("params.acc LR !=", 0),
        ("metric.acc !=", 13),
        ("params.a > 'x'", 0),
        ("tags.a >= 'x'", 0),
        ("attributes.status < 'x'", 0),
        ("attributes.start_time LIKE 1234", 0),
        ("attributes.status IN ('a')", 0),
        ('attributes.run_id IN ("a")', 22),
        ("status:failed", 7),
        ("status:'failed'", 0),
        ("metrics.a:1", 0),
        ("metrics.accuracy.max.x", 0),
        ("forest", 0),
    ],
)
def test_what_mlflow_refuses_is_refused_with_its_place(
    service: TrackingService, text: str, position: int
) -> None:
    with pytest.raises(QueryError) as caught:
        service.finding.ids(filter=text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ([], "231"),
        (["metrics.accuracy DESC"], "123"),
        (["metrics.accuracy"], "213"),
        (["metrics.loss DESC"], "123"),
        (["attribute.start_time ASC"], "123"),
        (["attributes.run_name"], "312"),
        (["params.batch_size DESC"], "213"),
        (["params.model ASC", "metrics.loss"], "123"),
        (["tags.task"], "213"),
        (["tags.`task` DESC"], "123"),
        (["`metrics`.accuracy asc"], "213"),
    ],
)
def test_the_order_of_mlflow_with_ties_and_pages(
    service: TrackingService, runs: dict[str, str], order: list[str], found: str
) -> None:
    # Runs that are alike: the newest first, then by id.
    seen, token = [], None
    for _ in range(3):
        ids, token = service.finding.ids(filter="", order_by=order, limit=1, page_token=token)
        seen += [runs[one] for one in ids]
    assert "".join(seen) == found
    assert token is None


@pytest.mark.parametrize("order", ["metrics.a DOWN", "foo", "metrics.a DESC x", "", "metrics"])
def test_an_order_that_cannot_be_read_is_refused(service: TrackingService, order: str) -> None:
    with pytest.raises(QueryError):
        service.finding.ids(filter="", order_by=[order])
    with pytest.raises(QueryError):
        service.finding.ids(filter="", order_by=["metrics.a", "metrics.a DESC"])


def test_pages_of_other_orders_and_experiments(
    service: TrackingService, runs: dict[str, str]
) -> None:
    _, token = service.finding.ids(filter="", limit=1)
    with pytest.raises(InvalidInputError):
        service.finding.ids(filter="", order_by=["metrics.a"], page_token=token)
    for bad in ("x", "bm9wZQ", "W10", "\u00e4"):
        with pytest.raises(InvalidInputError):
            service.finding.ids(filter="", page_token=bad)
    assert service.finding.ids(filter="", experiment_ids=[]) == ([], None)
    assert service.finding.ids(filter="", experiment_ids=["nope"]) == ([], None)
    assert service.finding.ids(filter="", trashed="only") == ([], None)
    assert len(service.finding.ids(filter="", trashed="any")[0]) == len(runs)


def test_our_own_language_takes_the_place_of_the_files_too(
    service: TrackingService, runs: dict[str, str]
) -> None:
    text = f"attributes.artifact_uri LIKE '%/{'a' * 32}/artifacts' or name = nothing"
    found = service.finding.page({"filter": text}).runs
    assert {runs[one.id] for one in found} == {"1"}
