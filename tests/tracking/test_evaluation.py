"""Evaluation datasets and scorers, on both databases."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.store import audit
from mlops_lab.store.store import Store
from mlops_lab.tracking.evaluation import EvaluationService
from mlops_lab.tracking.writing import WritingService


@pytest.fixture
def evaluation(any_store: Store) -> EvaluationService:
    return EvaluationService(any_store)


@pytest.fixture
def experiment(any_store: Store) -> str:
    return WritingService(any_store).create_experiment("chat", who="ada")


def test_records_with_the_same_inputs_are_merged(
    evaluation: EvaluationService, experiment: str
) -> None:
    made = evaluation.create("qa", experiment_ids=[experiment], tags={}, who="ada")
    first = {"inputs": {"q": "a", "n": 1}, "expectations": {"x": 1}, "tags": {"t": "1"}}
    again = {"inputs": {"n": 1, "q": "a"}, "expectations": {"y": 2}}
    assert evaluation.put_records(made.id, [first], who="ada") == (1, 0)
    assert evaluation.put_records(made.id, [again, {"inputs": {"q": "b"}}], who="bob") == (1, 1)
    records, token = evaluation.list_records(made.id, limit=10)
    assert token is None
    assert records[0].content["expectations"] == {"x": 1, "y": 2}
    page, token = evaluation.list_records(made.id, limit=1)
    assert token is not None
    assert evaluation.list_records(made.id, limit=1, cursor=token) == ([records[1]], None)
    assert evaluation.get(made.id).digest != made.digest
    assert evaluation.delete_records(made.id, [page[0].id], who="ada") == 1
    with pytest.raises(InvalidInputError, match="needs inputs"):
        evaluation.put_records(made.id, [{"expectations": {}}], who="ada")


def test_datasets_are_found_by_name_tag_and_experiment(
    evaluation: EvaluationService, experiment: str
) -> None:
    one = evaluation.create("one", experiment_ids=[experiment], tags={"t": "a"}, who="ada")
    two = evaluation.create("two", experiment_ids=[], tags={"t": "b"}, who="ada")

    def names(**search: object) -> list[str]:
        return sorted(found.name for found in evaluation.search(**search)[0])  # type: ignore[arg-type]

    assert names() == ["one", "two"]
    assert names(filter="tags.t = 'b'") == ["two"]
    assert names(filter="name LIKE 'o%'", experiment_ids=[experiment]) == ["one"]
    evaluation.link(two.id, added=[experiment])
    evaluation.link(one.id, removed=[experiment])
    assert names(experiment_ids=[experiment]) == ["two"]
    evaluation.delete(one.id, who="eve")
    with pytest.raises(NotFoundError, match="not found"):
        evaluation.get(one.id)


def test_versions_of_scorers(evaluation: EvaluationService, experiment: str) -> None:
    assert [evaluation.add_scorer(experiment, "s", "{}").number for _ in range(2)] == [1, 2]
    assert [one.number for one in evaluation.list_scorers(experiment)] == [2]
    evaluation.delete_scorer(experiment, "s", number=2, who="eve")
    assert [one.number for one in evaluation.scorer_versions(experiment, "s")] == [1]
    evaluation.delete_scorer(experiment, "s", who="eve")
    with pytest.raises(NotFoundError, match="not found"):
        evaluation.scorer_versions(experiment, "s")


def test_secrets_of_datasets_and_scorers_are_masked(
    evaluation: EvaluationService, experiment: str
) -> None:
    tags = {"api_key": "hunter2abc"}
    made = evaluation.create("qa", experiment_ids=[experiment], tags=tags, who="ada")
    evaluation.set_tags(made.id, {"password": "hunter2abc"}, who="ada")
    record = {"inputs": {"q": "a", "token": "hunter2abc"}, "source": {"url": "a://b:hunter2abc@c"}}
    evaluation.put_records(made.id, [record], who="ada")
    evaluation.add_scorer(experiment, "s", '{"api_key": "hunter2abc", "n": 1}')
    records, _ = evaluation.list_records(made.id, limit=10)
    assert "hunter2abc" not in f"{evaluation.get(made.id)} {records}"
    assert records[0].content["inputs"] == {"q": "a", "token": "***"}
    assert evaluation.list_scorers(experiment)[0].content == '{"api_key":"***","n":1}'


def test_records_that_differ_in_a_secret_only_are_two(
    evaluation: EvaluationService, experiment: str
) -> None:
    made = evaluation.create("qa", experiment_ids=[experiment], tags={}, who="ada")
    records = [{"inputs": {"password": one}} for one in ("hunter2abc", "hunter3abc")]
    assert evaluation.put_records(made.id, records, who="ada") == (2, 0)
    assert evaluation.put_records(made.id, records[:1], who="ada") == (0, 1)
    found, _ = evaluation.list_records(made.id, limit=10)
    assert [one.content["inputs"] for one in found] == [{"password": "***"}] * 2


def test_inputs_that_are_nested_too_deep_are_refused(
    evaluation: EvaluationService, experiment: str
) -> None:
    made = evaluation.create("qa", experiment_ids=[experiment], tags={}, who="ada")
    inputs: dict[str, object] = {}
    for _ in range(5_000):
        inputs = {"a": inputs}
    with pytest.raises(InvalidInputError, match="too deep"):
        evaluation.put_records(made.id, [{"inputs": inputs}], who="ada")


def test_who_makes_and_removes_is_in_the_audit(
    evaluation: EvaluationService, experiment: str, any_store: Store
) -> None:
    made = evaluation.create("qa", experiment_ids=[experiment], tags={}, who="ada")
    evaluation.put_records(made.id, [{"inputs": {"q": "a"}}], who="ada")
    records, _ = evaluation.list_records(made.id, limit=10)
    evaluation.delete_records(made.id, [records[0].id], who="bob")
    evaluation.delete(made.id, who="eve")
    evaluation.delete(made.id, who="eve")
    evaluation.add_scorer(experiment, "s", "{}")
    evaluation.delete_scorer(experiment, "s", who="eve")
    with any_store.read() as cx:
        deeds = [(one.action, one.kind, one.who) for one in audit.read_entries(cx)]
    assert deeds[:4] == [
        ("delete", "scorer", "eve"),
        ("delete", "evaluation_dataset", "eve"),
        ("update", "evaluation_dataset", "bob"),
        ("create", "evaluation_dataset", "ada"),
    ]
