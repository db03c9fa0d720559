"""Owns the routes of what goes into runs on the MLflow protocol: datasets and logged models."""

from __future__ import annotations

from mlops_lab.core.inputs import Dataset, DatasetInput

from . import checks
from .errors import invalid
from .joining import link_model_inputs
from .route import MlflowCall, mlflow_route
from .runs import find_active_run
from .wire import Answer, KeyValue, Request

MAX_EXPERIMENTS = 20


class DatasetGiven(Request):
    """A dataset as a client describes it."""

    name: str | None = None
    digest: str | None = None
    source_type: str | None = None
    source: str | None = None
    schema: str | None = None
    profile: str | None = None


class InputGiven(Request):
    """A dataset with the tags that the run gives it."""

    tags: list[KeyValue] = []
    dataset: DatasetGiven | None = None


class ModelGiven(Request):
    """A logged model."""

    model_id: str = ""


class LogInputs(Request):
    """What went into a run."""

    run_id: str
    datasets: list[InputGiven] = []
    models: list[ModelGiven] = []


class SearchDatasets(Request):
    """The experiments whose datasets are asked for."""

    experiment_ids: list[str] = []


class SummaryShape(Answer):
    """A dataset of an experiment, and what it was used for."""

    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class SummariesAnswer(Answer):
    """The datasets of experiments."""

    dataset_summaries: list[SummaryShape] = []


_LIMITS = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}


@mlflow_route("POST", "2.0/mlflow/runs/log-inputs")
def log_inputs(call: MlflowCall, request: LogInputs) -> None:
    """Note the datasets and models that went into a run."""
    checks.check_run_id(request.run_id)
    given = [_input(one) for one in request.datasets]
    found = find_active_run(call, request.run_id)
    if given:
        call.lab.inputs.log_inputs(found.id, given)
    if request.models:
        link_model_inputs(call, found.id, [one.model_id for one in request.models])


def _input(one: InputGiven) -> DatasetInput:
    described = one.dataset
    if described is None:
        raise invalid("Dataset cannot be None")
    texts: dict[str, str] = {}
    for name in ("name", "digest", "source_type", "source"):
        value = getattr(described, name)
        if value is None:
            raise invalid(f"Dataset {name} cannot be None")
        texts[name] = value
    for name, limit in _LIMITS.items():
        checks.check_length(name, getattr(described, name), limit)
    for tag in one.tags:
        checks.check_length("key", tag.key, 255)
        checks.check_length("value", tag.value, 500)
    return DatasetInput(
        Dataset(**texts, schema=described.schema, profile=described.profile),
        {tag.key: tag.value for tag in one.tags},
    )


@mlflow_route("POST", "2.0/mlflow/experiments/search-datasets")
def search_datasets(call: MlflowCall, request: SearchDatasets) -> SummariesAnswer:
    """Return the datasets of experiments with what they were used for."""
    if not request.experiment_ids:
        raise invalid("SearchDatasets request must specify at least one experiment_id.")
    if len(request.experiment_ids) > MAX_EXPERIMENTS:
        raise invalid(
            f"SearchDatasets request cannot specify more than {MAX_EXPERIMENTS} experiment_ids."
            f" Received {len(request.experiment_ids)} experiment_ids."
        )
    uses = call.lab.inputs.of_experiments(request.experiment_ids)
    return SummariesAnswer(
        dataset_summaries=[
            SummaryShape(
                experiment_id=one.experiment_id,
                name=one.name,
                digest=one.digest,
                context=one.context or None,
            )
            for one in uses
        ]
    )
