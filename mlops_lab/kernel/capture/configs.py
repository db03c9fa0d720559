"""Owns which objects hold settings, and how they become params: flattened, with dots."""

from __future__ import annotations

import argparse
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator, Mapping
from types import FunctionType, MappingProxyType, MemberDescriptorType, SimpleNamespace
from typing import Any

import msgspec

from mlops_lab.core.errors import InvalidInputError

from .families import own_values
from .params import literal_text, option_text

MAX_FIELDS = 100
"""An object that holds more settings than this is data when the user did not name it."""

MAX_NAMED_FIELDS = 1_000
"""Of an object that the user names so many settings are stored."""

_MAX_DEPTH = 8
_MAX_PATH = 250
_DICTS = frozenset({dict, OrderedDict, defaultdict, MappingProxyType})


class Flat(msgspec.Struct, frozen=True):
    """The settings of an object as texts, by dotted name, and how many could not be written."""

    texts: dict[str, str]
    left_out: int = 0


def flatten(name: str, fields: Mapping[str, Any], *, items: int) -> Flat:
    """Return the texts of ``fields`` and of what they hold, such as ``cfg.model.depth``.

    Of a field that is no setting nothing is stored, and it is counted.
    """
    texts: dict[str, str] = {}
    left_out = 0
    for path, value in leaves(name, fields):
        text = literal_text(path, value, items=items) if len(texts) < items else None
        if text is None or len(path) > _MAX_PATH:
            left_out += 1
        else:
            texts[path] = text
    return Flat(texts, left_out)


def leaves(name: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield dotted path and value of the fields, and instead of objects that hold some, of theirs."""
    waiting: deque[tuple[str, Mapping[str, Any], int]] = deque([(name, fields, 0)])
    while waiting:
        path, held, depth = waiting.popleft()
        for key, value in held.items():
            inner = f"{path}.{key}" if path else key
            nested = fields_of(value) if depth < _MAX_DEPTH else None
            if nested:
                waiting.append((inner, nested, depth + 1))
            else:
                yield inner, value


def named_params(name: str, value: Any) -> Flat | None:
    """Return the params of a value that the user named; None when nothing in it is a setting."""
    fields = fields_of(value) or class_fields(value)
    text = option_text(name, value) if fields is None else None
    if text is not None:
        return Flat({name: text})
    fields = fields or named_fields(value)
    flat = flatten(name, fields, items=MAX_NAMED_FIELDS) if fields else None
    return flat if flat is not None and flat.texts else None


def settings_to_log(params: Any) -> dict[str, Any]:
    """Return name and value of what ``log_params`` is to log.

    Raises:
        InvalidInputError: ``params`` is no mapping and holds no settings.
    """
    if isinstance(params, Mapping) and fields_of(params) is None:
        return dict(params)
    fields = named_fields(params)
    if fields is None:
        raise InvalidInputError(
            f"A {type(params).__name__} holds no params.",
            hint="Give a dict, a namespace, or an object with values in its attributes.",
        )
    found = dict(leaves("", fields))
    if isinstance(params, Mapping):
        return found
    return {name: value for name, value in found.items() if option_text(name, value) is not None}


def fields_of(value: Any) -> dict[str, Any] | None:
    """Return the settings that an object holds, None for an object that is not made to hold them.

    These are dicts whose keys are texts, ``argparse.Namespace``, ``SimpleNamespace``, dataclasses,
    attrs classes, named tuples, pydantic models and OmegaConf's; no code of their classes is run.
    """
    kind = type(value)
    if kind in _DICTS:
        return _keyed(value)
    if issubclass(kind, argparse.Namespace | SimpleNamespace):
        return public(own_values(value))
    if kind.__module__.partition(".")[0] == "omegaconf":
        return _omega_fields(value)
    return _declared_fields(value, kind)


def is_settings(value: Any) -> bool:
    """Tell whether the object can be nothing but settings, whoever made it."""
    kind = type(value)
    return issubclass(kind, argparse.Namespace) or kind.__module__.startswith("omegaconf.")


def class_fields(value: Any) -> dict[str, Any] | None:
    """Return the settings in the body of a notebook's class that has no functions in it."""
    if type(value) is not type or value.__module__ != "__main__":
        return None
    held = {key: part for key, part in vars(value).items() if not key.startswith("_")}
    has_code = any(_is_code(part) for part in vars(value).values())
    return None if has_code or not held else held


def named_fields(value: Any) -> dict[str, Any] | None:
    """Return what an object holds that the user says holds settings: its public values at least."""
    found = fields_of(value) or class_fields(value)
    if found:
        return found
    if issubclass(type(value), dict):
        return _keyed(dict(dict.items(value)))
    return public(own_values(value)) or None


def public(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values whose names do not begin with ``_``."""
    return {name: part for name, part in values.items() if not name.startswith("_")}


def _keyed(value: Mapping[Any, Any]) -> dict[str, Any] | None:
    if not value or len(value) > MAX_NAMED_FIELDS:
        return None
    if not all(type(key) is str and key.strip() and key.isprintable() for key in value):
        return None
    return dict(value)


def _declared_fields(value: Any, kind: type) -> dict[str, Any] | None:
    held = _lookup(kind, "__dataclass_fields__")
    if held is None:
        held = _lookup(kind, "__pydantic_fields__") or _lookup(kind, "__fields__")
    if isinstance(held, dict):
        return _values_of(value, kind, held)
    attributes = _lookup(kind, "__attrs_attrs__")
    if isinstance(attributes, tuple):
        return _values_of(value, kind, [attribute.name for attribute in attributes])
    names = _lookup(kind, "_fields")
    if issubclass(kind, tuple) and type(names) is tuple:
        return dict(zip(names, tuple.__iter__(value), strict=False))
    return None


def _values_of(value: Any, kind: type, names: Any) -> dict[str, Any]:
    """Return the values of fields, from the object itself or its slots, and never by a property."""
    own = own_values(value)
    found = {}
    for name in names:
        if name in own:
            found[name] = own[name]
            continue
        slot = _lookup(kind, name)
        if isinstance(slot, MemberDescriptorType):
            try:
                found[name] = slot.__get__(value)
            except AttributeError:
                continue
    return public(found)


def _lookup(kind: type, name: str) -> Any:
    for base in kind.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return None


def _omega_fields(value: Any) -> dict[str, Any] | None:
    omegaconf = sys.modules.get("omegaconf")
    if omegaconf is None or type(value) is not omegaconf.DictConfig:
        return None
    try:
        return _keyed(omegaconf.OmegaConf.to_container(value, resolve=True))
    except Exception:  # noqa: BLE001 - a value that cannot be resolved is stored as it is written
        return _keyed(omegaconf.OmegaConf.to_container(value, resolve=False))


def _is_code(part: Any) -> bool:
    return isinstance(part, FunctionType | staticmethod | classmethod | property)
