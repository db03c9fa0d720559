"""Owns the rules of model versions: made from a run or an address, numbered, staged, tagged, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.masking import mask_json, masked
from mlops_lab.core.registry import (
    ModelVersion,
    NewVersion,
    VersionPage,
    check_description,
    check_tag,
    find_stage,
)
from mlops_lab.core.secrets import mask_text
from mlops_lab.store import (
    audit,
    keyset,
    logged_models,
    outbox,
    registry,
    registry_aliases,
    registry_versions,
)
from mlops_lab.store.registry import ModelRow
from mlops_lab.store.registry_search import PROMPT_TAG, version_condition, version_places
from mlops_lab.store.store import Store

from .lookup import find_model, find_version, number_of
from .sources import check_address, check_prompt_source, location_of


class VersionsService:
    """The model versions of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(
        self, name: str, new: NewVersion, *, who: str, folder: str | None = None
    ) -> ModelVersion:
        """Make the next version of a registered model.

        Args:
            name: of the registered model.
            new: what it is made from; a run or a source is needed.
            who: makes it.
            folder: local folder with the artifacts of its run, if they are in one.

        Raises:
            NotFoundError: there is no such registered model, or the source is none.
            InvalidInputError: the source cannot be used.
            LimitError: a text is too long.
        """
        new = masked(new)
        source = _source_of(new)
        if PROMPT_TAG in new.tags:
            check_prompt_source(source)
        else:
            check_address(source, folder=folder)
        tags = dict(check_tag(key, value) for key, value in new.tags.items())
        with self._store.write_durably() as tx:
            model = find_model(tx, name)
            number = registry.next_number(tx, model.id)
            registry_versions.insert_version(
                tx,
                model.id,
                number,
                source=source,
                location=location_of(tx, source),
                run_id=new.run_id or _run_of(tx, new.logged_model_id),
                run_link=new.run_link,
                logged_model_id=new.logged_model_id,
                description=check_description(new.description),
                created_by=who,
            )
            registry_versions.set_version_tags(tx, model.id, number, tags)
            registry.update_model(tx, model.id)
            if new.logged_model_id:
                logged_models.add_version(tx, new.logged_model_id, name=model.name, number=number)
            _note(tx, "register", model, number, who=who, source=source, run_id=new.run_id)
            return find_version(tx, name, number)[1]

    def get(self, name: str, version: int | str) -> ModelVersion:
        """Return a version by its number, by an alias, or ``latest``.

        Raises:
            NotFoundError: there is none.
        """
        with self._store.read() as cx:
            return find_version(cx, name, number_of(cx, name, str(version)))[1]

    def update(
        self,
        name: str,
        number: int,
        *,
        description: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        who: str,
    ) -> ModelVersion:
        """Describe a version and set its tags, None removes one: all that is given, or nothing.

        Raises:
            NotFoundError: there is none.
            InvalidInputError: the key of a tag is empty.
            LimitError: a text is too long.
        """
        text = None if description is None else mask_text(check_description(description))
        given = dict(
            check_tag(key, value) for key, value in (tags or {}).items() if value is not None
        )
        with self._store.write_durably() as tx:
            model, _ = find_version(tx, name, number)
            if text is not None:
                registry_versions.update_version(tx, model.id, number, description=text)
                _note(tx, "update", model, number, who=who, description=text[:200])
            for key, value in (tags or {}).items():
                if value is None:
                    registry_versions.delete_version_tag(tx, model.id, number, key)
                    _note(tx, "update", model, number, who=who, removed_tag=key)
            for key, value in given.items():
                masked_value = mask_json(key, value)
                registry_versions.set_version_tags(tx, model.id, number, {key: masked_value})
                _note(tx, "update", model, number, who=who, tag=key, value=masked_value[:200])
            return find_version(tx, name, number)[1]

    def delete(self, name: str, number: int, *, who: str) -> None:
        """Remove a version; aliases that point at it go, and its number is not given again.

        Raises:
            NotFoundError: there is none.
        """
        with self._store.write_durably() as tx:
            model, version = find_version(tx, name, number)
            registry_aliases.take_away(tx, model, version.aliases, who=who)
            registry_versions.delete_version(tx, model.id, number)
            registry.update_model(tx, model.id)
            _note(tx, "delete", model, number, who=who, source=version.source)

    def set_stage(
        self, name: str, number: int, stage: str, *, archive_others: bool, who: str
    ) -> ModelVersion:
        """Put a version into a stage, as old clients do.

        Raises:
            NotFoundError: there is no such version.
            InvalidInputError: there is no such stage, or its others cannot be archived.
        """
        known = find_stage(stage)
        if archive_others and known not in {"Staging", "Production"}:
            raise InvalidInputError(
                f"Model version transition cannot archive existing model versions because '{known}' "
                "is not an Active stage. Valid stages are Staging, Production"
            )
        with self._store.write_durably() as tx:
            model, _ = find_version(tx, name, number)
            others = registry_versions.numbers_in_stage(tx, model.id, known)
            for other in others if archive_others else ():
                if other != number:
                    registry_versions.update_version(tx, model.id, other, stage="Archived")
                    _note(tx, "move", model, other, who=who, stage="Archived")
            registry_versions.update_version(tx, model.id, number, stage=known)
            registry.update_model(tx, model.id)
            _note(tx, "move", model, number, who=who, stage=known)
            return find_version(tx, name, number)[1]

    def set_tag(self, name: str, number: int, key: str, value: str, *, who: str) -> None:
        """Set a tag.

        Raises:
            NotFoundError: there is no such version.
            InvalidInputError: the key is empty.
            LimitError: key or value is too long.
        """
        key, value = check_tag(key, value)
        value = mask_json(key, value)
        with self._store.write_durably() as tx:
            model, _ = find_version(tx, name, number)
            registry_versions.set_version_tags(tx, model.id, number, {key: value})
            _note(tx, "update", model, number, who=who, tag=key, value=value[:200])

    def delete_tag(self, name: str, number: int, key: str, *, who: str) -> None:
        """Remove a tag, if the version has it.

        Raises:
            NotFoundError: there is no such version.
        """
        with self._store.write_durably() as tx:
            model, _ = find_version(tx, name, number)
            registry_versions.delete_version_tag(tx, model.id, number, key)
            _note(tx, "update", model, number, who=who, removed_tag=key)

    def search(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - the word of the API
        order_by: Sequence[str] = (),
        limit: int = 100,
        cursor: str | None = None,
    ) -> VersionPage:
        """Return a page of versions, the one that was changed last first unless an order is given.

        Raises:
            InvalidInputError: filter, order or cursor cannot be read.
        """
        places, fields = version_places(order_by)
        values = keyset.read_token(cursor, places) if cursor else None
        with self._store.read() as cx:
            found = registry_versions.page_versions(
                cx,
                condition=version_condition(cx, filter),
                places=places,
                after_values=values,
                limit=limit + 1,
            )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = keyset.write_token([getattr(last, field) for field in fields])
        return VersionPage(versions=found[:limit], next_cursor=token)


def _source_of(new: NewVersion) -> str:
    if new.source:
        return new.source
    if new.logged_model_id:
        return f"models:/{new.logged_model_id}"
    return f"runs:/{new.run_id}/model" if new.run_id else ""


def _run_of(tx: Connection, logged_model_id: str | None) -> str | None:
    return logged_models.find_run(tx, logged_model_id) if logged_model_id else None


def _note(
    tx: Connection, action: Any, model: ModelRow, number: int, *, who: str, **detail: Any
) -> None:
    audit.note(
        tx,
        action,
        "model_version",
        f"{model.id}/{number}",
        who=who,
        name=model.name,
        version=number,
        **detail,
    )
    outbox.put_change(tx, "model", model.id, "updated")
