"""Owns how a request becomes the input of a route, and what is said when it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_origin, get_type_hints

import msgspec

from mlops_lab.core.errors import InvalidInputError, LimitError, did_you_mean
from mlops_lab.core.limits import MAX_BATCH_BYTES
from mlops_lab.store.artifacts import Incoming

from .endpoint import Endpoint

_JUPYTERS = frozenset({"token", "_xsrf", "no_track_activity"})
"""Query parameters that belong to the Jupyter server, on every route."""

_HINT = "The contract of all routes is contract/openapi.json."


def decode_input(
    declared: Endpoint,
    *,
    path: Mapping[str, str],
    query: Mapping[str, Sequence[bytes]],
    body: bytes,
) -> dict[str, Any]:
    """Return the arguments of ``declared.run`` besides ``call``, and a body that was streamed.

    Raises:
        InvalidInputError: something is missing, unknown or of a wrong type; says which and where.
        LimitError: the body is larger than ``MAX_BATCH_BYTES``.
    """
    arguments = {
        name: _convert(path[name], kind, f"path parameter {name!r}")
        for name, kind in declared.path_types.items()
    }
    given = _decode_query(declared, query)
    if declared.query is not None:
        arguments["query"] = _convert(given, declared.query, "query")
    if declared.body is not None and declared.body is not Incoming:
        arguments["body"] = _decode_body(declared.body, body)
    return arguments


def _decode_query(declared: Endpoint, query: Mapping[str, Sequence[bytes]]) -> dict[str, Any]:
    known = {} if declared.query is None else get_type_hints(declared.query)
    given: dict[str, Any] = {}
    for name, raw in query.items():
        # JupyterLab appends a bare number to addresses, so that no cache answers.
        if name in _JUPYTERS or (name.isdigit() and raw == [b""]):
            continue
        if name not in known:
            raise InvalidInputError(
                f"{declared.method} {declared.path} has no query parameter {name!r}.",
                hint=did_you_mean(name, known) or "It has none.",
            )
        values = [_decode_text(value, name) for value in raw]
        if get_origin(known[name]) is list:
            given[name] = values
        elif len(values) > 1:
            raise InvalidInputError(
                f"The query parameter {name!r} is given {len(values)} times.", hint="Give it once."
            )
        else:
            given[name] = values[0]
    return given


def _decode_text(value: bytes, name: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The query parameter {name!r} is not UTF-8 text.", hint="Encode it as UTF-8."
        ) from error


def _convert(value: Any, kind: Any, what: str) -> Any:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"The {what} does not fit: {error}.", hint=_HINT) from error


def _decode_body(kind: Any, body: bytes) -> Any:
    if len(body) > MAX_BATCH_BYTES:
        raise LimitError(
            f"The body has {len(body):,} bytes.",
            hint=f"The limit is {MAX_BATCH_BYTES:,} bytes; send less at once.",
        )
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"The body does not fit: {error}.", hint=_HINT) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The body is not JSON: {error}.", hint="Send JSON.") from error
    except RecursionError as error:
        raise InvalidInputError("The body is nested too deeply.", hint="Flatten it.") from error
