"""Owns the list of MLflow's routes that this server does not have: they answer NOT_IMPLEMENTED."""

from __future__ import annotations

from mlops_lab.server.endpoint import Method

from .route import MlflowRoute, unsupported

_GATEWAY = "the AI gateway is no part of it"
_ISSUES = "issues of traces are no part of it"
_SCORERS = "scorers that a server runs are no part of it"
_WORKSPACES = "a store is one workspace"
_PROMPTS = "prompt optimization is no part of it"
_WEBHOOKS = "webhooks are no part of it"

_LIST: tuple[tuple[str, str, str], ...] = (
    ("GET POST", "3.0/mlflow/workspaces", _WORKSPACES),
    ("GET PATCH DELETE", "3.0/mlflow/workspaces/{workspace_name}", _WORKSPACES),
    ("POST", "3.0/mlflow/issues", _ISSUES),
    ("POST", "3.0/mlflow/issues/search", _ISSUES),
    ("GET PATCH", "3.0/mlflow/issues/{issue_id}", _ISSUES),
    ("POST", "3.0/mlflow/scorers/register", _SCORERS),
    ("GET", "3.0/mlflow/scorers/list", _SCORERS),
    ("GET", "3.0/mlflow/scorers/versions", _SCORERS),
    ("GET", "3.0/mlflow/scorers/get", _SCORERS),
    ("DELETE", "3.0/mlflow/scorers/delete", _SCORERS),
    ("POST", "3.0/mlflow/prompt-optimization/jobs", _PROMPTS),
    ("GET POST", "3.0/mlflow/prompt-optimization/jobs/search", _PROMPTS),
    ("GET DELETE", "3.0/mlflow/prompt-optimization/jobs/{job_id}", _PROMPTS),
    ("POST", "3.0/mlflow/prompt-optimization/jobs/{job_id}/cancel", _PROMPTS),
    ("GET POST PUT PATCH DELETE", "3.0/mlflow/gateway/{path}", _GATEWAY),
    ("GET POST", "2.0/mlflow/gateway-proxy", _GATEWAY),
    ("POST", "2.0/mlflow/runs/create-promptlab-run", _GATEWAY),
    ("POST", "3.0/mlflow/traces/metrics", "sums over traces are no part of it"),
    ("POST", "2.0/mlflow/traces/link-prompts", "a trace names its prompts in a tag"),
    ("GET POST", "2.0/mlflow/webhooks", _WEBHOOKS),
    ("GET PATCH DELETE", "2.0/mlflow/webhooks/{webhook_id}", _WEBHOOKS),
    ("POST", "2.0/mlflow/webhooks/{webhook_id}/test", _WEBHOOKS),
    ("GET", "2.0/mlflow/unified-traces", "it is a route of Databricks"),
    ("GET", "2.0/mlflow/get-online-trace-details", "it is a route of Databricks"),
    ("GET POST", "/graphql", "the screens of MLflow are no part of it"),
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
