"""Owns what went into runs and came out of them, for the answers about runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlops_lab.core.inputs import DatasetInput
from mlops_lab.core.loggedmodels import RunModel

from .route import MlflowCall
from .shapes import (
    DatasetInputShape,
    DatasetShape,
    InputsShape,
    ModelInputShape,
    ModelOutputShape,
    OutputsShape,
)
from .wire import Tag


def link_model_inputs(call: MlflowCall, run_id: str, model_ids: Sequence[str]) -> None:
    """Note that logged models went into a run."""
    call.lab.registry.logged.link(run_id, "input", [RunModel(one) for one in model_ids])


def joined(
    call: MlflowCall, run_ids: Sequence[str]
) -> Mapping[str, tuple[InputsShape, OutputsShape | None]]:
    """Return what went into runs and came out of them, by run."""
    datasets = call.lab.inputs.of_runs(run_ids)
    models = call.lab.registry.logged.of_runs(run_ids)
    found: dict[str, tuple[InputsShape, OutputsShape | None]] = {}
    for run_id in run_ids:
        given = models.get((run_id, "output"), [])
        inputs = InputsShape(
            dataset_inputs=[_shape(one) for one in datasets.get(run_id, [])],
            model_inputs=[
                ModelInputShape(model_id=one.model_id) for one in models.get((run_id, "input"), [])
            ],
        )
        outputs = [ModelOutputShape(model_id=one.model_id, step=one.step) for one in given]
        found[run_id] = (inputs, OutputsShape(model_outputs=outputs) if outputs else None)
    return found


def _shape(one: DatasetInput) -> DatasetInputShape:
    described = one.dataset
    return DatasetInputShape(
        tags=[Tag(key, value) for key, value in one.tags.items()],
        dataset=DatasetShape(
            name=described.name,
            digest=described.digest,
            source_type=described.source_type,
            source=described.source,
            schema=described.schema,
            profile=described.profile,
        ),
    )
