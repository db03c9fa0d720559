"""Owns ``lab.log_model``: a model as a file of the run, in the safest format that can hold it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.facets import ModelInfo, SignatureColumn

from .capture.hyperparameters import hyperparameters_of
from .capture.model import describe_model, facts_of
from .capture.signature import array_type, column_types, input_columns
from .display import note
from .flavors.catalog import save_model
from .run import RunLog
from .session import process_session

EXAMPLE_ROWS = 5
"""Of an input example so many rows are kept."""

_NAME = re.compile(r"[\w][\w .+-]{0,99}")
_MEDIA_TYPE = "application/octet-stream"


def log_model(
    model: Any,
    name: str = "model",
    *,
    input_example: Any = None,
    signature: Mapping[str, Mapping[str, str]] | None = None,
) -> str | None:
    """Store a model with the run that is tracked now; it is safe on disk when the call returns.

    The format is the safest that can hold it: skops for scikit-learn, the library's own for
    XGBoost, LightGBM and Keras, the state dict of a PyTorch network, otherwise a pickle, which is
    marked as not safe.

    Args:
        model: any fitted model.
        name: tells the models of a run apart; the later of two of one name counts.
        input_example: a table or array of inputs; its types become the signature and its first
            rows are stored.
        signature: ``{"inputs": {column: type}, "outputs": {column: type}}``, where you know better.

    Returns:
        The address ``runs:/RUN_ID/NAME`` for ``load_model``; None where no run is tracked.

    Raises:
        InvalidInputError: the name cannot be part of a path, or no format can hold the model.
        OSError: the spool folder cannot be written.
        LimitError: the spool is full.
    """
    run = process_session().current()
    if run is None:
        process_session().warn_untracked(f"The model {name!r}")
        return None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} cannot name a model.",
            hint="Use letters, digits, spaces and . _ + -, at most 100 characters.",
        )
    info = _described(model, name, input_example=input_example, signature=signature or {})
    if input_example is not None:
        _add_example(run, f"models/{name}/input_example.json", input_example)
    info = _stored(run, model, info)
    run.add_facet("model", name, info, key=info.class_name)
    run.models[id(model)] = info
    return f"runs:/{run.run_id}/{name}"


def _stored(run: RunLog, model: Any, info: ModelInfo) -> ModelInfo:
    with tempfile.TemporaryDirectory(prefix="mlops-lab-") as folder:
        flavor, file, reason = save_model(model, Path(folder))
        path = f"models/{info.name}/{file.name}"
        digest = run.add_artifact(path, file, media_type=_MEDIA_TYPE)
    if not flavor.is_safe:
        info.facts["warning"] = f"loading a {flavor.format} runs the code that it names"
        if reason:
            info.facts["not_safe_because"] = reason
    return msgspec.structs.replace(
        info,
        artifact=path,
        artifact_digest=digest,
        format=flavor.format,
        safe=flavor.is_safe,
        environment_digest=run.facets.get(("environment", "")),
    )


def _described(
    model: Any, name: str, *, input_example: Any, signature: Mapping[str, Mapping[str, str]]
) -> ModelInfo:
    try:
        hyperparameters, facts = hyperparameters_of(model), facts_of(model)
        inputs = input_columns(model, [], {}, ())
    except Exception as error:  # noqa: BLE001 - the model's class decides what it raises
        note(f"the model {name!r} did not describe itself: {error!r}")
        hyperparameters, facts, inputs = {}, {}, []
    if input_example is not None:
        types = column_types(input_example)
        inputs = _columns(types.items()) or inputs
        text = array_type(input_example)
        inputs = [SignatureColumn("X", text)] if text else inputs
    inputs = _columns(signature.get("inputs", {}).items()) or inputs
    outputs = _columns(signature.get("outputs", {}).items())
    return describe_model(
        model, name, hyperparameters=hyperparameters, inputs=inputs, outputs=outputs, facts=facts
    )


def _columns(types: Iterable[tuple[str, str]]) -> list[SignatureColumn]:
    return [SignatureColumn(str(name), str(kind)) for name, kind in types]


def _add_example(run: RunLog, path: str, example: Any) -> None:
    head = example[:EXAMPLE_ROWS] if hasattr(type(example), "__getitem__") else example
    try:
        rows = head.to_dict(orient="list") if column_types(example) else head
        if array_type(example):
            rows = head.tolist()
        content = msgspec.json.encode(rows, enc_hook=str)
    except Exception as error:  # noqa: BLE001 - the user's object decides what it raises
        run.warn(f"The input example was not stored ({type(error).__name__}: {error}).")
        return
    run.add_artifact(path, content, media_type="application/json")
