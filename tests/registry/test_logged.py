"""Holds logged models to their promises, on both databases."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.logged import NewClientRun
from mlops_lab.core.loggedmodels import (
    DatasetFilter,
    LoggedModel,
    MetricOrder,
    ModelMetric,
    NewLoggedModel,
    RunModel,
)
from mlops_lab.core.registry import NewModel, NewVersion
from mlops_lab.registry.service import RegistryService
from mlops_lab.store import logged_models
from mlops_lab.store.store import Store
from mlops_lab.tracking.writing import WritingService

RUN = "0" * 31 + "1"


@pytest.fixture
def experiment(any_store: Store) -> str:
    return WritingService(any_store).create_experiment("churn", who="ada")


def log(registry: RegistryService, experiment: str, name: str, **metrics: float | None) -> str:
    made = registry.logged.create(NewLoggedModel(experiment, name=name), who="ada")
    points = [
        ModelMetric(metric, value, 0, 1, RUN, dataset_name="d", dataset_digest=name)
        for metric, value in metrics.items()
    ]
    with registry.logged._store.write() as tx:
        logged_models.put_metrics(tx, made.id, points)
    return made.id


def names(found: list[LoggedModel]) -> list[str]:
    return [one.name for one in found]


def test_a_logged_model_knows_what_it_was_given(registry: RegistryService, experiment: str) -> None:
    new = NewLoggedModel(experiment, "m", "agent", RUN, {"lr": "1"}, {"team": "a"})
    made = registry.logged.create(new, who="ada")
    assert made.location == f"mlflow-artifacts:/{experiment}/models/{made.id}/artifacts"
    registry.logged.log_params(made.id, {"depth": "3"})
    registry.logged.set_tags(made.id, {"team": "b", "x": "y"})
    registry.logged.delete_tag(made.id, "x")
    done = registry.logged.finalize(made.id, "ready")
    assert (done.status, done.params, done.tags) == (
        "ready",
        {"lr": "1", "depth": "3"},
        {"team": "b"},
    )
    with pytest.raises(NotFoundError, match="No tag with key"):
        registry.logged.delete_tag(made.id, "x")
    registry.logged.delete(made.id, who="ada")
    with pytest.raises(NotFoundError, match="not found"):
        registry.logged.get(made.id)


def test_a_version_of_a_logged_model_is_told_on_both_sides(
    registry: RegistryService, experiment: str
) -> None:
    new = NewLoggedModel(experiment, "m", source_run_id=RUN)
    made = registry.logged.create(new, who="ada")
    registry.models.create(NewModel("churn"), who="ada")
    version = registry.versions.create("churn", NewVersion(logged_model_id=made.id), who="ada")
    assert (version.run_id, version.location) == (RUN, made.location)
    found = registry.logged.get(made.id)
    assert found.versions == [("churn", 1)]
    assert found.tags["mlflow.modelVersions"] == '[{"name": "churn", "version": 1}]'


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("metrics.acc > 0.5", ["b"]),
        ("metrics.acc <= 0.5 AND name != 'x'", ["a"]),
        ("name LIKE '%a%'", ["a"]),
        ("attributes.status = 'pending'", ["c", "b", "a"]),
        ("tags.t = '1'", []),
        ("creation_timestamp > 0 AND name IN ('a', 'c')", ["c", "a"]),
    ],
)
def test_filters(registry: RegistryService, experiment: str, text: str, wanted: list[str]) -> None:
    for name, value in (("a", 0.5), ("b", 0.75), ("c", None)):
        log(registry, experiment, name, acc=value)
    found = registry.logged.search([experiment], filter=text).models
    assert names(found) == wanted


def test_order_by_a_metric_and_pages(registry: RegistryService, experiment: str) -> None:
    for name, value in (("a", 0.5), ("b", None), ("c", 0.75), ("d", 0.5)):
        log(registry, experiment, name, acc=value)
    order = [MetricOrder("metrics.acc", ascending=False)]
    paged: list[str] = []
    cursor = None
    for _ in range(9):
        page = registry.logged.search([experiment], order_by=order, limit=1, cursor=cursor)
        paged += names(page.models)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == ["c", "d", "a", "b"]
    on_d = [DatasetFilter("d", "a")]
    assert names(registry.logged.search([experiment], datasets=on_d).models) == ["a"]


@pytest.mark.parametrize("text", ["metrics.acc LIKE 'x'", "colour = 'x'", "spans.a = 'x'"])
def test_filters_that_cannot_be_read(registry: RegistryService, experiment: str, text: str) -> None:
    with pytest.raises(InvalidInputError):
        registry.logged.search([experiment], filter=text)


def test_a_run_takes_in_and_gives_out_models(
    any_store: Store, registry: RegistryService, experiment: str
) -> None:
    run_id = WritingService(any_store).create_run(NewClientRun(experiment))
    registry.logged.link(run_id, "output", [RunModel("m-1", 2)])
    registry.logged.link(run_id, "input", [RunModel("m-2")])
    assert registry.logged.of_runs([run_id]) == {
        (run_id, "output"): [RunModel("m-1", 2)],
        (run_id, "input"): [RunModel("m-2")],
    }
    with pytest.raises(NotFoundError):
        registry.logged.link(RUN, "output", [RunModel("m-1")])


def test_secrets_of_models_are_masked(registry: RegistryService, experiment: str) -> None:
    url = "https://ada:hunter2abc@host/model"
    tags = {"api_key": "hunter2abc", "config": '{"password": "hunter2abc"}', "kept": "kept"}
    new = NewLoggedModel(experiment, "m", params=tags, tags=tags)
    logged = registry.logged.create(new, who="ada")
    registry.logged.log_params(logged.id, {"token": "hunter2abc"})
    registry.logged.set_tags(logged.id, {"token": "hunter2abc"})
    registry.logged.finalize(logged.id, "failed", message=f"no {url}")
    model = NewModel("m", description=f"see {url}", tags=tags)
    registry.models.create(model, who="ada")
    version = NewVersion(source=url, description=f"see {url}", tags=tags)
    registry.versions.create("m", version, who="ada")
    registry.models.set_tag("m", "token", "hunter2abc", who="ada")
    registry.versions.set_tag("m", 1, "token", "hunter2abc", who="ada")
    found = (
        registry.logged.get(logged.id),
        registry.models.get("m"),
        registry.versions.get("m", 1),
    )
    assert "hunter2abc" not in str(found)
    assert found[1].tags["kept"] == found[0].params["kept"] == "kept"
    registry.models.update("m", description=f"now {url}", who="ada")
    registry.versions.update("m", 1, description=f"now {url}", who="ada")
    assert registry.models.get("m").description == "now https://ada:***@host/model"
    assert registry.versions.get("m", 1).source == "https://ada:***@host/model"
