"""Owns the routes of issues: what goes wrong in the traces of an experiment."""

from __future__ import annotations

from typing import Any

from mlops_lab.core.issues import Issue, IssueChange, IssueSeverity, IssueStatus

from .registered_models import checked_limit
from .route import MlflowCall, mlflow_route
from .wire import Request

MAX_ISSUES = 1_000
"""Most issues on one page."""


class CreateIssue(Request):
    """An issue to write."""

    experiment_id: str
    name: str
    description: str
    status: IssueStatus = "pending"
    severity: IssueSeverity | None = None
    root_causes: list[str] = []
    source_run_id: str = ""
    categories: list[str] = []
    created_by: str = ""


class UpdateIssue(Request):
    """What to set of an issue."""

    name: str = ""
    description: str = ""
    status: IssueStatus | None = None
    severity: IssueSeverity | None = None


class SearchIssues(Request):
    """Which issues to list."""

    experiment_id: str = ""
    filter_string: str = ""
    max_results: int = 100
    page_token: str = ""
    include_trace_count: bool = False


@mlflow_route("POST", "3.0/mlflow/issues")
def create_issue(call: MlflowCall, request: CreateIssue) -> dict[str, Any]:
    """Write an issue."""
    made = call.lab.issues.create(
        Issue(
            experiment_id=request.experiment_id,
            name=request.name,
            description=request.description,
            status=request.status,
            severity=request.severity,
            root_causes=request.root_causes,
            categories=request.categories,
            source_run_id=request.source_run_id or None,
            created_by=request.created_by or None,
        )
    )
    return {"issue": _shape(made)}


@mlflow_route("POST", "3.0/mlflow/issues/search", note="not ordered by the number of traces")
def search_issues(call: MlflowCall, request: SearchIssues) -> dict[str, Any]:
    """Return a page of issues, the worst and newest first."""
    page = call.lab.issues.search(
        experiment_id=request.experiment_id or None,
        filter=request.filter_string,
        limit=checked_limit(request.max_results, MAX_ISSUES),
        cursor=request.page_token or None,
    )
    shown = [_shape(one) for one in page.issues]
    if request.include_trace_count:
        for shape, one in zip(shown, page.issues, strict=True):
            shape["trace_count"] = one.trace_count
    return {"issues": shown, "next_page_token": page.next_cursor or ""}


@mlflow_route("GET", "3.0/mlflow/issues/{issue_id}")
def get_issue(call: MlflowCall, issue_id: str) -> dict[str, Any]:
    """Return an issue."""
    return {"issue": _shape(call.lab.issues.get(issue_id))}


@mlflow_route("PATCH", "3.0/mlflow/issues/{issue_id}")
def update_issue(call: MlflowCall, issue_id: str, request: UpdateIssue) -> dict[str, Any]:
    """Set the name, description, status or severity of an issue."""
    change = IssueChange(
        name=request.name or None,
        description=request.description or None,
        status=request.status,
        severity=request.severity,
    )
    return {"issue": _shape(call.lab.issues.update(issue_id, change))}


def _shape(one: Issue) -> dict[str, Any]:
    found: dict[str, Any] = {
        "issue_id": one.id,
        "experiment_id": one.experiment_id,
        "name": one.name,
        "description": one.description,
        "status": one.status,
        "severity": one.severity,
        "root_causes": one.root_causes,
        "source_run_id": one.source_run_id,
        "categories": one.categories,
        "created_timestamp": one.created_at,
        "last_updated_timestamp": one.updated_at,
        "created_by": one.created_by,
    }
    return {name: value for name, value in found.items() if value not in (None, [])}
