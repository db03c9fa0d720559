"""Owns the rows of issues: written, read, and listed by how bad they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from mlops_lab.core.clauses import Clause, parse_clauses
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.issues import SEVERITIES, Issue

from .comparing import all_of, compare
from .keyset import Place, Scalar, after, order_of
from .rows import pieces, storable, storable_or_none
from .trace_tables import assessment, issue

PLACES = (
    Place(issue.c.rank, ascending=False),
    Place(issue.c.created_at, ascending=False),
    Place(issue.c.id, ascending=False),
)
"""The order of issues: the worst first, and of equal ones the newest."""

_FILTERED = {"status": issue.c.status, "source_run_id": issue.c.source_run_id}


def place_of(one: Issue) -> list[Scalar]:
    """Return where an issue is in that order."""
    return [_rank(one), one.created_at, one.id]


def add_issue(tx: Connection, one: Issue) -> None:
    """Write a new issue."""
    tx.execute(insert(issue), [{"id": one.id, **_values(one)}])


def change_issue(tx: Connection, one: Issue) -> None:
    """Write an issue over the one of the same id."""
    tx.execute(update(issue).where(issue.c.id == one.id).values(**_values(one)))


def read_issue(cx: Connection, issue_id: str) -> Issue | None:
    """Return an issue."""
    row = cx.execute(select(issue).where(issue.c.id == storable(issue_id))).one_or_none()
    return None if row is None else _issue(row)


def page_issues(
    cx: Connection,
    *,
    experiment_id: str | None,
    text: str | None,
    after_values: Sequence[Scalar] | None,
    limit: int,
) -> list[Issue]:
    """Return issues that a filter meets, in their order.

    Raises:
        InvalidInputError: the filter cannot be read, or names what is not compared.
    """
    query = select(issue).where(all_of([_clause(cx, one) for one in parse_clauses(text)]))
    if experiment_id is not None:
        query = query.where(issue.c.experiment_id == storable(experiment_id))
    if after_values is not None:
        query = query.where(after(PLACES, after_values))
    return [_issue(row) for row in cx.execute(query.order_by(*order_of(PLACES)).limit(limit))]


def count_traces(cx: Connection, issue_ids: Sequence[str]) -> dict[str, int]:
    """Return how many traces were found to have each of these issues."""
    found: dict[str, int] = {}
    for some in pieces(issue_ids):
        query = (
            select(assessment.c.name, func.count(assessment.c.trace_id.distinct()))
            .where(assessment.c.kind == "issue", assessment.c.name.in_(some))
            .group_by(assessment.c.name)
        )
        found.update((name, count) for name, count in cx.execute(query))
    return found


def _clause(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    column = _FILTERED.get(clause.key) if clause.entity in {"", "attributes"} else None
    if column is None:
        raise InvalidInputError(
            f"Invalid filter field {clause.key[:60]!r}.", hint="Compare status or source_run_id."
        )
    if clause.comparator not in {"=", "!="} or not isinstance(clause.value, str):
        raise InvalidInputError(
            f"Invalid comparison of {clause.key}.", hint="Write status = 'resolved'; or !=."
        )
    return compare(cx, column, clause.comparator, clause.value)


def _rank(one: Issue) -> int:
    return -1 if one.severity is None else SEVERITIES.index(one.severity)


def _values(one: Issue) -> dict[str, Any]:
    return {
        "experiment_id": one.experiment_id,
        "name": storable(one.name),
        "description": storable(one.description),
        "status": one.status,
        "severity": one.severity,
        "rank": _rank(one),
        "root_causes": storable(msgspec.json.encode(one.root_causes).decode()),
        "categories": storable(msgspec.json.encode(one.categories).decode()),
        "source_run_id": storable_or_none(one.source_run_id),
        "created_by": storable_or_none(one.created_by),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def _issue(row: Any) -> Issue:
    return Issue(
        id=row.id,
        experiment_id=row.experiment_id,
        name=row.name,
        description=row.description,
        status=row.status,
        severity=row.severity,
        root_causes=msgspec.json.decode(row.root_causes),
        categories=msgspec.json.decode(row.categories),
        source_run_id=row.source_run_id,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
