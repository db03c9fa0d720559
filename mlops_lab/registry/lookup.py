"""Owns how the registry finds what a caller names, and what it says when there is none."""

from __future__ import annotations

from sqlalchemy import Connection

from mlops_lab.core.errors import NotFoundError, did_you_mean
from mlops_lab.core.registry import VERSION_NUMBER, ModelVersion
from mlops_lab.store import registry, registry_aliases, registry_versions
from mlops_lab.store.registry import ModelRow


def find_model(cx: Connection, name: str) -> ModelRow:
    """Return the registered model of this name.

    Raises:
        NotFoundError: there is none.
    """
    found = registry.find_model(cx, name)
    if found is None:
        raise NotFoundError(
            f"Registered Model with name={name} not found",
            hint=did_you_mean(name, registry.model_names(cx)),
        )
    return found


def find_version(cx: Connection, name: str, number: int) -> tuple[ModelRow, ModelVersion]:
    """Return a version with its model.

    Raises:
        NotFoundError: there is no such model, or it has no such version.
    """
    model = registry.find_model(cx, name)
    found = [] if model is None else registry_versions.read_versions(cx, [(model.id, number)])
    if model is None or not found:
        raise NotFoundError(f"Model Version (name={name}, version={number}) not found")
    return model, found[0]


def number_of(cx: Connection, name: str, word: str) -> int:
    """Return the number that ``word`` means: one itself, ``latest``, or an alias with or without ``@``.

    Raises:
        NotFoundError: there is no such model, or no alias of this name.
    """
    if VERSION_NUMBER.fullmatch(word):
        return int(word)
    model = find_model(cx, name)
    aliases = registry_aliases.read_aliases(cx, [model.id]).get(model.id, {})
    alias = word.removeprefix("@")
    if alias in aliases:
        return aliases[alias]
    if alias.lower() == "latest":
        newest = registry_versions.latest_in_stages(cx, [model.id]).get(model.id)
        if newest:
            return newest[-1].version
        raise NotFoundError(f"Latest version not found for model {name}.")
    raise NotFoundError(
        f"Registered model alias {alias} not found.",
        hint=did_you_mean(alias, aliases),
    )
