"""Owns the route of the prompt lab: it says what a request lacks, and is no part of this server."""

from __future__ import annotations

from typing import Any

from .errors import MlflowError, invalid
from .route import MlflowCall, mlflow_route
from .wire import Request

_NOTE = "the AI gateway is no part of it"
_REQUIRED = (
    "experiment_id",
    "prompt_template",
    "prompt_parameters",
    "model_route",
    "model_input",
    "mlflow_version",
)


class PromptlabRun(Request):
    """What was asked of a model in the prompt lab."""

    experiment_id: str = ""
    prompt_template: str = ""
    prompt_parameters: list[dict[str, Any]] = []
    model_route: str = ""
    model_input: str = ""
    mlflow_version: str = ""


@mlflow_route("POST", "2.0/mlflow/runs/create-promptlab-run", state="none", note=_NOTE)
def create_promptlab_run(call: MlflowCall, request: PromptlabRun) -> None:
    """Refuse, after saying what is missing."""
    del call
    for name in _REQUIRED:
        if not getattr(request, name):
            raise invalid(f"CreatePromptlabRun request must specify {name}.")
    raise MlflowError("NOT_IMPLEMENTED", f"Runs of the prompt lab are not supported: {_NOTE}.")
