"""Owns the JSON of MLflow's protocol: requests read as protobuf reads them, and numbers as it writes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from .errors import missing_value, wrong_value

_INT64 = range(-(2**63), 2**63)
_WORDS = {"true": True, "false": False}
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Request(msgspec.Struct):
    """The input of a route. A field without a default is required; unknown fields are ignored."""


class Answer(msgspec.Struct, omit_defaults=True):
    """The output of a route, or a part of one; what has its default value is left out."""


class Attached(msgspec.Struct, frozen=True):
    """The output of a route that is a small file of JSON."""

    file_name: str
    content: Any


class KeyValue(Request):
    """A tag or param as it is sent."""

    key: str = ""
    value: str = ""


class Tag(msgspec.Struct):
    """A tag or param as it is answered."""

    key: str
    value: str


def wire_float(value: float | None) -> float | str:
    """Return a number as protobuf writes it in JSON: what is not finite is a word; None is NaN."""
    if value is None or math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def is_repeated(kind: type[Request], name: str) -> bool:
    """Tell whether a field takes a list, so that a query may give it several times."""
    return any(
        field.name == name and get_origin(_plain(field.type)) is list for field in _plan(kind)
    )


def read_request(kind: type[Request], data: Mapping[str, Any]) -> Request:
    """Return the request that ``data`` holds.

    Raises:
        MlflowError: a required field is missing, or a value is of another type.
    """
    if "run_id" not in data and "run_uuid" in data:
        data = {**data, "run_id": data["run_uuid"]}
    read: Request = _read_struct(kind, data, "")
    return read


def _read_struct(kind: Any, data: Mapping[str, Any], path: str) -> Any:
    values: dict[str, Any] = {}
    for field in _plan(kind):
        value = data.get(field.encode_name)
        where = f"{path}.{field.encode_name}" if path else field.encode_name
        if field.required and (value is None or value == ""):
            raise missing_value(where)
        if value is not None:
            values[field.name] = _read(field.type, value, where)
    return kind(**values)


@lru_cache(maxsize=512)
def _plan(kind: Hashable) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)  # type: ignore[arg-type]  # a class is hashable too


def _plain(kind: Any) -> Any:
    """Return a type without ``None`` and without annotations."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _plain(next(part for part in get_args(kind) if part is not NoneType))
    return kind


def _read(declared: Any, value: Any, path: str) -> Any:
    kind = _plain(declared)
    origin = get_origin(kind)
    if origin is list:
        if not isinstance(value, list):
            raise wrong_value(path, value)
        part = get_args(kind)[0]
        return [_read(part, one, f"{path}[{number}]") for number, one in enumerate(value)]
    if origin is dict:
        return _read_map(get_args(kind)[1], value, path)
    if origin is Literal:
        return _read_word(get_args(kind), value, path)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if not isinstance(value, dict):
            raise wrong_value(path, value)
        return _read_struct(kind, value, path)
    return _read_scalar(kind, value, path)


def _read_map(kind: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_value(path, value)
    return {str(name): _read(kind, one, f"{path}.{name}") for name, one in value.items()}


def _read_word(words: tuple[Any, ...], value: Any, path: str) -> Any:
    if value in words:
        return value
    raise wrong_value(path, value)


def _read_scalar(kind: Any, value: Any, path: str) -> Any:
    if kind is Any:
        return value
    if kind is str and isinstance(value, str):
        return value
    if kind is bool and (isinstance(value, bool) or str(value).lower() in _WORDS):
        return value if isinstance(value, bool) else _WORDS[value.lower()]
    number = _number(value) if kind in (int, float) else None
    if number is None:
        raise wrong_value(path, value)
    if kind is float:
        return _float(number, path, value)
    if number != number or number in (math.inf, -math.inf) or int(number) != number:  # noqa: PLR0124
        raise wrong_value(path, value)
    if int(number) not in _INT64:
        raise wrong_value(path, value)
    return int(number)


def _float(number: float, path: str, value: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        raise wrong_value(path, value) from None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return value
    if value in _NOT_FINITE:
        return _NOT_FINITE[value]
    try:
        return int(value)
    except ValueError:
        pass
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
