"""Owns which params a cell has: what it gives to names, what it takes, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mlops_lab.core.capture import CaptureKind

from .base import Outcome, Watched
from .called import globals_of_calls
from .cell import CellReading
from .configs import MAX_FIELDS, class_fields, fields_of, flatten, is_settings
from .metrics import to_number
from .params import MAX_READ_CHARS, MAX_READ_ITEMS, is_one_of, literal_text, param_text


class Found(msgspec.Struct, frozen=True):
    """Params by name: their texts, and for each where it came from, in a few words."""

    texts: dict[str, str] = {}
    details: dict[str, str] = {}

    def without(self, names: frozenset[str]) -> Found:
        """Return those that are, or are part of, none of ``names``."""
        kept = {n: t for n, t in self.texts.items() if not _belongs(n, names)}
        return Found(kept, self.details)


class _Seen(msgspec.Struct, frozen=True):
    reads: Found
    late: Found
    held: dict[str, int]


class ParamsCapture:
    """Records the params that a cell assigns, and those that it reads, which count from its start."""

    kind: CaptureKind = "params"

    def before(self, cell: Watched) -> _Seen | None:
        """Record the globals that the cell takes; one that it also assigns waits for the end."""
        if cell.reading is None:
            return None
        reading, namespace = cell.reading, cell.namespace
        given = frozenset(cell.options.params) | cell.injected
        reads = read_params(reading, namespace, hidden=cell.shell.user_ns_hidden).without(given)
        own = frozenset(reading.literals) | frozenset(reading.parts)
        early = reads.without(own)
        cell.run.add_params(early.texts, origin="read", details=early.details)
        # Their identities only: what the cell lets go of must go when it would go without us.
        names = (*reading.computed, *reading.classes)
        held = {name: id(namespace[name]) for name in names if name in namespace}
        return _Seen(early, reads, held)

    def after(
        self,
        cell: Watched,
        seen: _Seen | None,
        outcome: Outcome,
    ) -> None:
        """Record the literals and settings that names of the cell hold at its end."""
        if cell.reading is None or seen is None:
            return
        given = frozenset(cell.options.params) | cell.injected
        found = assigned_params(cell.reading, cell.namespace).without(given)
        made = made_settings(
            cell.reading, cell.namespace, before=seen.held, ended_well=outcome.ended_well
        ).without(given)
        for one in (found, made):
            cell.run.add_params(one.texts, origin="assigned", details=one.details)
        cell.run.add_params(seen.late.texts, origin="read", details=seen.late.details)


def read_params(
    reading: CellReading, namespace: Mapping[str, Any], *, hidden: Mapping[str, Any]
) -> Found:
    """Return the simple globals that the cell takes from what ran before it, also by calls.

    Call it before the cell runs. ``hidden`` holds the names that IPython itself put there. A number
    that the cell only shows, with its last line, is a metric and left out.
    """
    readers = {**globals_of_calls(reading.reads, namespace), **reading.readers}
    names = dict.fromkeys([*reading.reads, *(n for n in readers if n not in reading.bound)])
    found = Found({}, {})
    for name in names:
        value = namespace.get(name, found)
        if value is found or name.startswith("_") or hidden.get(name, found) is value:
            continue
        if name == reading.shown and to_number(value) is not None:
            continue
        line = reading.read_lines.get(name)
        detail = f"line {line}" if line is not None else f"read by {readers.get(name, '')}"
        texts = _texts_read(name, value)
        found.texts.update(texts)
        found.details.update(dict.fromkeys(texts, detail))
    return found


def assigned_params(reading: CellReading, namespace: Mapping[str, Any]) -> Found:
    """Return the names, and places in dicts and settings, that still hold the cell's literals."""
    found = Found({}, {})
    for name, literals in reading.literals.items():
        value = namespace.get(name, found)
        if name.startswith("_") or value is found:
            continue
        _put(found, _texts_left(name, value, literals), reading.lines.get(name))
    for name, parts in reading.parts.items():
        fields = fields_of(namespace.get(name))
        if name.startswith("_") or fields is None:
            continue
        for path, literal in parts.items():
            line = reading.lines.get(f"{name}.{path}", reading.lines.get(name))
            _put(found, _texts_at(name, fields, path, literal), line)
    return found


def made_settings(
    reading: CellReading,
    namespace: Mapping[str, Any],
    *,
    before: Mapping[str, int],
    ended_well: bool,
) -> Found:
    """Return the settings in objects that the cell made: by calling their class, or of argparse.

    So are those in the classes without functions that it defines.
    What another function returns is a result and no setting, unless its class has no other use.
    """
    found = Found({}, {})
    for name, certain in reading.computed.items():
        value = namespace.get(name)
        if name.startswith("_") or value is None:
            continue
        if before.get(name) == id(value) and not (certain and ended_well):
            continue
        kind = type(value)
        if kind is dict or not (is_settings(value) or reading.called.get(name) == kind.__name__):
            continue
        fields = fields_of(value)
        if fields:
            flat = flatten(name, fields, items=MAX_FIELDS)
            _put(found, flat.texts, reading.lines.get(name))
    for name, line in reading.classes.items():
        made = namespace.get(name)
        fields = class_fields(made)
        if made is None or not fields or name.startswith("_") or before.get(name) == id(made):
            continue
        if all(base.__module__ == "__main__" for base in made.__mro__[1:-1]):
            _put(found, flatten(name, fields, items=MAX_FIELDS).texts, line)
    return found


def _put(found: Found, texts: Mapping[str, str], line: int | None) -> None:
    found.texts.update(texts)
    if line:
        found.details.update(dict.fromkeys(texts, f"line {line}"))


def _texts_read(name: str, value: Any) -> dict[str, str]:
    """Return the params that one global makes; none when it is no setting, or too much for one."""
    if isinstance(type(value), type) and type(value) is str and len(value) > MAX_READ_CHARS:
        return {}
    try:
        fields = fields_of(value) or class_fields(value)
        if fields:
            flat = flatten(name, fields, items=MAX_FIELDS)
            is_data = type(value) is dict and flat.left_out
            return {} if is_data else _short(flat.texts)
        text = literal_text(name, value, items=MAX_READ_ITEMS)
    except Exception:  # noqa: BLE001 - a value that cannot be looked at is no param
        return {}
    return _short({name: text}) if text is not None else {}


def _texts_assigned(name: str, value: Any) -> dict[str, str]:
    fields = fields_of(value)
    if fields:
        flat = flatten(name, fields, items=MAX_FIELDS)
        if not flat.left_out:
            return flat.texts
    return {name: param_text(name, value)}


def _texts_left(name: str, value: Any, literals: list[Any]) -> dict[str, str]:
    """Return the params of a value that is still one of the literals, or what is left of a dict."""
    if is_one_of(value, literals):
        return _texts_assigned(name, value)
    fields = fields_of(value)
    texts: dict[str, str] = {}
    for literal in literals if fields else []:
        for key, part in literal.items() if type(literal) is dict else ():
            if type(key) is str and fields and key in fields:
                texts.update(_texts_left(f"{name}.{key}", fields[key], [part]))
    return texts


def _texts_at(name: str, fields: Any, path: str, literal: Any) -> dict[str, str]:
    """Return the params at a dotted path as far as it still holds the literal."""
    value: Any = fields
    for part in path.split("."):
        held = value if isinstance(value, dict) else fields_of(value)
        if not held or part not in held:
            return {}
        value = held[part]
    return _texts_left(f"{name}.{path}", value, [literal])


def _short(texts: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if len(text) <= MAX_READ_CHARS}


def _belongs(name: str, names: frozenset[str]) -> bool:
    return name in names or any(name.startswith(f"{one}.") for one in names)
