"""Owns one search over runs as a list asks it: its condition, its plan, its total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    intersect,
    select,
    union,
)

from mlops_lab.core.errors import nearest
from mlops_lab.core.query import (
    All,
    Any as AnyOf,
    Archived,
    Field,
    Grammar,
    Node,
    Period,
    SortKey,
    Term,
    Trashed,
    terms_of,
)
from mlops_lab.core.tracking import RunStatus

from .search import Compiler, among, in_archive, in_trash
from .search_axes import MAX_NARROW, Axis, axes_of, count_upto
from .search_names import Known, look_up, notes_on
from .search_pages import Asked, Marks, ends_of, find_page
from .search_wide import is_wide, wide_runs
from .tables import run

MAX_COUNTED = 5_000
"""Among so many runs those that match are counted; in a larger store the total is ``at least``."""

PROBED = 3_000
"""Among so many of the newest runs it is seen whether a walk finds enough."""

_ENOUGH = 30
_STATUSES: tuple[str, ...] = get_args(RunStatus)
_EXACT = ("=", "in", "<", "<=", ">", ">=", "within")
_INDEXED = (
    "user",
    "status",
    "experiment",
    "notebook",
    "parent",
    "identity",
    "id",
    "name",
    "source",
    "error",
)
_MEASURED = ("started", "ended", "archived", "duration", "cpu", "peak_memory")


class Search(msgspec.Struct, frozen=True):
    """What a list asks. ``scope`` are further conditions, over the table ``run``."""

    node: Node
    order: tuple[SortKey, ...] = ()
    scope: tuple[ColumnElement[bool], ...] = ()
    trashed: Trashed = "no"
    archived: Archived = "any"
    grammar: Grammar = "lab"
    columns: tuple[Field, ...] = ()


class Total(msgspec.Struct, frozen=True):
    """How many runs a search finds; at least so many where that is not exact."""

    runs: int
    is_exact: bool


class Plan(msgspec.Struct, frozen=True):
    """A search that the names of the store are known of."""

    asked: Asked
    known: Known
    is_all: bool
    """Whether it holds every run, but for those in the trash."""

    is_filtered: bool
    """Whether a filter was typed."""


def plan(cx: Connection, search: Search) -> Plan:
    """Find out which way a search is best gone: by the smallest set that an index gives, if any."""
    terms = terms_of(search.node)
    fields = [term.field for term in terms]
    fields += [*(key.field for key in search.order), *search.columns]
    words = {str(term.value) for term in terms if term.field.kind == "word"}
    known = look_up(cx, fields, words, dialect=cx.dialect.name)
    compiler = Compiler(known, cx.dialect.name, search.grammar)
    driver, met = _find_driver(cx, search, compiler)
    conditions = [*search.scope]
    if terms:
        conditions.append(compiler.condition(_without(search.node, met)))
    # Most stores hold no archived run: then a list need look at none for this.
    if search.archived == "only" or (search.archived == "no" and _has(cx, run.c.archived_at)):
        conditions += in_archive(search.archived)
    is_all = not conditions
    # Nor anything in the trash.
    if conditions or search.trashed != "no" or _has(cx, run.c.trashed_at):
        conditions += in_trash(search.trashed)
    if driver is None and conditions:
        driver = _find_crossed(cx, search, compiler, and_(*conditions))
    axes: list[Axis] = [axis for key in search.order for axis in axes_of(key, known)]
    asked = Asked(
        condition=and_(*conditions) if conditions else None,
        axes=tuple(axes),
        driver=driver,
        ends=ends_of(axes, id_descending=search.grammar == "lab"),
    )
    return Plan(asked, known, is_all and search.trashed != "only", bool(terms))


def find_notes(cx: Connection, search: Search, known: Known) -> list[str]:
    """Return what to tell of names that no run has."""
    terms = terms_of(search.node)
    fields = [term.field for term in terms]
    fields += [key.field for key in search.order]
    return notes_on(cx, fields, known) + _status_notes(terms)


def _status_notes(terms: Sequence[Term]) -> list[str]:
    notes: list[str] = []
    for term in terms:
        is_status = term.field == Field("attribute", "status")
        if not is_status or term.operator not in ("=", "!=", "in", "not in"):
            continue
        values = term.value if isinstance(term.value, tuple) else (str(term.value),)
        for value in values:
            if value.lower() not in _STATUSES:
                match = nearest(value.lower(), _STATUSES)
                hint = f"Did you mean {match!r}?" if match else f"Known: {', '.join(_STATUSES)}."
                notes.append(f"There is no status {value!r}. {hint}")
    return notes


def count_all(
    cx: Connection,
    planned: Plan,
    *,
    page: Sequence[Marks],
    has_more: bool,
    is_whole: bool = False,
) -> Total:
    """Return how many runs a search finds, never looking at more than some thousand.

    Args:
        cx: a transaction.
        planned: the search.
        page: the runs that were found, from the first on.
        has_more: whether there are more than these.
        is_whole: whether they are counted however many there are.
    """
    asked = planned.asked
    query = select(func.count()).select_from(run)
    if asked.condition is not None:
        query = query.where(asked.condition)
    if not has_more:
        return Total(len(page), is_exact=True)
    if asked.driver is not None:
        return Total(_count(cx, query.where(among(asked.driver))), is_exact=True)
    if planned.is_all:
        trashed = select(func.count()).select_from(run).where(run.c.trashed_at.is_not(None))
        found = _count(cx, select(func.count()).select_from(run))
        if asked.condition is not None:
            found -= _count(cx, trashed)
        return Total(found, is_exact=True)
    if is_whole or count_upto(cx, select(run.c.seq), MAX_COUNTED + 1) <= MAX_COUNTED:
        return Total(_count(cx, query), is_exact=True)
    return Total(len(page) + 1, is_exact=False)


def walk(
    cx: Connection, planned: Plan, *, after: Marks | None, count: int, skip: int = 0
) -> list[Marks]:
    """Return the marks of the next runs of a search; the last mark of each is the run's id."""
    return find_page(cx, planned.asked, after=after, count=count, skip=skip)


def _count(cx: Connection, query: Select[Any]) -> int:
    return int(cx.execute(query).scalar_one())


def _has(cx: Connection, column: ColumnElement[Any]) -> bool:
    has_some = exists(select(run.c.id).where(column.is_not(None)).correlate(None))
    return bool(cx.execute(select(has_some)).scalar_one())


def _without(node: Node, met: Node | None) -> Node:
    """Return what is left of a filter for runs that meet one of its parts."""
    if met is None:
        return node
    parts = node.parts if isinstance(node, All) else (node,)
    return All(tuple(part for part in parts if part is not met))


def _find_driver(
    cx: Connection, search: Search, compiler: Compiler
) -> tuple[Select[Any] | None, Node | None]:
    """Return the smallest set of runs, of few, that a part leaves, and the part that it meets."""
    parts = search.node.parts if isinstance(search.node, All) else (search.node,)
    # Where several things must hold, few of a set are left, and a walk may find none for long.
    smallest = (MAX_NARROW if len(parts) + len(search.scope) == 1 else 3 * MAX_NARROW) + 1
    driver: Select[Any] | None = None
    met: Node | None = None
    for part in parts:
        rows = _runs_of(cx, compiler, part, smallest)
        if rows is None:
            continue
        found = count_upto(cx, rows, smallest)
        if found < smallest:
            smallest, driver, met = found, rows, part if _is_exact_set(part) else None
    for condition in search.scope:
        rows = _of_run(and_(condition, *in_trash(search.trashed)))
        found = count_upto(cx, rows, smallest)
        if found < smallest:
            smallest, driver, met = found, rows, None
    for is_meant, column in (
        (search.trashed == "only", run.c.trashed_at),
        (search.archived == "only", run.c.archived_at),
    ):
        rows = _of_run(column.is_not(None))
        found = count_upto(cx, rows, smallest) if is_meant else smallest
        if found < smallest:
            smallest, driver, met = found, rows, None
    return driver, met


def _find_crossed(
    cx: Connection, search: Search, compiler: Compiler, condition: ColumnElement[bool]
) -> Select[Any] | None:
    """Return the few runs that several terms leave together, each of which leaves many.

    A walk would look at every run of the store to find them. Where it finds enough soon, it is
    the better way, and there is nothing to return.
    """
    sets = []
    for part in search.node.parts if isinstance(search.node, All) else ():
        if isinstance(part, Term) and _is_indexed(part):
            held = compiler.run_ids(part)
            rows = held if held is not None else _of_run(compiler.condition(part))
            if rows.selected_columns[0].key in ("seq", "run_seq"):
                sets.append(rows)
    if len(sets) < 2:  # noqa: PLR2004 - several
        return None
    floor = select(func.max(run.c.seq) - PROBED).correlate(None).scalar_subquery()
    probe = select(run.c.seq).where(run.c.seq > floor, condition)
    if count_upto(cx, probe, _ENOUGH) >= _ENOUGH:
        return None
    limit = 3 * MAX_NARROW + 1
    crossed = list(cx.execute(intersect(*sets).limit(limit)).scalars())
    if len(crossed) >= limit:
        return None
    return select(run.c.seq).where(run.c.seq.in_(crossed)).correlate(None)


def _runs_of(cx: Connection, compiler: Compiler, part: Node, most: int) -> Select[Any] | None:
    """Return the runs that a part of a filter leaves, where indexes give them; maybe more than most."""
    if isinstance(part, AnyOf):
        return _runs_of_any(cx, compiler, part, most)
    if not isinstance(part, Term):
        return None
    if is_wide(part):
        return wide_runs(part, compiler.known)
    if not _is_indexed(part):
        return None
    held = compiler.run_ids(part)
    return held if held is not None else _of_run(compiler.condition(part))


def _is_exact_set(part: Node) -> bool:
    """Tell whether all runs of the set of a part meet it."""
    if isinstance(part, AnyOf):
        return all(_is_exact_set(one) for one in part.parts)
    return isinstance(part, Term) and not is_wide(part)


def _runs_of_any(cx: Connection, compiler: Compiler, part: AnyOf, most: int) -> Select[Any] | None:
    """Return the runs of which one of some things holds, if few are of each."""
    sets: list[Select[Any]] = []
    for one in part.parts:
        rows = _runs_of(cx, compiler, one, most)
        if rows is None or count_upto(cx, rows, most) >= most:
            return None
        sets.append(_of_run(among(rows)))
    return select(union(*sets).subquery().c.seq) if sets else None


def _of_run(condition: ColumnElement[bool]) -> Select[Any]:
    return select(run.c.seq).where(condition).correlate(None)


def _is_indexed(term: Term) -> bool:
    field, operator = term.field, term.operator
    if operator not in _EXACT:
        return False
    if field.kind == "attribute":
        if field.name in _MEASURED:
            return not isinstance(term.value, Period) or term.value != Period(None, None)
        return field.name in _INDEXED and term.value != "none"
    if field.kind == "metric":
        return (
            field.aspect in (None, "last")
            and not field.may_hold_aspect
            and term.value == term.value
        )
    return field.kind in ("param", "tag", "captured", "dataset") and field.name not in (
        "code",
        "mlflow.runName",
        "mlflow.user",
        "mlflow.parentRunId",
    )
