"""Owns the text of a record without its head: what is known before the sequence number is."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from mlops_lab.core.records import Record

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


def split_record(record: Record) -> tuple[str, str]:
    """Return the tag of ``record`` and the JSON of its fields after ``seq``, without brackets."""
    try:
        text = msgspec.json.encode(record).decode()
    except UnicodeEncodeError:
        text = msgspec.json.encode(_without_surrogates(record)).decode()
    tag, _, rest = text[1:-1].partition(",")
    return tag.strip('"'), rest.partition(",")[2]


def quote(text: str) -> str:
    """Return ``text`` as a JSON string that UTF-8 can carry."""
    return json.dumps(_clean(text), ensure_ascii=False)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _without_surrogates(struct: _Struct) -> _Struct:
    """Return ``struct`` with every half of a surrogate pair, which UTF-8 lacks, as ``?``."""
    changed: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if isinstance(value, str):
            changed[name] = _clean(value)
        elif isinstance(value, msgspec.Struct):
            changed[name] = _without_surrogates(value)
    return msgspec.structs.replace(struct, **changed)
