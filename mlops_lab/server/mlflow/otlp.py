"""Owns spans as OpenTelemetry's protocol sends them: taken in, and read back as MLflow's clients want.

The messages are read by ``opentelemetry-proto``, which every MLflow client brings; without it spans
come as a file of the trace.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from mlops_lab.core.traces import Span

from .errors import MlflowError, invalid
from .otelwords import TYPE, with_words
from .route import MlflowCall, mlflow_route
from .wire import wire_float

MAX_BYTES = 16_777_216
"""Largest message, unpacked."""

_INT64_MAX = 2**63 - 1
_EXPERIMENT = "x-mlflow-experiment-id"
_TRACE_ID = "mlflow.traceRequestId"


@mlflow_route("POST", "/v1/traces", note="needs the package opentelemetry-proto")
def export_traces(call: MlflowCall) -> None:
    """Store the spans of a message of OpenTelemetry's protocol."""
    experiment_id = call.headers.get(_EXPERIMENT, "")
    if not experiment_id:
        raise invalid(f"The header {_EXPERIMENT} is missing: it names the experiment.")
    if "protobuf" not in call.headers.get("content-type", ""):
        raise invalid("Content-Type must be application/x-protobuf.")
    if experiment_id == "0":
        call.lab.writing.ensure_default()
    spans = _read(_unpacked(call.body, call.headers.get("content-encoding", "")))
    if spans:
        call.lab.traces.put_spans(experiment_id, spans)


def otlp_shape(one: Span) -> dict[str, Any]:
    """Return a span as OpenTelemetry's protocol has it in JSON."""
    kept = one.content
    events = [
        {
            "name": event["name"],
            "time_unix_nano": str(event["time_unix_nano"]),
            "attributes": _any_map(event["attributes"]),
        }
        for event in kept["events"]
    ]
    attributes = {key: _read_value(text) for key, text in kept["attributes"].items()}
    found = {
        "trace_id": kept["trace_id"],
        "span_id": kept["span_id"],
        "name": one.name,
        "start_time_unix_nano": str(one.started_ns),
        "end_time_unix_nano": str(one.ended_ns or 0),
        "events": events,
        "status": kept["status"],
        "attributes": _any_map(attributes),
    }
    return found | ({"parent_span_id": parent} if (parent := kept["parent_span_id"]) else {})


def _read_value(text: Any) -> Any:
    """Return what an attribute holds; a client may have written one that is no JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, TypeError):
        return text


def _document(given: dict[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span as MLflow's clients write it into the file of a trace."""
    status = given.get("status", {})
    return {
        "trace_id": given["trace_id"],
        "span_id": given["span_id"],
        "parent_span_id": given.get("parent_span_id") or None,
        "name": given.get("name", ""),
        "start_time_unix_nano": int(given.get("start_time_unix_nano", 0)),
        "end_time_unix_nano": int(given.get("end_time_unix_nano", 0)) or None,
        "events": _events(given),
        "status": {
            "code": status.get("code", "STATUS_CODE_UNSET"),
            "message": status.get("message", ""),
        },
        "attributes": {key: json.dumps(value) for key, value in attributes.items()},
    }


def _events(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": event.get("name", ""),
            "time_unix_nano": int(event.get("time_unix_nano", 0)),
            "attributes": _plain_map(event.get("attributes", [])),
        }
        for event in given.get("events", [])
    ]


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        if len(body) > MAX_BYTES:
            raise _too_large()
        return body
    if encoding not in ("gzip", "deflate"):
        raise invalid(f"Content-Encoding {encoding[:40]!r} is not known; use gzip.")
    unpacker = zlib.decompressobj(wbits=47)
    try:
        unpacked = unpacker.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise invalid(f"The body is not {encoding}: {error}.") from error
    if unpacker.unconsumed_tail:
        raise _too_large()
    return unpacked


def _too_large() -> MlflowError:
    return invalid(f"The message is too large; the limit is {MAX_BYTES:,} bytes.")


def _read(body: bytes) -> list[Span]:
    try:
        from google.protobuf.json_format import MessageToDict
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )
    except ImportError as error:
        raise MlflowError(
            "NOT_IMPLEMENTED",
            "Spans are taken in by OpenTelemetry's protocol only where the package "
            "opentelemetry-proto is installed beside the server.",
        ) from error
    message = ExportTraceServiceRequest()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise invalid("The body is no ExportTraceServiceRequest of OpenTelemetry.") from error
    data = MessageToDict(message, preserving_proto_field_name=True)
    return [
        _span(given)
        for resource in data.get("resource_spans", [])
        for scope in resource.get("scope_spans", [])
        for given in scope.get("spans", [])
    ]


def _span(given: dict[str, Any]) -> Span:
    if not given.get("trace_id") or not given.get("span_id"):
        raise invalid("A span needs trace_id and span_id.")
    events = _events(given)
    attributes = with_words(_plain_map(given.get("attributes", [])), events)
    named = attributes.get(_TRACE_ID)
    trace_id = named if isinstance(named, str) and named else f"tr-{_hex(given['trace_id'])}"
    ended = _nanos(given.get("end_time_unix_nano", 0))
    kind = attributes.get(TYPE)
    parent = given.get("parent_span_id")
    return Span(
        trace_id=trace_id,
        id=_hex(given["span_id"]),
        parent_id=_hex(parent) if parent else None,
        name=given.get("name", ""),
        type=kind if isinstance(kind, str) else "UNKNOWN",
        status=str(given.get("status", {}).get("code", "")).removeprefix("STATUS_CODE_") or "UNSET",
        started_ns=_nanos(given.get("start_time_unix_nano", 0)),
        ended_ns=ended or None,
        content=_document(given, attributes),
    )


def _nanos(value: Any) -> int:
    """Return a time of the protocol, which is without a sign, as one that a database holds."""
    return min(int(value), _INT64_MAX)


def _hex(text: str) -> str:
    return base64.b64decode(text).hex()[:32]


def _any_map(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _any(value)} for key, value in values.items()]


def _any(value: Any) -> dict[str, Any]:
    """Return what holds a value in OpenTelemetry's protocol, an ``AnyValue``."""
    if isinstance(value, bool):
        return {"bool_value": value}
    if isinstance(value, int):
        return {"int_value": str(value)}
    if isinstance(value, float):
        return {"double_value": wire_float(value)}
    if isinstance(value, list):
        return {"array_value": {"values": [_any(one) for one in value]}}
    if isinstance(value, dict):
        return {"kvlist_value": {"values": _any_map(value)}}
    return {} if value is None else {"string_value": value}


def _plain_map(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {one.get("key", ""): _plain(one.get("value", {})) for one in attributes}


def _plain(value: Mapping[str, Any]) -> Any:
    """Return what an ``AnyValue`` of OpenTelemetry's protocol holds."""
    for kind, held in value.items():
        if kind == "int_value":
            return int(held)
        if kind == "array_value":
            return [_plain(one) for one in held.get("values", [])]
        if kind == "kvlist_value":
            return _plain_map(held.get("values", []))
        return float(held) if kind == "double_value" else held
    return None
