"""Owns the route that has a run reproduced."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mlops_lab.core.facets import Reproduction
from mlops_lab.server.endpoint import Call, IdPart, endpoint


class NewReproduction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a run shall be reproduced; metrics named in ``ignore`` are not compared."""

    environment: Annotated[
        Literal["current", "replayed"],
        Meta(description="This machine's as it is, or one made of the run's packages."),
    ] = "current"
    relative_tolerance: Annotated[float, Meta(ge=0)] = 1e-6
    absolute_tolerance: Annotated[float, Meta(ge=0)] = 1e-9
    ignore: list[str] = []


@endpoint(
    "POST",
    "runs/{run_id}/reproductions",
    summary="Run the code of a run again in a clean kernel and compare",
    scope="kernel",
    status=202,
)
def create_reproduction(call: Call, run_id: IdPart, body: NewReproduction) -> Reproduction:
    """Begin a reproduction and return it, or the one of the run that is under way."""
    from mlops_lab.workflows.reproduce import Wishes
    from mlops_lab.workflows.reproduce_later import start_reproduction
    from mlops_lab.workflows.verdict import Tolerance

    wishes = Wishes(
        environment=body.environment,
        tolerance=Tolerance(body.relative_tolerance, body.absolute_tolerance),
        ignore=tuple(body.ignore),
        user=call.user,
    )
    return start_reproduction(call.lab, run_id, wishes)
