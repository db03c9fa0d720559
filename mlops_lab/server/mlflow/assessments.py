"""Owns the routes of assessments: feedback on a trace, and what was expected of it."""

from __future__ import annotations

from typing import Any

from .errors import invalid
from .route import MlflowCall, mlflow_route
from .trace_shapes import assessment_shape, mask_fields, read_assessment, stored_fields
from .wire import Request


class CreateAssessment(Request):
    """An assessment to add."""

    assessment: dict[str, Any]


class UpdateAssessment(Request):
    """Fields of an assessment to replace, and which."""

    assessment: dict[str, Any]
    update_mask: Any = None


@mlflow_route("POST", "3.0/mlflow/traces/{trace_id}/assessments")
def create_assessment(call: MlflowCall, trace_id: str, request: CreateAssessment) -> dict[str, Any]:
    """Add an assessment to a trace."""
    made = call.lab.traces.assess(read_assessment(trace_id, request.assessment))
    return {"assessment": assessment_shape(made)}


@mlflow_route("GET", "3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}")
def get_assessment(call: MlflowCall, trace_id: str, assessment_id: str) -> dict[str, Any]:
    """Return an assessment."""
    found = call.lab.traces.get_assessment(trace_id, assessment_id)
    return {"assessment": assessment_shape(found)}


@mlflow_route("PATCH", "3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}")
def update_assessment(
    call: MlflowCall, trace_id: str, assessment_id: str, request: UpdateAssessment
) -> dict[str, Any]:
    """Replace fields of an assessment."""
    fields = mask_fields(request.update_mask)
    if not fields:
        raise invalid("Missing value for required parameter 'update_mask'.")
    content = stored_fields(request.assessment, fields)
    changed = call.lab.traces.update_assessment(trace_id, assessment_id, content)
    return {"assessment": assessment_shape(changed)}


@mlflow_route("DELETE", "3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}")
def delete_assessment(call: MlflowCall, trace_id: str, assessment_id: str) -> None:
    """Remove an assessment; the one that it overrode counts again."""
    call.lab.traces.delete_assessment(trace_id, assessment_id, who=call.user)
