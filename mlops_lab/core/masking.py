"""Owns masking whole records: what services and imports store, with the secrets of all their texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from .carrying import (
    CarriedDataset,
    CarriedExperiment,
    CarriedLogged,
    CarriedModel,
    CarriedRecord,
    CarriedRun,
    CarriedSpans,
    CarriedTrace,
    CarriedVersion,
)
from .evaluation import EvaluationDataset, EvaluationRecord, ScorerVersion
from .inputs import Dataset, DatasetInput
from .loggedmodels import LoggedModel
from .registry import NewVersion
from .secretnames import is_secret_name, name_within
from .secrets import mask_text, mask_value
from .secretshapes import MASKED, mask_shapes
from .traces import Assessment, Span, Trace
from .tracking import Cell, Param, TagEntry

T = TypeVar("T", bound=msgspec.Struct)

_MAX_DEPTH = 100

# As short as no PIN, or with a point: numbers are no secrets, and here they are texts too.
_NUMBER = re.compile(r"[+-]?(?:\d{1,5}|\d{0,5}\.\d{1,20}(?:[eE][+-]?\d{1,3})?|\d[eE][+-]?\d{1,3})")

_WORDS_OF_MODELS = frozenset({"token", "token_str"})
_BESIDE_WORDS = frozenset({"logprob", "logprobs", "top_logprobs", "log_prob", "prob", "score"})
_SHORTEST = 8
"""A bare ``token`` of a JSON that is shorter, without digits, is a word of a language model."""

_TEXTS: dict[type, tuple[str, ...]] = {
    CarriedExperiment: ("tags",),
    CarriedModel: ("description", "tags", "versions"),
    CarriedVersion: ("source", "location", "description", "tags"),
    CarriedLogged: ("model",),
    CarriedTrace: ("trace",),
    CarriedSpans: ("spans",),
    CarriedDataset: ("dataset",),
    CarriedRecord: ("record",),
    CarriedRun: (
        "name",
        "error_message",
        "error_traceback",
        "params",
        "tags",
        "cells",
        "warnings",
        "inputs",
    ),
    Cell: ("source",),
    Dataset: ("name", "source", "schema", "profile"),
    DatasetInput: ("dataset", "tags"),
    EvaluationDataset: ("schema", "profile", "tags"),
    EvaluationRecord: ("content",),
    ScorerVersion: ("content",),
    NewVersion: ("source", "description", "tags"),
    LoggedModel: ("params", "tags", "status_message"),
    Trace: ("request_preview", "response_preview", "tags", "metadata", "assessments"),
    Assessment: ("content",),
}
"""The fields of a record that hold texts of people, or records with such."""


def masked(record: T) -> T:
    """Return a record with its secrets as ``***``; the very same one if it holds none.

    Secret is what ``core.secrets`` says, by name and by shape. Where a text is JSON, as the inputs
    of a span are, the names in it count, and it stays JSON.
    """
    if isinstance(record, TagEntry):
        return _replaced(record, {"value": mask_json(record.name, record.value)})
    if isinstance(record, Param):
        return _replaced(record, {"value": _mask_literal(record)})
    if isinstance(record, Span):
        return _replaced(record, {"name": mask_text(record.name), "content": _mask_span(record)})
    fields = {name: getattr(record, name) for name in _TEXTS[type(record)]}
    return _replaced(record, {name: _mask_field(value) for name, value in fields.items()})


def mask_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return tags or params by name with their secrets as ``***``."""
    return {name: mask_json(name, text) for name, text in texts.items()}


def mask_json(name: str, value: Any) -> Any:
    """Return what a client sent as JSON with its secrets as ``***``, also those in texts of JSON.

    Numbers stay, also under a name that is secret, such as counts of tokens; so do texts of short
    ones, and the words of language models that stand under ``token``.
    """
    try:
        return _masked(name, value, _MAX_DEPTH)
    except RecursionError:
        return MASKED


def mask_document(text: str) -> str:
    """Return a source, diff or JSON of a capture with its secrets as ``***``.

    In JSON the shape of a value counts alone: its names are those of packages and columns.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return mask_text(text)
    clean = mask_shapes(text)
    if clean == text:
        return text
    try:
        msgspec.json.decode(clean)
    except (msgspec.DecodeError, RecursionError):
        return mask_text(text)
    return clean


def _mask_field(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return masked(value)
    if isinstance(value, list):
        return [masked(one) if isinstance(one, msgspec.Struct) else mask_text(one) for one in value]
    return mask_json("", value)


def _replaced(record: T, changed: Mapping[str, Any]) -> T:
    if all(getattr(record, name) == value for name, value in changed.items()):
        return record
    return msgspec.structs.replace(record, **changed)


def _masked(name: str, value: Any, depth: int) -> Any:
    if not depth:
        return MASKED
    if isinstance(value, str):
        return _mask_string(name, value, depth)
    if isinstance(value, Mapping):
        return {
            key: one
            if key in _WORDS_OF_MODELS and _is_word(name, one, value)
            else _masked(name_within(name, str(key), value), one, depth - 1)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(name, one, depth - 1) for one in value]
    return value


def _mask_string(name: str, text: str, depth: int) -> str:
    if text.lstrip()[:1] in ("{", "[", '"'):
        try:
            found = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            found = None
        if found is not None:
            clean = _masked(name, found, depth - 1)
            return text if clean == found else msgspec.json.encode(clean).decode()
    if is_secret_name(name):
        return text if _NUMBER.fullmatch(text) else str(mask_value(name, text))
    return mask_text(text)


def _is_word(name: str, text: Any, whole: Mapping[Any, Any]) -> bool:
    """Tell whether what stands under ``token`` is a word that a language model read or wrote."""
    if not isinstance(text, str) or is_secret_name(name) or mask_text(text) != text:
        return False
    if not _BESIDE_WORDS.isdisjoint(whole) or not text.isascii() or text[:1].isspace():
        return True
    return len(text) < _SHORTEST and not any(char.isdigit() for char in text)


def _mask_span(record: Span) -> dict[str, Any]:
    """Return the content of a span; its attributes are JSON, also those that are a number."""
    attributes = record.content.get("attributes")
    if not isinstance(attributes, Mapping):
        whole: dict[str, Any] = mask_json("", record.content)
        return whole
    others = {name: value for name, value in record.content.items() if name != "attributes"}
    masks = {name: _mask_attribute(name, text) for name, text in attributes.items()}
    return {**mask_json("", others), "attributes": masks}


def _mask_attribute(name: str, text: Any) -> Any:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, TypeError, RecursionError):
        return mask_json(name, text)
    clean = mask_json(name, value)
    return text if clean == value else msgspec.json.encode(clean).decode()


def _mask_literal(param: Param) -> str:
    """Return the literal of a param with its secrets masked; what is none is masked as a text."""
    try:
        value = ast.literal_eval(param.value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return repr(MASKED) if is_secret_name(param.name) else mask_text(param.value)
    mask = mask_json if isinstance(value, str) else mask_value
    clean = mask(param.name, value)
    return param.value if clean == value else repr(clean)
