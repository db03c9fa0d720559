"""Owns the contract: OpenAPI derived from the routes and the structs, and its file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.changes import Change
from mlops_lab.store.artifacts import Incoming

from .endpoint import Download, Endpoint, NotebookContent, PlainText
from .problem import CONTENT_TYPE, Problem
from .routes import API_ROOT, ENDPOINTS

RENEW = "./scripts/contract"
"""The command that renews the contract file and the TypeScript types."""

_REF = "#/components/schemas/"
_INPUT = "Input"
_BYTES = {"type": "string", "format": "binary"}
_CONTENTS: dict[Any, tuple[str, dict[str, Any]]] = {
    NotebookContent: ("application/json", {"$ref": _REF + "NotebookContent"}),
    PlainText: ("text/plain", {"type": "string"}),
    Download: ("application/octet-stream", _BYTES),
}
"""Media type and schema of the answers that are no struct of ours."""

_EXTRA_ANSWERS: tuple[Any, ...] = (Problem, Change)
Schema = dict[str, Any]


def make_openapi() -> Schema:
    """Return the OpenAPI 3.1 document of all routes."""
    answers = [e.answer for e in ENDPOINTS if e.answer is not None and e.answer not in _CONTENTS]
    sent = _components([*answers, *_EXTRA_ANSWERS], sent_by_us=True)
    bodies = [e.body for e in ENDPOINTS if e.body is not None and e.body is not Incoming]
    received = _components(bodies, sent_by_us=False)
    renamed = _names_that_differ(sent, received)
    schemas = sent | {
        renamed.get(name, name): _rename(schema, renamed) for name, schema in received.items()
    }
    schemas["NotebookContent"] = {
        "title": "NotebookContent",
        "description": "A notebook in the nbformat JSON form.",
        "type": "object",
        "additionalProperties": {},
    }
    paths: dict[str, Schema] = {}
    for declared in ENDPOINTS:
        operation = _operation(declared, renamed)
        paths.setdefault(f"/{declared.path}", {})[declared.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "MLOps Lab", "version": "1"},
        "servers": [{"url": f"/{API_ROOT}", "description": "Below the server's base URL."}],
        "security": [{"jupyter": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def render_contract() -> str:
    """Return the contract as the file holds it."""
    return json.dumps(make_openapi(), indent=2, ensure_ascii=False) + "\n"


_SECURITY_SCHEMES = {
    "jupyter": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`token TOKEN` of the Jupyter server, or its login cookie.",
    },
    "kernel": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that kernels inherit; good for what kernels need only.",
    },
}


def _components(types: Iterable[Any], *, sent_by_us: bool) -> dict[str, Schema]:
    _, found = msgspec.json.schema_components(tuple(types), ref_template=_REF + "{name}")
    for node in _walk(found):
        _tidy(node, sent_by_us=sent_by_us)
    return found


def _tidy(node: Schema, *, sent_by_us: bool) -> None:
    if node.get("type") == "object" and "properties" not in node:
        node.setdefault("additionalProperties", {})
    if isinstance(node.get("enum"), list):
        node.setdefault("type", "string")
    if sent_by_us and isinstance(node.get("properties"), dict):
        # What we send always has every field, also those that have a default.
        node["required"] = list(node["properties"])
        for field in node["properties"].values():
            field.pop("default", None)


def _walk(node: Any) -> Iterator[Schema]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item)
    if isinstance(node, dict):
        yield node
        for item in node.values():
            yield from _walk(item)


def _names_that_differ(
    sent: Mapping[str, Schema], received: Mapping[str, Schema]
) -> dict[str, str]:
    """Structs that travel both ways, but with optional fields only on the way in, by new name."""
    renamed = {
        name: name + _INPUT for name in received if name in sent and sent[name] != received[name]
    }
    while True:
        more = {
            name: name + _INPUT
            for name, schema in received.items()
            if name in sent and name not in renamed and _rename(schema, renamed) != schema
        }
        if not more:
            return renamed
        renamed |= more


def _rename(node: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_rename(item, renamed) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _rename(value, renamed) for key, value in node.items()}
    ref = changed.get("$ref")
    if isinstance(ref, str):
        name = ref.removeprefix(_REF)
        changed["$ref"] = _REF + renamed.get(name, name)
    return changed


def _operation(declared: Endpoint, renamed: Mapping[str, str]) -> Schema:
    operation: Schema = {"operationId": declared.operation_id, "summary": declared.summary}
    if declared.scope == "kernel":
        operation["security"] = [{"jupyter": []}, {"kernel": []}]
    parameters = [*_path_parameters(declared), *_query_parameters(declared)]
    if parameters:
        operation["parameters"] = parameters
    if declared.body is Incoming:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": _BYTES}},
        }
    elif declared.body is not None:
        name = declared.body.__name__
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(renamed.get(name, name))}},
        }
    operation["responses"] = _responses(declared)
    return operation


def _path_parameters(declared: Endpoint) -> Iterator[Schema]:
    for name, kind in declared.path_types.items():
        schema = msgspec.json.schema(kind)
        yield _parameter("path", name, schema, required=True)


def _query_parameters(declared: Endpoint) -> Iterator[Schema]:
    if declared.query is None:
        return
    _, found = msgspec.json.schema_components((declared.query,), ref_template=_REF + "{name}")
    schema = found[declared.query.__name__]
    for node in _walk(schema):
        _tidy(node, sent_by_us=False)
    for name, field in schema["properties"].items():
        yield _parameter("query", name, field, required=name in schema.get("required", ()))


def _parameter(place: str, name: str, schema: Schema, *, required: bool) -> Schema:
    # A query parameter that is left out is left out; it cannot be null.
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    outer = {key: value for key, value in schema.items() if key not in ("anyOf", "description")}
    if outer.get("default", ...) is None:
        del outer["default"]
    inner = outer | options[0] if len(options) == 1 else {**outer, "anyOf": options}
    found: Schema = {"name": name, "in": place, "required": required}
    description = schema.get("description") or inner.pop("description", None)
    if description:
        found["description"] = description
    found["schema"] = inner if options else outer
    return found


def _responses(declared: Endpoint) -> dict[str, Schema]:
    success: Schema = {"description": "Success"}
    if declared.answer in _CONTENTS and declared.method != "HEAD":
        media_type, schema = _CONTENTS[declared.answer]
        success["content"] = {media_type: {"schema": schema}}
    elif declared.answer is not None and declared.method != "HEAD":
        success["content"] = {"application/json": {"schema": _ref(declared.answer.__name__)}}
    statuses = {400: "The input cannot be used", 403: "Not allowed"}
    if declared.path_types or declared.query is not None or declared.body is not None:
        statuses[404] = "A record that was named does not exist"
    if declared.method not in ("GET", "HEAD"):
        statuses[409] = "The state of the record does not allow it"
    statuses |= {413: "Larger than a stated limit", 500: "An error of the server"}
    statuses[503] = "The store cannot be used now"
    problem = {CONTENT_TYPE: {"schema": _ref("Problem")}}
    return {str(declared.status): success} | {
        str(status): {"description": text, "content": problem} for status, text in statuses.items()
    }


def _ref(name: str) -> Schema:
    return {"$ref": _REF + name}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_contract(), encoding="utf-8")
