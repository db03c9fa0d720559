"""Owns the list of MLflow's routes that this server does not have: they answer NOT_IMPLEMENTED."""

from __future__ import annotations

from mlops_lab.server.endpoint import Method

from .route import MlflowRoute, unsupported

_GATEWAY = "the AI gateway is no part of it"
_WORKSPACES = "a store is one workspace"
_PROMPTS = "prompt optimization is no part of it"
_REVIEWS = "reviews by people are no part of it"
_PRESIGNED = "files come through this server"
_SCREENS = "the screens of MLflow are no part of it"
_TOOLS = "servers of tools are no part of it"
_RUNS_NOTHING = "this server runs no scorers and jobs of MLflow"
_WEBHOOKS = "webhooks are no part of it"

_LIST: tuple[tuple[str, str, str], ...] = (
    ("GET POST", "3.0/mlflow/workspaces", _WORKSPACES),
    ("GET PATCH DELETE", "3.0/mlflow/workspaces/{workspace_name}", _WORKSPACES),
    ("POST", "3.0/mlflow/prompt-optimization/jobs", _PROMPTS),
    ("GET POST", "3.0/mlflow/prompt-optimization/jobs/search", _PROMPTS),
    ("GET DELETE", "3.0/mlflow/prompt-optimization/jobs/{job_id}", _PROMPTS),
    ("POST", "3.0/mlflow/prompt-optimization/jobs/{job_id}/cancel", _PROMPTS),
    ("GET POST PUT PATCH DELETE", "3.0/mlflow/gateway/{path}", _GATEWAY),
    ("GET POST", "2.0/mlflow/gateway-proxy", _GATEWAY),
    ("GET POST", "2.0/mlflow/webhooks", _WEBHOOKS),
    ("GET PATCH DELETE", "2.0/mlflow/webhooks/{webhook_id}", _WEBHOOKS),
    ("POST", "2.0/mlflow/webhooks/{webhook_id}/test", _WEBHOOKS),
    ("GET", "2.0/mlflow/unified-traces", "it is a route of Databricks"),
    ("GET", "2.0/mlflow/get-online-trace-details", "it is a route of Databricks"),
    ("GET POST PATCH DELETE", "3.0/mlflow/label-schemas/{path}", _REVIEWS),
    ("GET POST", "3.0/mlflow/review-queues/{path}", _REVIEWS),
    ("POST", "2.0/mlflow/artifacts/presigned-download-url", _PRESIGNED),
    ("POST", "2.0/mlflow/artifacts/presigned-upload-url", _PRESIGNED),
    ("PUT", "3.0/mlflow/scorers/online-config", _RUNS_NOTHING),
    ("GET", "3.0/mlflow/scorers/online-configs", _RUNS_NOTHING),
    ("GET POST PATCH DELETE", "3.0/mlflow/mcp-servers/{path}", _TOOLS),
    ("GET POST", "3.0/mlflow/mcp-servers", _TOOLS),
    ("POST", "3.0/mlflow/genai/evaluate/invoke", _RUNS_NOTHING),
    ("GET", "3.0/mlflow/jobs/{job_id}", _RUNS_NOTHING),
    ("PATCH", "3.0/mlflow/jobs/cancel/{job_id}", _RUNS_NOTHING),
    ("POST", "3.0/mlflow/demo/generate", _SCREENS),
    ("POST", "3.0/mlflow/demo/delete", _SCREENS),
    ("GET POST", "/graphql", _SCREENS),
)


def _declared() -> tuple[MlflowRoute, ...]:
    found: list[MlflowRoute] = []
    for methods, path, note in _LIST:
        for method in methods.split():
            known: Method = method  # type: ignore[assignment]  # the list holds nothing else
            found.append(unsupported(known, path, note))
    return tuple(found)


ROUTES = _declared()
"""What is refused, as routes."""
