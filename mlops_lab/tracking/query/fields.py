"""Owns the names of what a filter can ask about, with MLflow's names for the same."""

from __future__ import annotations

from typing import Literal

from mlops_lab.core.errors import all_near
from mlops_lab.core.query import ASPECTS, Aspect, Field, Grammar, Kind, QueryError
from mlops_lab.store.search_captured import LOOKED_UP
from mlops_lab.tracking.entries import canonical_package

ValueKind = Literal["text", "number", "time", "duration", "size"]

ATTRIBUTES: dict[str, ValueKind] = {
    "name": "text",
    "notebook": "text",
    "experiment": "text",
    "user": "text",
    "status": "text",
    "source": "text",
    "id": "text",
    "parent": "text",
    "identity": "text",
    "error": "text",
    "started": "time",
    "ended": "time",
    "archived": "time",
    "duration": "duration",
    "cpu": "duration",
    "peak_memory": "size",
    "artifact_uri": "text",
}
"""What a run itself has, and how its values are written."""

_ALIASES = {
    "run_name": "name",
    "run name": "name",
    "run_id": "id",
    "user_id": "user",
    "start_time": "started",
    "created": "started",
    "end_time": "ended",
    "notebook_path": "notebook",
    "parent_run_id": "parent",
    "duration_ms": "duration",
    "cpu_ms": "cpu",
}
_CAPTURED_ALIASES = {
    "column": "data.column",
    "feature": "data.column",
    "commit": "git.commit",
    "branch": "git.branch",
}
_PREFIXES: dict[str, Kind] = {
    "metric": "metric",
    "metrics": "metric",
    "param": "param",
    "params": "param",
    "parameter": "param",
    "parameters": "param",
    "tag": "tag",
    "tags": "tag",
    "attr": "attribute",
    "attribute": "attribute",
    "attributes": "attribute",
    "run": "attribute",
    "dataset": "dataset",
    "datasets": "dataset",
    "package": "package",
    "packages": "package",
}
_MLFLOW_ATTRIBUTES = {
    "run_id": "id",
    "run_name": "name",
    "run name": "name",
    "user_id": "user",
    "status": "status",
    "start_time": "started",
    "created": "started",
    "end_time": "ended",
    "artifact_uri": "artifact_uri",
}
DATASET_NAMES = ("name", "digest", "context")
_MLFLOW_KINDS = ("metric", "param", "tag", "attribute", "dataset")
_NAMED = ("params", "metrics", "tags", "package", "dataset")
_CAPTURED = sorted(LOOKED_UP)


def value_kind(field: Field) -> ValueKind:
    """Return how values of a field are written; those of params may be numbers as well."""
    if field.kind == "metric":
        return "number"
    return ATTRIBUTES.get(field.name, "text") if field.kind == "attribute" else "text"


def is_prefix(word: str) -> bool:
    """Tell whether a word with a dot behind it begins a field, such as ``metrics``."""
    return word.lower() in _PREFIXES


def find_field(
    word: str, quoted: str | None, aspect: str | None, *, position: int, grammar: Grammar
) -> Field:
    """Return the field that a word means.

    Args:
        word: as it was typed; it ends in a dot when a quoted name follows.
        quoted: the name in quotes behind the dot.
        aspect: what stands behind a quoted name, after another dot.
        position: of the word.
        grammar: whose names count.

    Raises:
        QueryError: there is no such field.
    """
    prefix, dot, rest = word.partition(".")
    kind = _PREFIXES.get(prefix.lower()) if dot else "attribute"
    name = rest if quoted is None else rest + quoted
    if grammar == "mlflow":
        return _mlflow_field(kind, name if dot else word, prefix=prefix, position=position)
    captured = _CAPTURED_ALIASES.get(word.lower(), word.lower())
    if quoted is None and captured in LOOKED_UP:
        return Field("captured", captured)
    if kind is None or (not dot and _attribute(word) is None):
        raise _unknown(word if quoted is None else word[:-1], position)
    if not name and dot:
        raise QueryError(
            f"A name is missing after '{word}'",
            position=position,
            hint=f"Example: {word}n = 200",
        )
    return _named(kind, name if dot else word, quoted, aspect, position=position)


def _named(
    kind: Kind, name: str, quoted: str | None, aspect: str | None, *, position: int
) -> Field:
    if aspect is not None and (kind != "metric" or aspect not in ASPECTS):
        raise QueryError(
            f"{aspect!r} cannot stand behind a name",
            position=position,
            hint=f"Behind a metric: {', '.join(ASPECTS)}.",
            suggestions=[f'{kind}s."{name}".{one}' for one in all_near(aspect, ASPECTS)]
            if kind == "metric"
            else (),
        )
    if kind == "attribute":
        known = _attribute(name)
        if known is None:
            raise _unknown(name, position)
        return Field("attribute", known)
    if kind == "dataset" and name not in DATASET_NAMES:
        raise QueryError(
            f"Data has no {name!r}",
            position=position,
            hint="It has name, digest and context.",
            suggestions=[f"dataset.{one}" for one in all_near(name, DATASET_NAMES)],
        )
    if kind == "metric":
        known_aspect: Aspect | None = next((one for one in ASPECTS if one == aspect), None)
        ends = quoted is None and any(name.endswith(f".{one}") for one in ASPECTS)
        return Field("metric", name, known_aspect, may_hold_aspect=ends)
    return Field(kind, canonical_package(name) if kind == "package" else name)


def _attribute(name: str) -> str | None:
    lowered = name.lower()
    found = _ALIASES.get(lowered, lowered)
    return found if found in ATTRIBUTES else None


def _mlflow_field(kind: Kind | None, name: str, *, prefix: str, position: int) -> Field:
    if kind not in _MLFLOW_KINDS:
        raise QueryError(
            f"Invalid entity type {prefix!r}. Valid values are "
            "['metric', 'parameter', 'tag', 'attribute', 'dataset']",
            position=position,
        )
    if kind == "attribute":
        lowered = name.lower() if name in ("Created", "Run name", "Run Name") else name
        if lowered not in _MLFLOW_ATTRIBUTES:
            raise QueryError(
                f"Invalid attribute key {name!r} specified. "
                f"Valid keys are {sorted(_MLFLOW_ATTRIBUTES)}",
                position=position,
            )
        return Field("attribute", _MLFLOW_ATTRIBUTES[lowered])
    if kind == "dataset" and name not in DATASET_NAMES:
        raise QueryError(
            f"Invalid dataset key {name!r} specified. Valid keys are {sorted(DATASET_NAMES)}",
            position=position,
        )
    return Field(kind, name)


def _unknown(word: str, position: int) -> QueryError:
    prefix, dot, name = word.partition(".")
    plain = [*ATTRIBUTES, *(one for one in _CAPTURED if "." not in one)]
    dotted = [one for one in _CAPTURED if "." in one]
    near = all_near(word, dotted if dot else [*plain, *_NAMED])
    if dot:
        near += all_near(prefix, _NAMED)
    near = [f"{one}.{name or 'NAME'}" if one in _NAMED else one for one in near]
    match = near[0] if near else None
    every = ", ".join([*plain, *dotted, *(f"{one}.NAME" for one in _NAMED)])
    hint = f"Did you mean {match!r}?" if match else f"Fields: {every}."
    return QueryError(f"{word!r} is not a field", position=position, hint=hint, suggestions=near)
