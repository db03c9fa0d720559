"""Owns the rules of aliases: each points at one version, people move it, and no move is forgotten."""

from __future__ import annotations

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.registry import AliasHistory, AliasMove, ModelVersion, check_alias
from mlops_lab.store import audit, outbox, registry, registry_aliases
from mlops_lab.store.store import Store

from .lookup import find_model, find_version

_MOVES = 1_000
"""Most moves of an alias that one answer tells, the newest first."""


class AliasesService:
    """The aliases of the registered models of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def move(self, name: str, alias: str, number: int, *, who: str) -> ModelVersion:
        """Have an alias point at a version, and at none else from now on.

        Raises:
            NotFoundError: there is no such version.
            InvalidInputError: the alias cannot be one.
        """
        alias = check_alias(alias)
        with self._store.write_durably() as tx:
            model, _ = find_version(tx, name, number)
            before = registry_aliases.read_aliases(tx, [model.id]).get(model.id, {}).get(alias)
            registry_aliases.point(tx, model, alias, number, who=who)
            registry.update_model(tx, model.id)
            audit.note(
                tx,
                "move",
                "alias",
                f"{model.id}/{alias}",
                who=who,
                name=name,
                alias=alias,
                version=number,
                before=before,
            )
            outbox.put_change(tx, "model", model.id, "updated")
            return find_version(tx, name, number)[1]

    def remove(self, name: str, alias: str, *, who: str) -> None:
        """Take an alias away, if the model has it.

        Raises:
            NotFoundError: there is no such model.
        """
        with self._store.write_durably() as tx:
            model = find_model(tx, name)
            before = registry_aliases.read_aliases(tx, [model.id]).get(model.id, {}).get(alias)
            if before is None:
                return
            registry_aliases.take_away(tx, model, [alias], who=who)
            registry.update_model(tx, model.id)
            audit.note(
                tx,
                "delete",
                "alias",
                f"{model.id}/{alias}",
                who=who,
                name=name,
                alias=alias,
                before=before,
            )
            outbox.put_change(tx, "model", model.id, "updated")

    def history(
        self, name: str, alias: str | None = None, *, at: Millis | None = None
    ) -> AliasHistory:
        """Return the moves of a model's aliases, or of one; and the one that held at a time.

        A model that was deleted is still found by the name that it had last.

        Raises:
            NotFoundError: there never was such a model.
        """
        with self._store.read() as cx:
            model = registry.find_model(cx, name)
            model_id = model.id if model else registry_aliases.deleted_model_id(cx, name)
            if model_id is None:
                find_model(cx, name)
                raise NotFoundError(f"Registered Model with name={name} not found")
            moves = registry_aliases.read_moves(cx, model_id, alias=alias, limit=_MOVES)
            held = (
                ()
                if at is None
                else registry_aliases.read_moves(cx, model_id, alias=alias, until=at, limit=1)
            )
        return AliasHistory(moves=list(moves), at=held[0] if held else None)

    def alias_at(self, name: str, alias: str, time: Millis) -> AliasMove | None:
        """Return the move by which an alias pointed where it did at a time; None before the first.

        Raises:
            NotFoundError: there never was such a model.
        """
        return self.history(name, alias, at=time).at
