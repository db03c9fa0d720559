"""Owns how a request becomes the input of a route, and what is said when it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, get_origin, get_type_hints

import msgspec

from mlops_lab.core.errors import InvalidInputError, LimitError, UnknownInputError, did_you_mean
from mlops_lab.core.limits import MAX_BATCH_BYTES

from .endpoint import Endpoint, IdempotencyKey
from .wholes import with_whole_numbers

JUPYTERS = frozenset({"token", "_xsrf", "no_track_activity"})
"""Query parameters that belong to the Jupyter server, on every route."""

_HINT = "The contract of all routes is contract/openapi.json."


def decode_input(
    declared: Endpoint,
    *,
    path: Mapping[str, str],
    query: Mapping[str, Sequence[bytes]],
    body: bytes | bytearray,
) -> dict[str, Any]:
    """Return the arguments of ``declared.run`` besides ``call``, and a body that was streamed.

    Raises:
        InvalidInputError: something is missing, unknown or of a wrong type; says which and where.
        UnknownInputError: nothing can be at this path.
        LimitError: the body is larger than ``MAX_BATCH_BYTES``.
    """
    arguments = {
        name: _convert_path(path[name], kind, name) for name, kind in declared.path_types.items()
    }
    given = _decode_query(declared, query)
    if declared.query is not None:
        arguments["query"] = _convert(given, declared.query, "query")
        _check_no_null(arguments["query"], given)
    if declared.takes_json:
        arguments["body"] = _decode_body(declared.body, body)
        _check_needs(declared, arguments["body"])
    return arguments


def read_key(declared: Endpoint, header: str | None) -> str | None:
    """Return the ``Idempotency-Key`` of a request, where the route takes one.

    Raises:
        InvalidInputError: it is empty, too long, or holds what is no visible ASCII.
    """
    if header is None or not declared.takes_key:
        return None
    key: str = _convert(header, IdempotencyKey, "header 'Idempotency-Key'")
    return key


def _decode_query(declared: Endpoint, query: Mapping[str, Sequence[bytes]]) -> dict[str, Any]:
    known = _fields_of(declared.query)
    given: dict[str, Any] = {}
    for name, raw in query.items():
        # JupyterLab appends a bare number to addresses, so that no cache answers.
        if name in JUPYTERS or (name.isdigit() and raw == [b""]):
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


@cache
def _fields_of(query: Any) -> Mapping[str, Any]:
    """Return the fields of the struct of a query by name; looking them up costs as much as a page."""
    return {} if query is None else get_type_hints(query)


def _check_no_null(query: Any, given: Mapping[str, Any]) -> None:
    """Refuse the word null, which is read as no value where a value may be left out."""
    for name, text in given.items():
        if getattr(query, name) is None:
            raise InvalidInputError(
                f"The query parameter {name!r} cannot be {text!r}.", hint="Leave it out."
            )


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


def _check_needs(declared: Endpoint, body: Any) -> None:
    if declared.needs and not any(getattr(body, name) for name in declared.needs):
        raise InvalidInputError(
            f"The body names none of {', '.join(declared.needs)}.",
            hint=f"Give {' or '.join(declared.needs)}.",
        )


def _convert_path(value: str, kind: Any, name: str) -> Any:
    """Raise UnknownInputError where no record can have such an address."""
    try:
        return _convert(value, kind, f"path parameter {name!r}")
    except InvalidInputError as error:
        raise UnknownInputError(error.message, hint=error.hint) from error


def _decode_body(kind: Any, body: bytes | bytearray) -> Any:
    if len(body) > MAX_BATCH_BYTES:
        raise LimitError(
            f"The body has {len(body):,} bytes.",
            hint=f"The limit is {MAX_BATCH_BYTES:,} bytes; send less at once.",
        )
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        return _decode_whole(kind, body, error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The body is not JSON: {error}.", hint="Send JSON.") from error
    except RecursionError as error:
        raise InvalidInputError("The body is nested too deeply.", hint="Flatten it.") from error


def _decode_whole(kind: Any, body: bytes | bytearray, error: msgspec.ValidationError) -> Any:
    """Decode once more, with 3.0 for 3: to JSON, and to JavaScript, they are the same number."""
    try:
        return msgspec.convert(with_whole_numbers(msgspec.json.decode(body), kind), kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInputError(f"The body does not fit: {error}.", hint=_HINT) from error
