"""Owns the rules of registered models: make, rename, describe, tag, find and delete them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mlops_lab.core.errors import ConflictError
from mlops_lab.core.masking import mask_json, mask_texts
from mlops_lab.core.registry import (
    ModelPage,
    ModelVersion,
    NewModel,
    RegisteredModel,
    check_description,
    check_model_name,
    check_tag,
    find_stage,
)
from mlops_lab.core.secrets import mask_text
from mlops_lab.store import audit, keyset, outbox, registry, registry_aliases, registry_versions
from mlops_lab.store.registry import ModelRow
from mlops_lab.store.registry_search import model_condition, model_places
from mlops_lab.store.store import Store

from .lookup import find_model


class ModelsService:
    """The registered models of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, new: NewModel, *, who: str) -> RegisteredModel:
        """Make a registered model without versions.

        Raises:
            InvalidInputError: its name cannot be one.
            LimitError: a text is too long.
            ConflictError: there is one of this name.
        """
        name = check_model_name(new.name)
        tags = mask_texts(dict(check_tag(key, value) for key, value in new.tags.items()))
        description = mask_text(check_description(new.description))
        try:
            with self._store.write_durably() as tx:
                if registry.find_model(tx, name) is not None:
                    raise _taken(name)
                model_id = registry.insert_model(tx, name, description=description, who=who)
                registry.set_model_tags(tx, model_id, tags)
                audit.note(tx, "register", "registered_model", model_id, who=who, name=name)
                outbox.put_change(tx, "model", model_id, "created")
        except IntegrityError as error:
            # Another writer was between the question and the answer.
            raise _taken(name) from error
        return self.get(name)

    def get(self, name: str) -> RegisteredModel:
        """Return the registered model of this name.

        Raises:
            NotFoundError: there is none.
        """
        with self._store.read() as cx:
            return describe(cx, [find_model(cx, name)])[0]

    def rename(
        self, name: str, new_name: str, *, who: str, description: str | None = None
    ) -> RegisteredModel:
        """Give a registered model another name; versions, aliases and their log go with it.

        A description that is given is set with it, or neither is.

        Raises:
            NotFoundError: there is none of this name.
            InvalidInputError: the new name cannot be one.
            ConflictError: another has the new name.
        """
        checked = check_model_name(new_name)
        values = {"name": checked}
        if description is not None:
            values["description"] = mask_text(check_description(description))
        try:
            with self._store.write_durably() as tx:
                model = find_model(tx, name)
                other = registry.find_model(tx, checked)
                if other is not None and other.id != model.id:
                    raise _taken(checked)
                registry.update_model(tx, model.id, **values)
                told = {field: value[:200] for field, value in values.items()}
                audit.note(
                    tx, "update", "registered_model", model.id, who=who, old_name=name, **told
                )
                outbox.put_change(tx, "model", model.id, "updated")
        except IntegrityError as error:
            raise _taken(checked) from error
        return self.get(checked)

    def update(self, name: str, *, description: str, who: str) -> RegisteredModel:
        """Describe a registered model.

        Raises:
            NotFoundError: there is none of this name.
            LimitError: the text is too long.
        """
        text = mask_text(check_description(description))
        with self._store.write_durably() as tx:
            model = find_model(tx, name)
            registry.update_model(tx, model.id, description=text)
            _note_update(tx, model, who=who, description=text[:200])
        return self.get(name)

    def delete(self, name: str, *, who: str) -> None:
        """Remove a registered model with its versions; the log of its aliases stays.

        Raises:
            NotFoundError: there is none of this name.
        """
        with self._store.write_durably() as tx:
            model = find_model(tx, name)
            aliases = registry_aliases.read_aliases(tx, [model.id]).get(model.id, {})
            registry_aliases.take_away(tx, model, aliases, who=who)
            registry.delete_model(tx, model.id)
            audit.note(
                tx,
                "delete",
                "registered_model",
                model.id,
                who=who,
                name=name,
                versions=model.last_version,
            )
            outbox.put_change(tx, "model", model.id, "deleted")

    def set_tag(self, name: str, key: str, value: str, *, who: str) -> None:
        """Set a tag.

        Raises:
            NotFoundError: there is no model of this name.
            InvalidInputError: the key is empty.
            LimitError: key or value is too long.
        """
        key, value = check_tag(key, value)
        value = mask_json(key, value)
        with self._store.write_durably() as tx:
            model = find_model(tx, name)
            registry.set_model_tags(tx, model.id, {key: value})
            registry.update_model(tx, model.id)
            _note_update(tx, model, who=who, tag=key, value=value[:200])

    def delete_tag(self, name: str, key: str, *, who: str) -> None:
        """Remove a tag, if the model has it.

        Raises:
            NotFoundError: there is no model of this name.
        """
        with self._store.write_durably() as tx:
            model = find_model(tx, name)
            if registry.delete_model_tag(tx, model.id, key):
                registry.update_model(tx, model.id)
                _note_update(tx, model, who=who, removed_tag=key)

    def search(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - the word of the API
        order_by: Sequence[str] = (),
        limit: int = 100,
        cursor: str | None = None,
    ) -> ModelPage:
        """Return a page of registered models, by name unless an order is given.

        Raises:
            InvalidInputError: filter, order or cursor cannot be read.
        """
        places, fields = model_places(order_by)
        values = keyset.read_token(cursor, places) if cursor else None
        with self._store.read() as cx:
            rows = registry.page_models(
                cx,
                condition=model_condition(cx, filter),
                places=places,
                after_values=values,
                limit=limit + 1,
            )
            models = describe(cx, rows[:limit])
        token = None
        if len(rows) > limit:
            last = rows[limit - 1]
            token = keyset.write_token([getattr(last, field) for field in fields])
        return ModelPage(models=models, next_cursor=token)

    def latest_versions(self, name: str, stages: Iterable[str] = ()) -> list[ModelVersion]:
        """Return the newest version in each stage, or in those that are given.

        Raises:
            NotFoundError: there is no model of this name.
            InvalidInputError: a stage is none.
        """
        wanted = {find_stage(stage) for stage in stages}
        with self._store.read() as cx:
            model = find_model(cx, name)
            found = registry_versions.latest_in_stages(cx, [model.id]).get(model.id, [])
        return [version for version in found if not wanted or version.stage in wanted]


def describe(cx: Connection, rows: Sequence[ModelRow]) -> list[RegisteredModel]:
    """Return registered models with their tags, aliases and newest versions."""
    ids = [row.id for row in rows]
    tags = registry.read_model_tags(cx, ids)
    aliases = registry_aliases.read_aliases(cx, ids)
    latest = registry_versions.latest_in_stages(cx, ids)
    return [
        RegisteredModel(
            name=row.name,
            description=row.description,
            tags=tags.get(row.id, {}),
            aliases=aliases.get(row.id, {}),
            created_at=row.created_at,
            created_by=row.created_by,
            updated_at=row.updated_at,
            latest=latest.get(row.id, []),
        )
        for row in rows
    ]


def _note_update(tx: Connection, model: ModelRow, *, who: str, **detail: str) -> None:
    audit.note(tx, "update", "registered_model", model.id, who=who, name=model.name, **detail)
    outbox.put_change(tx, "model", model.id, "updated")


def _taken(name: str) -> ConflictError:
    return ConflictError(
        f"Registered Model (name={name}) already exists.", hint="Choose another name."
    )
