"""Owns one route in the contract: its parameters, body, answers, errors, and who may call."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from .endpoint import (
    Download,
    Endpoint,
    IdempotencyKey,
    JsonText,
    NotebookContent,
    PlainText,
)
from .problem import CONTENT_TYPE

Schema = dict[str, Any]

REF = "#/components/schemas/"
_BYTES = {"type": "string", "format": "binary"}
CONTENTS: dict[Any, tuple[str, Schema]] = {
    NotebookContent: ("application/json", {"$ref": REF + "NotebookContent"}),
    JsonText: ("application/json", {"type": "object", "additionalProperties": {}}),
    PlainText: ("text/plain", {"type": "string"}),
    # A file has the type that it was kept with, and may be JSON as well as a picture.
    Download: ("*/*", {}),
}
"""Media type and schema of the answers that are no struct of ours."""

SECURITY_SCHEMES: Schema = {
    "jupyter": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`token TOKEN` or `Bearer TOKEN` with the token of the Jupyter server, "
        "or of the user on a hub.",
    },
    "login": {
        "type": "apiKey",
        "in": "cookie",
        "name": "_xsrf",
        "description": "The cookies of a browser that is logged in to the Jupyter server.",
    },
    "xsrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-XSRFToken",
        "description": "The value of the cookie `_xsrf`: with cookies alone nobody writes.",
    },
    "kernel": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that kernels inherit; good for what kernels need only.",
    },
}

_NAMED = re.compile(r"{([a-z_.]+)}")
_SECONDS = {"type": "string", "pattern": "^[0-9]+$"}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": _SECONDS}
}
_RANGE = "The bytes that are asked for, such as `bytes=1048576-`; anything else means all of them."
_ETAG = {
    "ETag": {
        "description": "Changes with the answer; give it as `If-None-Match` to be told of a change.",
        "required": True,
        "schema": {"type": "string"},
    }
}
_LINK = {
    "Link": {
        "description": 'The next page, `<ADDRESS>; rel="next"` (RFC 8288); not on the last one.',
        "schema": {"type": "string"},
    }
}
_LOCATION = {
    "Location": {
        "description": "The address of what was made.",
        "required": True,
        "schema": {"type": "string"},
    }
}


def describe_operation(
    declared: Endpoint, renamed: Mapping[str, str], tidy: Any, *, others: Iterable[Endpoint]
) -> Schema:
    """Return the operation of a route.

    Args:
        declared: the route.
        renamed: structs that have another name in the contract when they come in.
        tidy: makes a schema of msgspec one of the contract, in place.
        others: all routes, of which some are about what this one makes.
    """
    operation: Schema = {
        "operationId": declared.operation_id,
        "summary": declared.summary,
        "description": inspect.cleandoc(declared.run.__doc__ or ""),
        "tags": [declared.path.partition("/")[0]],
        "security": _security(declared),
    }
    parameters = [
        *_path_parameters(declared),
        *_query_parameters(declared, tidy),
        *_header_parameters(declared),
    ]
    if parameters:
        operation["parameters"] = parameters
    if declared.takes_bytes:
        operation["requestBody"] = {
            # No bytes are bytes too: an empty file.
            "required": False,
            "content": {declared.media_type: {"schema": _BYTES}},
        }
    elif declared.body is not None:
        name = declared.body.__name__
        schema = _ref(renamed.get(name, name)) | _at_least_one(declared.needs)
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    operation["responses"] = {
        str(declared.status): _success(declared) | _links(declared, others),
        **_partial(declared),
        **_not_modified(declared),
        **_problems(declared),
    }
    return operation


def _at_least_one(names: Iterable[str]) -> Schema:
    options = [
        {"required": [name], "properties": {name: {"type": "string", "minLength": 1}}}
        for name in names
    ]
    return {"anyOf": options} if options else {}


def _security(declared: Endpoint) -> list[Schema]:
    is_reading = declared.method in ("GET", "HEAD")
    browser: Schema = {"login": []} if is_reading else {"login": [], "xsrf": []}
    kernel: list[Schema] = [{"kernel": []}] if declared.scope == "kernel" else []
    return [{"jupyter": []}, browser, *kernel]


def _path_parameters(declared: Endpoint) -> Iterator[Schema]:
    for name, kind in declared.path_types.items():
        schema = msgspec.json.schema(kind)
        yield _parameter("path", name, schema, required=True)


def _query_parameters(declared: Endpoint, tidy: Any) -> Iterator[Schema]:
    if declared.query is None:
        return
    _, found = msgspec.json.schema_components((declared.query,), ref_template=REF + "{name}")
    schema = found[declared.query.__name__]
    tidy(schema)
    for name, field in schema["properties"].items():
        yield _parameter("query", name, field, required=name in schema.get("required", ()))


def _header_parameters(declared: Endpoint) -> Iterator[Schema]:
    if _sends_pieces(declared):
        # What is no range of bytes is no error: it is as if nothing was said.
        found = _parameter("header", "Range", {"type": "string"}, required=False)
        yield found | {"description": _RANGE}
    if declared.takes_key:
        schema = msgspec.json.schema(IdempotencyKey)
        yield _parameter("header", "Idempotency-Key", schema, required=False)


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


def _success(declared: Endpoint) -> Schema:
    success: Schema = {"description": "Success"}
    headers: Schema = {}
    if declared.method in ("GET", "HEAD"):
        headers |= _ETAG
    if "next_cursor" in getattr(declared.answer, "__struct_fields__", ()):
        headers |= _LINK
    if declared.location is not None:
        headers |= _LOCATION
    if headers:
        success["headers"] = headers
    if declared.answer in CONTENTS and declared.method != "HEAD":
        media_type, schema = CONTENTS[declared.answer]
        success["content"] = {media_type: {"schema": schema}}
    elif declared.answer is not None and declared.method != "HEAD":
        success["content"] = {"application/json": {"schema": _ref(declared.answer.__name__)}}
    return success


def _links(declared: Endpoint, others: Iterable[Endpoint]) -> Schema:
    """What can be asked of the record that a route makes."""
    if declared.location is None:
        return {}
    fields = _NAMED.findall(declared.location)
    values = [f"$response.body#/{field.replace('.', '/')}" for field in fields]
    made = _NAMED.sub("{}", declared.location).split("/")
    links = {
        other.operation_id: {
            "operationId": other.operation_id,
            "parameters": dict(zip(other.path_types, values, strict=False)),
        }
        for other in others
        if _NAMED.sub("{}", other.path).split("/")[: len(made)] == made
    }
    return {"links": links} if links else {}


def _sends_pieces(declared: Endpoint) -> bool:
    """Whether some bytes may be asked for: a file that is made for its caller goes as a whole."""
    return declared.answer is Download and declared.method == "GET" and declared.answers_head


def _partial(declared: Endpoint) -> dict[str, Schema]:
    if not _sends_pieces(declared):
        return {}
    media_type, schema = CONTENTS[Download]
    piece = {
        "description": "The bytes that `Range` asks for",
        "headers": _ETAG | {"Content-Range": {"schema": {"type": "string"}}},
        "content": {media_type: {"schema": schema}},
    }
    beyond = _problem(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "There are no such bytes")
    return {"206": piece, "416": beyond}


def _not_modified(declared: Endpoint) -> dict[str, Schema]:
    if declared.method not in ("GET", "HEAD"):
        return {}
    return {"304": {"description": "As `If-None-Match` knows it", "headers": _ETAG}}


def _problems(declared: Endpoint) -> dict[str, Schema]:
    takes_input = bool(declared.path_types) or declared.query is not None
    takes_input = takes_input or declared.body is not None
    said: dict[int, str] = {
        HTTPStatus.BAD_REQUEST: "The input cannot be used",
        HTTPStatus.FORBIDDEN: "Nobody is logged in, or may do this",
    }
    if takes_input:
        said[HTTPStatus.NOT_FOUND] = "A record that was named does not exist"
    if declared.method not in ("GET", "HEAD") or HTTPStatus.CONFLICT in declared.errors:
        said[HTTPStatus.CONFLICT] = "The state of the record does not allow it"
    if takes_input and declared.method not in ("GET", "HEAD"):
        said[HTTPStatus.REQUEST_ENTITY_TOO_LARGE] = "Larger than a stated limit"
    if declared.takes_json:
        said[HTTPStatus.UNSUPPORTED_MEDIA_TYPE] = "The body is labelled as something else than JSON"
    if declared.takes_json or declared.takes_bytes or declared.lane == "making":
        said[HTTPStatus.TOO_MANY_REQUESTS] = "Too much is being done at once; nothing was stored"
    said[HTTPStatus.INTERNAL_SERVER_ERROR] = "An error of the server"
    said[HTTPStatus.SERVICE_UNAVAILABLE] = "The store cannot be used now"
    return {str(int(status)): _problem(status, text) for status, text in said.items()}


def _problem(status: int, text: str) -> Schema:
    found: Schema = {"description": text}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        found["headers"] = _RETRY_AFTER
    return found | {"content": {CONTENT_TYPE: {"schema": _ref("Problem")}}}


def _ref(name: str) -> Schema:
    return {"$ref": REF + name}
