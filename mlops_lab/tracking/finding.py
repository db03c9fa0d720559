"""Owns finding runs: pages in any order, chosen columns, counts of values, names for completion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, Connection

from mlops_lab.core.clock import Clock
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import MAX_OFFSET, MAX_PAGE
from mlops_lab.core.query import (
    MAX_COLUMNS,
    MAX_VALUES,
    Archived,
    FacetOrder,
    Field,
    Kind,
    NameKind,
    Trashed,
)
from mlops_lab.core.tracking import FacetList, FacetValue, NameList, NameUse, RunPage
from mlops_lab.store import outbox, runs
from mlops_lab.store.rows import storable
from mlops_lab.store.search import NO_PARENT, child_of, exactly, in_notebook
from mlops_lab.store.search_columns import read_columns
from mlops_lab.store.search_facets import FACETED, count_values, find_names
from mlops_lab.store.search_lists import Plan, Search, Total, count_all, find_notes, plan, walk
from mlops_lab.store.search_pages import Marks
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run

from .lookup import find_run_id
from .query import (
    Clockwork,
    find_zone,
    parse_column,
    parse_filter,
    parse_order,
    read_marks,
    write_marks,
)

MAX_LOGGED = 50_000

_KINDS: dict[NameKind, Kind] = {
    "metrics": "metric",
    "params": "param",
    "tags": "tag",
    "columns": "captured",
}


class Scope(TypedDict, total=False):
    """Which runs are meant.

    ``filter`` is what the user typed; ``notebook_path``, ``cell`` (the id of one), ``experiment``
    and ``identity`` are meant exactly; ``parent`` names a run, or is ``none``; times in words count
    in ``time_zone``, an IANA name, or in that of this machine.
    """

    filter: str
    notebook_path: str | None
    cell: str | None
    parent: str | None
    experiment: str | None
    identity: str | None
    trashed: Trashed
    archived: Archived
    time_zone: str | None


class Listed(Scope, total=False):
    """Which runs are meant, and what is shown of them.

    ``order_by`` holds columns such as ``metrics.auc DESC``; without it the newest run comes first.
    ``columns`` are those whose values come with the page. ``limit`` is 1 to 1,000, and ``cursor``
    the ``next_cursor`` of the page before. ``offset`` asks for the page at a place of the list
    instead, from 0; then ``total`` is exact, however many runs there are.
    """

    order_by: Sequence[str]
    columns: Sequence[str]
    limit: int
    cursor: str | None
    offset: int | None


class Finding:
    """Finds runs of one store. Safe to use from several threads."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def page(self, asked: Listed) -> RunPage:
        """Return a page of runs.

        Raises:
            QueryError: the filter, the order or a column cannot be read; it knows where.
            InvalidInputError: the limit, offset, cursor or time zone cannot be used.
            NotFoundError: there is no such parent.
        """
        limit = asked.get("limit", 100)
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInputError(
                f"A page of {limit} runs is not possible.", hint=f"Ask for 1 to {MAX_PAGE}."
            )
        order = list(asked.get("order_by", ()))
        columns = _columns(asked.get("columns", ()))
        cursor = asked.get("cursor")
        _check_offset(asked.get("offset"), cursor)
        with self._store.read() as cx:
            search = self._search(cx, asked, order=order, columns=tuple(columns.values()))
            planned = plan(cx, search)
            after = read_marks(cursor, order, planned.asked) if cursor else None
            shown, has_more, total = _turn_to(cx, planned, asked, after=after)
            summaries = runs.summaries_of(cx, [_id(marks) for marks in shown])
            ids = [summary.id for summary in summaries]
            return RunPage(
                runs=summaries,
                next_cursor=write_marks(shown[-1], order) if has_more else None,
                total=total.runs,
                seq=outbox.last_seq(cx),
                is_total_exact=total.is_exact,
                values=read_columns(cx, ids, columns, planned.known) if columns else [],
                notes=[] if shown and not cursor else find_notes(cx, search, planned.known),
            )

    def ids(
        self,
        *,
        filter: str,  # noqa: A002 - the word that users know it by
        order_by: Sequence[str] = (),
        experiment_ids: Sequence[str] | None = None,
        trashed: Trashed = "no",
        limit: int = 1_000,
        page_token: str | None = None,
    ) -> tuple[list[str], str | None]:
        """Return ids of runs as MLflow searches them, and the token of the next page, if any.

        The filter and the order are MLflow's: params are compared as texts, and of runs that are
        alike the newest comes first. ``experiment_ids`` None means all experiments.

        Raises:
            QueryError: the filter or the order cannot be read.
            InvalidInputError: the limit or the token cannot be used.
        """
        if not 1 <= limit <= MAX_LOGGED:
            raise InvalidInputError(
                f"A page of {limit} runs is not possible.", hint=f"Ask for 1 to {MAX_LOGGED:,}."
            )
        scope: list[ColumnElement[bool]] = []
        if experiment_ids is not None:
            scope.append(run.c.experiment_id.in_([storable(one) for one in experiment_ids]))
        order = list(order_by)
        search = Search(
            node=parse_filter(filter, clock=Clockwork(self._clock()), grammar="mlflow"),
            order=tuple(parse_order(order, grammar="mlflow")),
            scope=tuple(scope),
            trashed=trashed,
            grammar="mlflow",
        )
        with self._store.read() as cx:
            planned = plan(cx, search)
            after = read_marks(page_token, order, planned.asked) if page_token else None
            found = walk(cx, planned, after=after, count=limit + 1)
        shown = found[:limit]
        following = write_marks(shown[-1], order) if len(found) > limit else None
        return [_id(marks) for marks in shown], following

    def values(
        self,
        field: str,
        *,
        order: FacetOrder = "count",
        limit: int = 20,
        **scope: Unpack[Scope],
    ) -> FacetList:
        """Return values of a field among runs, with how many runs have each and the newest of them.

        The most frequent ones come first, or with ``order="newest"`` those of the newest runs.

        Raises:
            QueryError: the field or the filter cannot be read.
            InvalidInputError: the field has no values to count, or the limit is too large.
        """
        if not 1 <= limit <= MAX_VALUES:
            raise InvalidInputError(
                f"{limit} values are not possible.", hint=f"Ask for 1 to {MAX_VALUES:,}."
            )
        found = parse_column(field)
        if found.kind == "metric" or (found.kind == "attribute" and found.name not in FACETED):
            raise InvalidInputError(
                f"Values of {field!r} are not counted.",
                hint=f"Ask for {', '.join(FACETED)}, params.NAME or tags.NAME.",
            )
        with self._store.read() as cx:
            planned = self._plan(cx, scope, columns=(found,))
            counted = count_values(cx, found, planned, order=order, limit=limit)
        return FacetList(
            field=field,
            values=[FacetValue(*group) for group in counted.groups],
            groups=counted.total,
            is_exact=counted.is_exact,
        )

    def names(
        self, kind: NameKind, *, prefix: str = "", piece: str = "", limit: int = 50
    ) -> NameList:
        """Return names that begin with ``prefix`` and hold ``piece``, the most used first.

        Raises:
            InvalidInputError: the limit is too large.
        """
        if not 1 <= limit <= MAX_VALUES:
            raise InvalidInputError(
                f"{limit} names are not possible.", hint=f"Ask for 1 to {MAX_VALUES:,}."
            )
        with self._store.read() as cx:
            found = find_names(
                cx, _KINDS[kind], prefix=storable(prefix), piece=storable(piece), limit=limit
            )
        return NameList(names=[NameUse(name=name, count=count) for name, count in found])

    def _plan(self, cx: Connection, scope: Scope, *, columns: tuple[Field, ...]) -> Plan:
        return plan(cx, self._search(cx, scope, order=[], columns=columns))

    def _search(
        self, cx: Connection, asked: Scope, *, order: list[str], columns: tuple[Field, ...]
    ) -> Search:
        clock = Clockwork(self._clock(), find_zone(asked.get("time_zone")))
        conditions = exactly(
            experiment=asked.get("experiment"),
            identity=asked.get("identity"),
            cell=asked.get("cell"),
        )
        path, parent = asked.get("notebook_path"), asked.get("parent")
        if path is not None:
            conditions.append(in_notebook(path))
        node = parse_filter(asked.get("filter", ""), clock=clock)
        keys = tuple(parse_order(order))
        if parent is not None:
            parent_id = None if parent == NO_PARENT else find_run_id(cx, parent)
            conditions.append(child_of(parent_id))
        return Search(
            node=node,
            order=keys,
            scope=tuple(conditions),
            trashed=asked.get("trashed", "no"),
            archived=asked.get("archived", "any"),
            columns=columns,
        )


def _check_offset(offset: int | None, cursor: str | None) -> None:
    if offset is None:
        return
    if not 0 <= offset <= MAX_OFFSET:
        raise InvalidInputError(
            f"An offset of {offset} is not possible.", hint="Ask for 0 or more."
        )
    if cursor:
        raise InvalidInputError(
            "A page is asked for by offset and by cursor.", hint="Leave one of them out."
        )


def _turn_to(
    cx: Connection, planned: Plan, asked: Listed, *, after: Marks | None
) -> tuple[list[Marks], bool, Total]:
    """Return the runs of a page, whether more follow, and how many there are in all."""
    limit, skip = asked.get("limit", 100), asked.get("offset") or 0
    is_whole = asked.get("offset") is not None
    if skip:
        total = count_all(cx, planned, page=[], has_more=True, is_whole=True)
        if skip >= total.runs:
            return [], False, total
    found = walk(cx, planned, after=after, count=limit + 1, skip=skip)
    shown, has_more = found[:limit], len(found) > limit
    if not skip:
        is_part = has_more or after is not None
        total = count_all(cx, planned, page=shown, has_more=is_part, is_whole=is_whole)
    return shown, has_more, total


def _columns(names: Sequence[str]) -> dict[str, Field]:
    if len(names) > MAX_COLUMNS:
        raise InvalidInputError(
            f"{len(names)} columns are too many.", hint=f"Name up to {MAX_COLUMNS}."
        )
    return {name: parse_column(name) for name in names}


def _id(marks: Marks) -> str:
    return str(marks[-1])
