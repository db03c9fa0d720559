"""Owns the contract: OpenAPI and AsyncAPI derived from the routes and the structs, and their files."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.changes import Change

from .event_bridge import SCHEMA_ID
from .operations import CONTENTS, REF, SECURITY_SCHEMES, Schema, describe_operation
from .problem import Problem
from .routes import API_ROOT, ENDPOINTS

RENEW = "./scripts/contract"
"""The command that renews the contract files and the TypeScript types."""

EVENTS_FILE = "events.json"
"""Name of the AsyncAPI document, beside the OpenAPI one."""

_INPUT = "Input"
_EXTRA_ANSWERS: tuple[Any, ...] = (Problem, Change)

_ABOUT = """\
Everything that MLOps Lab stores, below `<base_url>mlops-lab/api` of a Jupyter server.

Each GET also answers HEAD, but those that make a file. A method that a path does not have is \
answered with 405 and `Allow`. \
Every error is `application/problem+json`; only what is refused before any route is asked, such as \
a request that is no HTTP, is answered by the Jupyter server in its own way. \
A parameter or field that does not exist is an error. Large answers are compressed for who accepts \
gzip. The events are in `events.json`."""


def make_openapi(*, api_root: str = f"/{API_ROOT}") -> Schema:
    """Return the OpenAPI 3.1 document of all routes; ``api_root`` is where a server has them."""
    answers = [e.answer for e in ENDPOINTS if e.answer is not None and e.answer not in CONTENTS]
    sent = _components([*answers, *_EXTRA_ANSWERS], sent_by_us=True)
    bodies = [e.body for e in ENDPOINTS if e.takes_json]
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
    tidy = partial(_tidy_all, sent_by_us=False)
    for declared in ENDPOINTS:
        operation = describe_operation(declared, renamed, tidy, others=ENDPOINTS)
        paths.setdefault(f"/{declared.path}", {})[declared.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "MLOps Lab", "version": "1", "description": _ABOUT},
        "servers": [{"url": api_root, "description": "Below the server's base URL."}],
        "security": [{"jupyter": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def make_asyncapi() -> Schema:
    """Return the AsyncAPI 3.0 document of the events."""
    change = _components([Change], sent_by_us=True)["Change"]
    fields = {"schema_id": {"const": SCHEMA_ID}, **change["properties"]}
    payload = change | {"properties": fields, "required": list(fields)}
    message = {
        "name": "change",
        "title": "A record moved",
        "contentType": "application/json",
        "payload": payload,
    }
    scheme = {
        "type": "httpApiKey",
        "in": "header",
        "name": "Authorization",
        "description": SECURITY_SCHEMES["jupyter"]["description"],
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events of MLOps Lab",
            "version": "1",
            "description": "One message for each record that moved. It holds nothing of the record. "
            "Who sees a gap in `seq`, or was not connected, asks `GET changes?after=SEQ`.",
        },
        "servers": {
            "jupyter": {
                "host": "localhost:8888",
                "protocol": "ws",
                "description": "The Jupyter server; the channel is below its base URL.",
                "security": [{"$ref": "#/components/securitySchemes/jupyter"}],
            }
        },
        "channels": {
            "events": {
                "address": "api/events/subscribe",
                "description": "The stream of all events of the Jupyter server: take those with "
                "this `schema_id`.",
                "messages": {"change": {"$ref": "#/components/messages/change"}},
            }
        },
        "operations": {
            "receiveChange": {
                "action": "receive",
                "channel": {"$ref": "#/channels/events"},
                "messages": [{"$ref": "#/channels/events/messages/change"}],
            }
        },
        "components": {"messages": {"change": message}, "securitySchemes": {"jupyter": scheme}},
    }


@cache
def render_contract(*, api_root: str = f"/{API_ROOT}") -> str:
    """Return the contract of the routes as its file holds it."""
    return json.dumps(make_openapi(api_root=api_root), indent=2, ensure_ascii=False) + "\n"


@cache
def render_events() -> str:
    """Return the contract of the events as its file holds it."""
    return json.dumps(make_asyncapi(), indent=2, ensure_ascii=False) + "\n"


def _components(types: Iterable[Any], *, sent_by_us: bool) -> dict[str, Schema]:
    _, found = msgspec.json.schema_components(tuple(types), ref_template=REF + "{name}")
    _tidy_all(found, sent_by_us=sent_by_us)
    return found


def _tidy_all(schema: Schema, *, sent_by_us: bool) -> None:
    for node in _walk(schema):
        _tidy(node, sent_by_us=sent_by_us)


def _tidy(node: Schema, *, sent_by_us: bool) -> None:
    if isinstance(node.get("description"), str):
        node["description"] = inspect.cleandoc(node["description"])
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
        name = ref.removeprefix(REF)
        changed["$ref"] = REF + renamed.get(name, name)
    return changed


if __name__ == "__main__":
    contract = Path(sys.argv[1])
    contract.write_text(render_contract(), encoding="utf-8")
    contract.with_name(EVENTS_FILE).write_text(render_events(), encoding="utf-8")
