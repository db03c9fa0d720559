"""Owns whole numbers in JSON: 3.0 is 3 where a type wants an integer, and stays 3.0 elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec import inspect


def with_whole_numbers(value: Any, kind: Any) -> Any:
    """Return decoded JSON with 3.0 made 3 wherever ``kind`` takes an integer and no float.

    To JSON, and to JavaScript, they are the same number. What does not fit ``kind`` stays as it is.
    """
    return _fit(value, _described(kind))


@cache
def _described(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _bare(kind: inspect.Type) -> inspect.Type:
    return _bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def _fit(value: Any, described: inspect.Type) -> Any:
    wanted = _bare(described)
    if isinstance(wanted, inspect.UnionType):
        return _fit_one_of(value, wanted.types)
    if isinstance(value, float):
        is_whole = isinstance(wanted, inspect.IntType) and value.is_integer()
        return int(value) if is_whole else value
    if isinstance(value, dict):
        return _fit_object(value, wanted)
    if isinstance(value, list):
        return _fit_array(value, wanted)
    return value


def _fit_object(value: dict[str, Any], wanted: inspect.Type) -> dict[str, Any]:
    if isinstance(wanted, inspect.DictType):
        return {name: _fit(item, wanted.value_type) for name, item in value.items()}
    if not isinstance(wanted, inspect.StructType) or wanted.array_like:
        return value
    kinds = {field.encode_name: field.type for field in wanted.fields}
    return {
        name: _fit(item, kinds[name]) if name in kinds else item for name, item in value.items()
    }


def _fit_array(value: list[Any], wanted: inspect.Type) -> list[Any]:
    if isinstance(wanted, inspect.ListType | inspect.VarTupleType):
        return [_fit(item, wanted.item_type) for item in value]
    if isinstance(wanted, inspect.TupleType):
        return _fit_each(value, wanted.item_types)
    if isinstance(wanted, inspect.StructType) and wanted.array_like:
        begin = 0 if wanted.tag is None else 1
        fields = _fit_each(value[begin:], [field.type for field in wanted.fields])
        return [*value[:begin], *fields]
    return value


def _fit_each(values: list[Any], kinds: Iterable[inspect.Type]) -> list[Any]:
    known = list(kinds)
    fitted = [_fit(value, kind) for value, kind in zip(values, known, strict=False)]
    return [*fitted, *values[len(known) :]]


def _fit_one_of(value: Any, kinds: Iterable[inspect.Type]) -> Any:
    """Fit a value to the one of these types that it can be; a struct is known by its tag."""
    options = [kind for kind in map(_bare, kinds) if _may_be(value, kind)]
    return _fit(value, options[0]) if len(options) == 1 else value


def _may_be(value: Any, kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.AnyType | inspect.RawType):
        return True
    if isinstance(value, float):
        return isinstance(kind, inspect.IntType | inspect.FloatType)
    if isinstance(kind, inspect.StructType):
        return _has_tag(value, kind)
    if isinstance(value, dict):
        return isinstance(kind, inspect.DictType)
    return isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.TupleType)


def _has_tag(value: Any, kind: inspect.StructType) -> bool:
    if kind.array_like:
        return isinstance(value, list) and (kind.tag is None or value[:1] == [kind.tag])
    if not isinstance(value, dict):
        return False
    return kind.tag_field is None or value.get(kind.tag_field) == kind.tag
