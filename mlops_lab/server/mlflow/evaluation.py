"""Owns the routes of evaluation datasets and scorers."""

from __future__ import annotations

from typing import Any

import msgspec

from mlops_lab.core.evaluation import EvaluationDataset, EvaluationRecord, ScorerVersion
from mlops_lab.core.ids import is_id

from .errors import invalid
from .registered_models import checked_limit
from .route import MlflowCall, mlflow_route
from .wire import Request

MAX_DATASETS = 1_000
"""Most datasets or records on one page."""


class CreateDataset(Request):
    """A dataset to make; tags are an object as JSON text."""

    name: str
    experiment_ids: list[str] = []
    tags: str = ""
    created_by: str = ""


class SearchDatasets(Request):
    """Which datasets to list."""

    experiment_ids: list[str] = []
    filter_string: str = ""
    max_results: int = 1_000
    order_by: list[str] = []
    page_token: str = ""


class DatasetTags(Request):
    """Tags of a dataset, an object as JSON text."""

    tags: str = ""


class DatasetRecords(Request):
    """Records of a dataset, a list as JSON text."""

    records: str
    updated_by: str = ""


class ListRecords(Request):
    """Which records to list."""

    max_results: int = 1_000
    page_token: str = ""


class DeleteRecords(Request):
    """Which records to remove."""

    dataset_record_ids: list[str] = []


class DatasetExperiments(Request):
    """Experiments that use a dataset, or not any more."""

    experiment_ids: list[str] = []


class NewScorer(Request):
    """A version of a scorer to make."""

    experiment_id: str
    name: str
    serialized_scorer: str


class ScorersOf(Request):
    """Names an experiment."""

    experiment_id: str


class NamedScorer(Request):
    """Names a scorer, or one version of it."""

    experiment_id: str
    name: str
    version: int | None = None


@mlflow_route("POST", "3.0/mlflow/datasets/create")
def create_dataset(call: MlflowCall, request: CreateDataset) -> dict[str, Any]:
    """Make a dataset."""
    made = call.lab.evaluation.create(
        request.name,
        experiment_ids=request.experiment_ids,
        tags={name: text for name, text in _tags(request.tags).items() if text is not None},
        who=request.created_by or call.user,
    )
    return {"dataset": _dataset(made)}


@mlflow_route("GET", "3.0/mlflow/datasets/{dataset_id}")
def get_dataset(call: MlflowCall, dataset_id: str) -> dict[str, Any]:
    """Return a dataset."""
    return {"dataset": _dataset(call.lab.evaluation.get(dataset_id))}


@mlflow_route("DELETE", "3.0/mlflow/datasets/{dataset_id}")
def delete_dataset(call: MlflowCall, dataset_id: str) -> None:
    """Remove a dataset with its records."""
    call.lab.evaluation.delete(dataset_id, who=call.user)


@mlflow_route("POST", "3.0/mlflow/datasets/search")
def search_datasets(call: MlflowCall, request: SearchDatasets) -> dict[str, Any]:
    """Return a page of datasets that a filter meets."""
    found, token = call.lab.evaluation.search(
        experiment_ids=_joined(request.experiment_ids),
        filter=request.filter_string,
        order_by=request.order_by,
        limit=checked_limit(request.max_results, MAX_DATASETS),
        cursor=request.page_token or None,
    )
    answer: dict[str, Any] = {"datasets": [_dataset(one) for one in found]}
    return answer | ({"next_page_token": token} if token else {})


@mlflow_route("PATCH", "3.0/mlflow/datasets/{dataset_id}/tags")
def set_dataset_tags(call: MlflowCall, dataset_id: str, request: DatasetTags) -> dict[str, Any]:
    """Set tags of a dataset; one that is null goes."""
    changed = call.lab.evaluation.set_tags(dataset_id, _tags(request.tags), who=call.user)
    return {"dataset": _dataset(changed)}


@mlflow_route("DELETE", "3.0/mlflow/datasets/{dataset_id}/tags/{key}")
def delete_dataset_tag(call: MlflowCall, dataset_id: str, key: str) -> None:
    """Remove a tag of a dataset."""
    call.lab.evaluation.set_tags(dataset_id, {key: None}, who=call.user)


@mlflow_route("POST", "3.0/mlflow/datasets/{dataset_id}/records")
def upsert_dataset_records(
    call: MlflowCall, dataset_id: str, request: DatasetRecords
) -> dict[str, Any]:
    """Add records; one with the same inputs is merged into the known one."""
    try:
        records = msgspec.json.decode(request.records, type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise invalid(f"'records' must be a JSON list of objects: {error}.") from error
    who = request.updated_by or call.user
    added, changed = call.lab.evaluation.put_records(dataset_id, records, who=who)
    return {"inserted_count": added, "updated_count": changed}


@mlflow_route("GET", "3.0/mlflow/datasets/{dataset_id}/records")
def get_dataset_records(call: MlflowCall, dataset_id: str, request: ListRecords) -> dict[str, Any]:
    """Return a page of records."""
    found, token = call.lab.evaluation.list_records(
        dataset_id,
        limit=checked_limit(request.max_results, MAX_DATASETS),
        cursor=request.page_token or None,
    )
    text = msgspec.json.encode([_record(one) for one in found]).decode()
    return {"records": text} | ({"next_page_token": token} if token else {})


@mlflow_route("DELETE", "3.0/mlflow/datasets/{dataset_id}/records")
def delete_dataset_records(
    call: MlflowCall, dataset_id: str, request: DeleteRecords
) -> dict[str, Any]:
    """Remove records."""
    ids = request.dataset_record_ids
    return {"deleted_count": call.lab.evaluation.delete_records(dataset_id, ids, who=call.user)}


@mlflow_route("GET", "3.0/mlflow/datasets/{dataset_id}/experiment-ids")
def get_dataset_experiments(call: MlflowCall, dataset_id: str) -> dict[str, Any]:
    """Return the experiments that use a dataset."""
    return {"experiment_ids": call.lab.evaluation.get(dataset_id).experiment_ids}


@mlflow_route("POST", "3.0/mlflow/datasets/{dataset_id}/add-experiments")
def add_dataset_experiments(
    call: MlflowCall, dataset_id: str, request: DatasetExperiments
) -> dict[str, Any]:
    """Note that experiments use a dataset."""
    linked = call.lab.evaluation.link(dataset_id, added=request.experiment_ids)
    return {"dataset": _dataset(linked)}


@mlflow_route("POST", "3.0/mlflow/datasets/{dataset_id}/remove-experiments")
def remove_dataset_experiments(
    call: MlflowCall, dataset_id: str, request: DatasetExperiments
) -> dict[str, Any]:
    """Note that experiments do not use a dataset any more."""
    linked = call.lab.evaluation.link(dataset_id, removed=request.experiment_ids)
    return {"dataset": _dataset(linked)}


@mlflow_route("POST", "3.0/mlflow/scorers/register", state="partial", note="kept, never run here")
def register_scorer(call: MlflowCall, request: NewScorer) -> dict[str, Any]:
    """Make the next version of a scorer."""
    made = call.lab.evaluation.add_scorer(
        request.experiment_id, request.name, request.serialized_scorer
    )
    return {
        "version": made.number,
        "scorer_id": made.id,
        "experiment_id": made.experiment_id,
        "name": made.name,
        "serialized_scorer": made.content,
        "creation_time": made.created_at,
    }


@mlflow_route("GET", "3.0/mlflow/scorers/list")
def list_scorers(call: MlflowCall, request: ScorersOf) -> dict[str, Any]:
    """Return the newest version of each scorer of an experiment."""
    found = call.lab.evaluation.list_scorers(request.experiment_id)
    return {"scorers": [_scorer(one) for one in found]}


@mlflow_route("GET", "3.0/mlflow/scorers/versions")
def list_scorer_versions(call: MlflowCall, request: NamedScorer) -> dict[str, Any]:
    """Return the versions of a scorer."""
    found = call.lab.evaluation.scorer_versions(request.experiment_id, request.name)
    return {"scorers": [_scorer(one) for one in found]}


@mlflow_route("GET", "3.0/mlflow/scorers/get")
def get_scorer(call: MlflowCall, request: NamedScorer) -> dict[str, Any]:
    """Return a version of a scorer, the newest unless one is named."""
    found = call.lab.evaluation.scorer_versions(
        request.experiment_id, request.name, number=request.version
    )
    return {"scorer": _scorer(found[-1])}


@mlflow_route("DELETE", "3.0/mlflow/scorers/delete")
def delete_scorer(call: MlflowCall, request: NamedScorer) -> None:
    """Remove a scorer, or one version of it."""
    call.lab.evaluation.delete_scorer(
        request.experiment_id, request.name, number=request.version, who=call.user
    )


def _tags(text: str) -> dict[str, str | None]:
    try:
        found = msgspec.json.decode(text) if text else {}
    except msgspec.DecodeError as error:
        raise invalid(f"'tags' must be a JSON object of texts: {error}.") from error
    if not isinstance(found, dict):
        raise invalid("'tags' must be a JSON object of texts.")
    return {name: None if value is None else str(value) for name, value in found.items()}


def _dataset(one: EvaluationDataset) -> dict[str, Any]:
    found: dict[str, Any] = {
        "dataset_id": one.id,
        "name": one.name,
        "tags": msgspec.json.encode(one.tags).decode(),
        "digest": one.digest,
        "created_time": one.created_at,
        "last_update_time": one.updated_at,
        "created_by": one.created_by,
        "last_updated_by": one.updated_by,
        "experiment_ids": one.experiment_ids,
    }
    return found | {
        name: value for name in ("schema", "profile") if (value := getattr(one, name)) is not None
    }


def _record(one: EvaluationRecord) -> dict[str, Any]:
    return {
        **one.content,
        "dataset_record_id": one.id,
        "dataset_id": one.dataset_id,
        "created_time": one.created_at,
    }


def _joined(ids: list[str]) -> list[str]:
    """Return ids; a client that is given one id as a text sends its digits one by one."""
    joined = "".join(ids)
    return [joined] if len(ids) > 1 and len(ids) == len(joined) and is_id(joined) else ids


def _scorer(one: ScorerVersion) -> dict[str, Any]:
    # The field is a number of 32 bits for clients, which an id of ours does not fit into.
    known = {"experiment_id": one.experiment_id} if one.experiment_id == "0" else {}
    return known | {
        "scorer_name": one.name,
        "scorer_version": one.number,
        "serialized_scorer": one.content,
        "creation_time": one.created_at,
        "scorer_id": one.id,
    }
