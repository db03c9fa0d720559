"""Owns the secrets that this process knows: found by their names, and masked in what is recorded."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

import msgspec

from mlops_lab.core.facets import FACET_TYPES, FacetKind
from mlops_lab.core.records import (
    CellCaptured,
    CellExecuted,
    ParamLogged,
    Record,
    RunFinished,
    RunStarted,
    TagSet,
    WarningNoted,
)
from mlops_lab.core.secretvalues import SecretValues

from .document import Document, make_document

_WORD = re.compile(r"[^\W\d]\w*")
_MAX_DEPTH = 4
_MAX_HOLDERS = 200
_FIELDS: dict[type, str] = {
    RunStarted: "name",
    CellCaptured: "source",
    CellExecuted: "source",
    ParamLogged: "value",
    TagSet: "value",
    WarningNoted: "text",
    RunFinished: "error",
}
"""Where the records hold words of the user; ids and digests are never changed."""


class SecretWatch:
    """Finds what secret names hold in this process; ``values`` is what was found so far."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.values = SecretValues()
        self._environ = environ
        self._has_begun = False
        self._read = ""
        self._names = _SecretNames()

    def look(self, source: str, namespace: Mapping[str, Any]) -> None:
        """Find the secrets in a cell and in the names of the user, as they are now.

        The values of secret names are taken in; where the cell speaks of secrets, also those inside
        the dicts and settings that it names. No code of the user's classes runs.
        """
        # Here, because loading the extension waits for nothing that a tracked cell needs first.
        from mlops_lab.core.secretfinding import secrets_of_names, secrets_of_text
        from mlops_lab.core.secretnames import may_name_secret

        if not self._has_begun:
            self._has_begun = True
            # Shells keep the working folder under this name.
            held = {name: value for name, value in self._environ.items() if name != "PWD"}
            self.values.add(secrets_of_names(held))
        names = self._names.of(namespace)
        self.values.add(secrets_of_names({name: namespace.get(name) for name in names}))
        if not may_name_secret(source):
            return
        if source != self._read:
            self._read = source
            self.values.add(secrets_of_text(source, self._environ))
        for name in dict.fromkeys(_WORD.findall(source)):
            if name in namespace:
                self._look_inside(namespace[name])

    def _look_inside(self, value: Any) -> None:
        from mlops_lab.core.secretfinding import secrets_of_names

        from .capture.configs import fields_of

        waiting, left = [(value, 0)], _MAX_HOLDERS
        while waiting and left:
            held, depth = waiting.pop()
            fields = None
            with suppress(Exception):  # what cannot be looked at holds nothing for us
                fields = fields_of(held)
            left -= 1
            if fields is None:
                continue
            self.values.add(secrets_of_names(fields))
            if depth < _MAX_DEPTH:
                waiting += [(part, depth + 1) for part in fields.values()]


class _SecretNames:
    """The secret names of a namespace; only what stands behind the names of before is looked at."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._known: list[str] = []

    def of(self, namespace: Mapping[str, Any]) -> list[str]:
        """Return the secret names among those of ``namespace``."""
        from mlops_lab.core.secretfinding import secret_names

        names, count = list(namespace), len(self._seen)
        if names[:count] != self._seen:
            count, self._known = 0, []
        self._known = [*self._known, *secret_names(names[count:])]
        self._seen = names
        return self._known


def masked_record(record: Record, values: SecretValues) -> Record:
    """Return ``record`` with the known secrets in the words of the user masked."""
    name = _FIELDS.get(type(record))
    held = getattr(record, name) if name is not None else None
    masked = _masked(held, values)
    return record if masked is held else msgspec.structs.replace(record, **{str(name): masked})


def masked_document(kind: FacetKind, document: Document, values: SecretValues) -> Document:
    """Return the document of a facet with the known secrets masked."""
    if not values.occur_in(document.text):
        return document
    content = msgspec.json.decode(document.text, type=FACET_TYPES[kind])
    masked = _masked(content, values)
    return document if masked is content else make_document(masked, what=kind)


def _masked(value: Any, values: SecretValues) -> Any:
    """Return a value with its texts masked; the very same object where none changes."""
    if isinstance(value, str):
        return values.mask(value)
    if isinstance(value, msgspec.Struct):
        held = {name: getattr(value, name) for name in _texts_of(type(value))}
        new = {name: _masked(part, values) for name, part in held.items()}
        changed = {name: part for name, part in new.items() if part is not held[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, dict):
        made = {k: v if _is_coded(k) else _masked(v, values) for k, v in value.items()}
        return made if any(made[k] is not v for k, v in value.items()) else value
    if isinstance(value, list):
        parts = [_masked(part, values) for part in value]
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    return value


@lru_cache(maxsize=256)
def _texts_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a struct that may hold any text, and not one of a few words."""
    fields = msgspec.structs.fields(kind)
    return tuple(field.name for field in fields if not _has_words(field.type))


def _has_words(annotation: Any) -> bool:
    return get_origin(annotation) is Literal or any(map(_has_words, get_args(annotation)))


def _is_coded(key: Any) -> bool:
    """Tell whether what stands under a key is base64: nothing in it is a secret but by chance."""
    return isinstance(key, str) and key.startswith("image/") and "svg" not in key
