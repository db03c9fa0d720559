"""Owns the route that says how the server and its store are."""

from __future__ import annotations

from importlib.metadata import version

from mlops_lab.core import limits
from mlops_lab.core.status import Limits, ServerStatus
from mlops_lab.server.endpoint import Call, endpoint


@endpoint("GET", "status", summary="How the server, its store and its workers are")
def get_status(call: Call) -> ServerStatus:
    """Return version, user, store, newest change, number of runs, and workers."""
    from mlops_lab.store.outbox import last_seq
    from mlops_lab.store.schema import read_revision

    store = call.lab.store
    with store.read() as cx:
        seq = last_seq(cx)
        revision = read_revision(cx) or ""
    return ServerStatus(
        version=version("mlops-lab"),
        user=call.user,
        store_url=store.url,
        schema_revision=revision,
        seq=seq,
        runs=call.lab.tracking.count_runs(),
        workers=call.lab.jobs.list_workers(),
    )


@endpoint("GET", "limits", summary="What the server takes at most", scope="kernel")
def get_limits(call: Call) -> Limits:  # noqa: ARG001 - every route takes it
    """Return the limits of one request, and of all that are under way."""
    return Limits(
        max_body_bytes=limits.MAX_BATCH_BYTES,
        **{name: getattr(limits, name.upper()) for name in Limits.__struct_fields__[1:]},
    )
