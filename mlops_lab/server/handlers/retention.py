"""Owns the routes of retention: how long the data of experiments is kept."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.retention import (
    RetentionOrder,
    RetentionPlan,
    RetentionPolicies,
    RetentionPolicy,
)
from mlops_lab.server.endpoint import Call, endpoint


class RetentionQuery(msgspec.Struct, frozen=True):
    """Which policy to remove."""

    experiment: Annotated[
        str, Meta(description="Its name; empty for the policy of all others.")
    ] = ""


@endpoint("GET", "retention", summary="The data policies, that for all others first")
def list_retention(call: Call) -> RetentionPolicies:
    """Return every policy; without one everything is kept."""
    return RetentionPolicies(policies=call.lab.retention.list_policies())


@endpoint("GET", "retention/preview", summary="What the data policies would remove now")
def preview_retention(call: Call) -> RetentionPlan:
    """Return how many runs each policy would remove, empty of files, or mask."""
    return RetentionPlan(outcomes=call.lab.retention.survey())


@endpoint("PUT", "retention", summary="Set the data policy of an experiment, or of all others")
def set_retention(call: Call, body: RetentionOrder) -> RetentionPolicy:
    """Set the policy in place of the one that is there; a server applies it within an hour."""
    return call.lab.retention.set_policy(
        body.experiment,
        runs_days=body.runs_days,
        artifacts_days=body.artifacts_days,
        masked=body.masked,
        who=call.user,
    )


@endpoint("DELETE", "retention", summary="Remove a data policy", status=204, errors=(404,))
def remove_retention(call: Call, query: RetentionQuery) -> None:
    """Remove the policy; the experiment is then kept as the policy of all others says."""
    if not call.lab.retention.remove_policy(query.experiment, who=call.user):
        raise NotFoundError(
            f"There is no data policy for {query.experiment[:80]!r}.",
            hint="See them all: GET retention, or mlops-lab retention show.",
        )
