"""Owns the routes by which a server tells its own contract: of its routes, and of its events."""

from __future__ import annotations

from mlops_lab.server.endpoint import Call, JsonText, endpoint


@endpoint("GET", "openapi.json", summary="The contract of these routes", scope="kernel")
def get_openapi(call: Call) -> JsonText:
    """Return the OpenAPI 3.1 document, with the address of this server."""
    from mlops_lab.server.openapi import render_contract

    return JsonText(render_contract(api_root=call.api_root).encode())


@endpoint("GET", "events.json", summary="The contract of the events", scope="kernel")
def get_events(call: Call) -> JsonText:  # noqa: ARG001 - every route takes it
    """Return the AsyncAPI 3.0 document."""
    from mlops_lab.server.openapi import render_events

    return JsonText(render_events().encode())
