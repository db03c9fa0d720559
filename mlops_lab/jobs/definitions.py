"""Owns job definitions and their numbered, immutable revisions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from mlops_lab.core.clock import Clock
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import Definition, DefinitionList, NewRevision, RevisionList
from mlops_lab.core.limits import check_key
from mlops_lab.store import definitions, jobs as rows, pastjobs, schedules
from mlops_lab.store.audit import note
from mlops_lab.store.outbox import last_seq, put_change
from mlops_lab.store.store import Store

from . import parameters
from .lookup import find_definition, get_definition, get_revision
from .records import to_definition, to_job, to_revision, to_schedule


class Definitions:
    """The definitions of one store."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def put_revision(self, new: NewRevision) -> Definition:
        """Store a new definition, or the next revision of the one that has this name.

        Raises:
            InvalidInputError: a parameter cannot be declared like this.
            LimitError: the name is empty, too long, or holds a control character.
        """
        check_key("job definition", new.name)
        parameters.check_declared(new.parameters)
        digest = self._store.artifacts.put(new.notebook)
        try:
            definition_id = self._insert_revision(new, digest)
        except IntegrityError:
            # Another process made a definition of this name between our look and our insert.
            definition_id = self._insert_revision(new, digest)
        with self._store.read() as cx:
            return self._show(cx, get_definition(cx, definition_id))

    def list_definitions(self) -> DefinitionList:
        """Return all definitions, by name."""
        now = self._clock()
        with self._store.read() as cx:
            seq = last_seq(cx)
            named = definitions.list_definitions(cx)
            revisions = {r.definition_id: to_revision(r) for r in definitions.newest_revisions(cx)}
            planned = {
                row.definition_id: to_schedule(row, now=now) for row in schedules.list_schedules(cx)
            }
            newest = {row.definition_id: to_job(row) for row in rows.newest_jobs(cx)}
            past = pastjobs.read_past(cx)
            made = pastjobs.read_models(cx)
            found = [
                to_definition(
                    row,
                    revision=revisions[row.id],
                    schedule=planned.get(row.id),
                    last_job=newest.get(row.id),
                    past=past.get(row.id, []),
                    models=made.get(row.id, []),
                )
                for row in named
            ]
            return DefinitionList(definitions=found, seq=seq)

    def get_definition(self, id_or_name: str) -> Definition:
        """Return the definition with this id, name, or unique beginning or end of its id.

        Raises:
            NotFoundError: there is none.
            InvalidInputError: several ids begin or end like this.
        """
        with self._store.read() as cx:
            return self._show(cx, find_definition(cx, id_or_name))

    def newest_revision(self, name: str) -> int | None:
        """Return the number of the newest revision of the definition with exactly this name."""
        with self._store.read() as cx:
            row = definitions.get_definition_named(cx, name)
            return None if row is None else int(row.revision)

    def list_revisions(self, definition_id: str) -> RevisionList:
        """Return the revisions of a definition, newest first.

        Raises:
            NotFoundError: there is no such definition.
        """
        with self._store.read() as cx:
            row = find_definition(cx, definition_id)
            found = definitions.list_revisions(cx, row.id)
            return RevisionList(revisions=[to_revision(revision) for revision in found])

    def read_revision_notebook(self, definition_id: str, number: int) -> bytes:
        """Return the notebook file of a revision.

        Raises:
            NotFoundError: there is no such definition or revision.
        """
        with self._store.read() as cx:
            revision = get_revision(cx, find_definition(cx, definition_id), number)
        return self._store.artifacts.get(revision.notebook_digest)

    def _show(self, cx: Connection, row: Row[Any]) -> Definition:
        planned = schedules.get_schedule_of(cx, row.id)
        newest = rows.list_jobs(cx, definition_id=row.id, limit=1)
        return to_definition(
            row,
            revision=to_revision(get_revision(cx, row, row.revision)),
            schedule=to_schedule(planned, now=self._clock()) if planned else None,
            last_job=to_job(newest[0]) if newest else None,
            past=pastjobs.read_past(cx, row.id).get(row.id, []),
            models=pastjobs.read_models(cx, row.id).get(row.id, []),
        )

    def _insert_revision(self, new: NewRevision, digest: str) -> str:
        now = self._clock()
        with self._store.write_durably() as tx:
            present = definitions.lock_definition_named(tx, new.name)
            definition_id = present.id if present else new_id()
            number = present.revision + 1 if present else 1
            if not present:
                made = {"id": definition_id, "name": new.name, "created_at": now}
                definitions.insert_definition(
                    tx, {**made, "created_by": new.created_by, "revision": number}
                )
            values = {
                "definition_id": definition_id,
                "number": number,
                "parameters": parameters.encode_declared(new.parameters),
                "tracked_cells": parameters.encode(new.tracked_cells),
                "warnings": parameters.encode(new.warnings),
                "kernel_name": new.kernel_name,
                "working_dir": new.working_dir,
                "notebook_digest": digest,
                "notebook_path": new.notebook_path,
                "source_run_id": new.source_run_id,
                "created_at": now,
                "created_by": new.created_by,
            }
            definitions.insert_revision(tx, values)
            note(
                tx,
                "promote",
                "definition",
                definition_id,
                who=new.created_by,
                name=new.name,
                revision=number,
                run=new.source_run_id,
            )
            put_change(tx, "definition", definition_id, "updated" if present else "created")
        return definition_id
