"""Owns the examination of a store: its schema, its file, its counts, and rows that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Column, Connection, exists, func, or_, select

from mlops_lab.core.errors import LabError

from .all_tables import metadata
from .artifact_place import is_digest
from .artifacts import Artifacts
from .references import named_by
from .schema import HEAD, read_revision, refuse_foreign
from .store import Store

_SHOWN = 5
_READ_AT_ONCE = 1_000
# Columns that name a row of another table and are no foreign keys, because the row may come later.
_LOOSE = (
    (("facet", "digest"), (("document", "digest"),)),
    (("history_cell", "digest"), (("document", "digest"),)),
    (("entry", "owner"), (("document", "digest"), ("document", "shared"))),
    (("run", "definition_id"), (("definition", "id"),)),
    (("job", "run_id"), (("run", "id"),)),
    (("job", "schedule_id"), (("schedule", "id"),)),
)


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: whether it is well, and what was found."""

    name: str
    ok: bool
    found: str


class Examination(msgspec.Struct, frozen=True):
    """Everything that was looked at; ``ok`` when every finding is. ``counts``: rows of each table."""

    ok: bool
    store: str
    findings: list[Finding]
    counts: dict[str, int]


def examine(store: Store) -> Examination:
    """Look at everything of a store that can be wrong; nothing is changed or upgraded.

    Raises:
        StoreUnavailableError: the store cannot be read at all.
    """
    counts: dict[str, int] = {}
    with store.read() as cx:
        revision = read_revision(cx)
        findings = [_schema(revision)]
        if store.dialect == "sqlite":
            findings += _sqlite(cx)
        if revision == HEAD:
            counts = _count(cx)
            findings += [*_orphans(cx), _bytes(cx, store.artifacts)]
    return Examination(
        ok=all(one.ok for one in findings), store=store.url, findings=findings, counts=counts
    )


def _schema(revision: str | None) -> Finding:
    if revision == HEAD:
        return Finding("schema", ok=True, found=f"revision {HEAD}, the newest")
    if revision is None:
        return Finding("schema", ok=False, found="The store is empty: mlops-lab db upgrade.")
    try:
        refuse_foreign(revision)
    except LabError as error:
        return Finding("schema", ok=False, found=str(error))
    found = f"Revision {revision}, this version needs {HEAD}: mlops-lab db upgrade."
    return Finding("schema", ok=False, found=found)


def _sqlite(cx: Connection) -> Iterator[Finding]:
    problems = [str(row[0]) for row in cx.exec_driver_sql("PRAGMA integrity_check(20)")]
    whole = problems == ["ok"]
    found = "whole" if whole else f"{_some(problems)} Restore the file from a backup."
    yield Finding("file", ok=whole, found=found)
    rows = cx.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(1_000)
    tables = sorted({str(row[0]) for row in rows})
    found = f"Rows of {', '.join(tables)} name rows that are not there." if rows else "all lead on"
    yield Finding("references", ok=not rows, found=found)


def _count(cx: Connection) -> dict[str, int]:
    return {
        table.name: int(cx.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    }


def _column(name: tuple[str, str]) -> Column[str]:
    table, column = name
    return metadata.tables[table].c[column]


def _orphans(cx: Connection) -> Iterator[Finding]:
    for source, targets in _LOOSE:
        column = _column(source)
        known = [exists().where(_column(target) == column) for target in targets]
        query = select(func.count()).where(column.is_not(None), ~or_(*known))
        count = int(cx.execute(query).scalar_one())
        name = ".".join(source)
        words = f"{count} rows name a {targets[0][0]} that is not there." if count else "all found"
        yield Finding(name, ok=not count, found=words)


def _bytes(cx: Connection, artifacts: Artifacts) -> Finding:
    missing: list[str] = []
    seen: set[str] = set()
    for column in named_by():
        query = select(column).where(column.is_not(None)).distinct()
        for digest in cx.execute(query.execution_options(yield_per=_READ_AT_ONCE)).scalars():
            if digest not in seen and not (is_digest(digest) and artifacts.has(digest)):
                missing.append(digest)
            seen.add(digest)
    if not missing:
        return Finding("artifacts", ok=True, found=f"{len(seen)}, all there")
    found = (
        f"{len(missing)} of {len(seen)} have no bytes: {_some([one[:12] for one in missing])} "
        "What still waits in a spool comes by: mlops-lab sync."
    )
    return Finding("artifacts", ok=False, found=found)


def _some(words: list[str]) -> str:
    more = "" if len(words) <= _SHOWN else f" and {len(words) - _SHOWN} more"
    return f"{', '.join(words[:_SHOWN])}{more}."
