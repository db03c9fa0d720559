"""Owns the SQL conditions on runs that the tree of a filter means, and which rows can find them."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
)

from mlops_lab.core.query import (
    All,
    Any as AnyOf,
    Archived,
    Grammar,
    Node,
    Not,
    Period,
    Term,
    Trashed,
)

from .like import contains
from .lonepoint import bound
from .rows import storable
from .search_captured import DOTTED, runs_with
from .search_data import data_rows, data_runs
from .search_names import Known
from .search_params import param_matches, tag_matches
from .search_text import compare, ends_with, is_there
from .tables import experiment as experiment_table, param, run, series, tag

NO_PARENT = "none"
"""Asks for runs that are nobody's children."""

COLUMNS: dict[str, ColumnElement[Any]] = {
    "name": run.c.name,
    "notebook": run.c.notebook_path,
    "user": run.c.user,
    "status": run.c.status,
    "source": run.c.source,
    "id": run.c.id,
    "parent": run.c.parent_run_id,
    "identity": run.c.identity,
    "error": run.c.error_name,
    "started": run.c.started_at,
    "ended": run.c.ended_at,
    "archived": run.c.archived_at,
    "duration": run.c.duration_ms,
    "cpu": run.c.cpu_ms,
    "peak_memory": run.c.peak_memory,
}
"""The column of each attribute but the experiment, whose name is in a table of its own."""

_RUN_TAGS = {
    "mlflow.runName": run.c.name,
    "mlflow.parentRunId": run.c.parent_run_id,
    "mlflow.user": run.c.user,
}
"""Tags of MLflow that are columns of ours; the last two only for runs that no client wrote."""

_SEARCHED = ("name", "notebook", "user", "status")


class Compiler(msgspec.Struct, frozen=True):
    """Turns nodes into conditions over the table ``run``; each is true or false, never NULL."""

    known: Known
    dialect: str
    grammar: Grammar = "lab"

    def condition(self, node: Node) -> ColumnElement[bool]:
        """Return what a run must meet."""
        match node:
            case Not():
                return not_(self.condition(node.part))
            case All():
                return and_(true(), *(self.condition(part) for part in node.parts))
            case AnyOf():
                return or_(false(), *(self.condition(part) for part in node.parts))
        return self._term(node)

    def _term(self, term: Term) -> ColumnElement[bool]:
        if term.field.kind == "word":
            return self._anywhere(str(term.value))
        if term.field.kind == "dataset":
            return self._data(term)
        found = self.run_ids(term)
        if found is None:
            return self._attribute(term)
        matches = exists(found.where(is_of_run(found.selected_columns[0])))
        return ~matches if self._is_negated(term) else matches

    def run_ids(self, term: Term) -> Select[Any] | None:
        """Return the runs that have what a term names, as ``among`` takes them; None for a column.

        Where the term asks that a run has *not* something, these are the runs that have it.
        """
        match term.field.kind:
            case "metric":
                return self._metric(term)
            case "param":
                return self._held(param, term)
            case "tag" if term.field.name not in _RUN_TAGS:
                return self._held(tag, term)
            case "captured" | "package":
                return self._captured(term)
            case "dataset":
                return data_runs(term, self.dialect)
        return None

    def _data(self, term: Term) -> ColumnElement[bool]:
        """Ask for data by a search of each kind of rows: one of them all could use no index."""
        positive = msgspec.structs.replace(
            term, operator="is not null" if term.operator == "is null" else term.operator
        )
        rows = data_rows(positive, self.dialect)
        found = or_(*(exists(one.where(is_of_run(one.selected_columns[0]))) for one in rows))
        return ~found if term.operator == "is null" else found

    def _is_negated(self, term: Term) -> bool:
        if term.field.kind in ("captured", "package"):
            return term.operator in ("!=", "not in", "not like", "not ilike", "is null")
        return term.operator == "is null"

    def _metric(self, term: Term) -> Select[Any]:
        name, aspect = self.known.metric(term.field)
        rows = select(series.c.run_seq).where(series.c.key_id == self.known.keys.get(name, -1))
        if term.operator in ("is null", "is not null"):
            return rows
        column = bound(aspect)
        value = term.value
        if isinstance(value, float) and math.isnan(value):
            return rows.where(column.is_not(None) if term.operator == "!=" else column.is_(None))
        if term.operator == "!=":
            return rows.where(or_(column.is_(None), column != value))
        return rows.where(_number(column, term))

    def _held(self, table: Any, term: Term) -> Select[Any]:
        rows = select(table.c.run_seq).where(
            table.c.key_id == self.known.keys.get(term.field.name, -1)
        )
        if term.operator in ("is null", "is not null"):
            return rows
        if table is tag:
            return rows.where(tag_matches(term, self.dialect))
        return rows.where(param_matches(term, self.dialect, self.grammar))

    def _captured(self, term: Term) -> Select[Any]:
        positive = {"!=": "=", "not in": "in", "not like": "like", "not ilike": "ilike"}
        operator: Any = positive.get(term.operator, term.operator)
        name = term.field.name if term.field.kind == "package" else None
        of_field = "package" if name is not None else term.field.name
        value = term.value

        def compare_with(column: ColumnElement[str]) -> ColumnElement[bool]:
            if operator in ("is null", "is not null"):
                return true()
            if operator == "=" and of_field in DOTTED:
                return or_(column == value, ends_with(column, f".{value}"))
            return compare(column, operator, value, self.dialect)

        return runs_with(of_field, name, compare_with)

    def _anywhere(self, word: str) -> ColumnElement[bool]:
        """Ask for a word in the run's own texts, or in the name of a param, metric or tag."""
        places = [
            is_there(COLUMNS[f], contains(COLUMNS[f], word, dialect=self.dialect))
            for f in _SEARCHED
        ]
        places.append(run.c.experiment_id.in_(_experiments(word, self.dialect)))
        keys = self.known.words.get(word, ())
        if keys:
            for table in (series, param, tag):
                held = select(table.c.run_seq).where(
                    table.c.run_seq == run.c.seq, table.c.key_id.in_(keys)
                )
                places.append(exists(held))
        return or_(*places)

    def _attribute(self, term: Term) -> ColumnElement[bool]:
        field, operator, value = term.field, term.operator, term.value
        if field.kind == "tag":
            return self._run_tag(term)
        special = {
            "experiment": _of_experiment,
            "status": _status,
            "artifact_uri": _of_artifacts,
        }
        if field.name in special:
            return special[field.name](term, self.dialect)
        column = COLUMNS[field.name]
        found: ColumnElement[bool]
        if field.name == "parent" and str(value).lower() == NO_PARENT:
            found = column.is_not(None) if operator == "!=" else column.is_(None)
        elif isinstance(value, Period):
            found = is_there(column, _within(column, value))
        elif operator in ("is null", "is not null"):
            found = compare(column, operator, None, self.dialect)
        elif isinstance(value, (int, float)):
            found = is_there(column, _number(column, term))
        elif operator == "!=" and self.grammar == "lab":
            found = func.coalesce(column, "") != value
        else:
            found = is_there(column, compare(column, operator, value, self.dialect))
        return found

    def _run_tag(self, term: Term) -> ColumnElement[bool]:
        """Ask for a tag that MLflow's clients see of every run, whether it is stored or not."""
        operator = term.operator
        is_null = operator == "is null"
        if is_null:
            operator = "is not null"
        column = _RUN_TAGS[term.field.name]
        found = is_there(column, compare(column, operator, term.value, self.dialect))
        if column is not run.c.name:
            stored = self._held(tag, Term(term.field, operator, term.value, term.position))
            is_stored = exists(stored.where(tag.c.run_seq == run.c.seq))
            found = or_(and_(run.c.source != "client", found), is_stored)
        return ~found if is_null else found


def is_of_run(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that the row of a table is of the run: by its number, or by its id."""
    return column == (run.c.seq if column.key in ("seq", "run_seq") else run.c.id)


def among(rows: Select[Any]) -> ColumnElement[bool]:
    """Return the condition that a run is one of those that a query gives the numbers or ids of."""
    is_numbers = rows.selected_columns[0].key in ("seq", "run_seq")
    return (run.c.seq if is_numbers else run.c.id).in_(rows)


def _experiments(part: str, dialect: str) -> Select[Any]:
    matches = contains(experiment_table.c.name, part, dialect=dialect)
    return select(experiment_table.c.id).where(matches)


def _of_experiment(term: Term, dialect: str) -> ColumnElement[bool]:
    matches = compare(experiment_table.c.name, term.operator, term.value, dialect)
    return run.c.experiment_id.in_(select(experiment_table.c.id).where(matches))


def _status(term: Term, dialect: str) -> ColumnElement[bool]:
    value, operator = term.value, term.operator
    if isinstance(value, tuple):
        value = tuple(one.lower() for one in value)
    elif operator in ("like", "not like"):
        # The words are MLflow's in capitals, and ours in small letters.
        operator = "ilike" if operator == "like" else "not ilike"
    elif operator != ":":
        value = str(value).lower()
    return compare(run.c.status, operator, value, dialect)


def _of_artifacts(term: Term, dialect: str) -> ColumnElement[bool]:
    """Ask for where MLflow finds the files of a run."""
    given = select(experiment_table.c.artifact_location).where(
        experiment_table.c.id == run.c.experiment_id
    )
    above = func.coalesce(
        given.correlate(run).scalar_subquery(), literal("mlflow-artifacts:/") + run.c.experiment_id
    )
    address = type_coerce(above, Text) + "/" + run.c.id + "/artifacts"
    return compare(address, term.operator, term.value, dialect)


def _within(column: ColumnElement[Any], period: Period) -> ColumnElement[bool]:
    ends = []
    if period.since is not None:
        ends.append(column >= period.since)
    if period.until is not None:
        ends.append(column < period.until)
    return and_(true(), *ends)


def _number(column: ColumnElement[Any], term: Term) -> ColumnElement[bool]:
    value = term.value
    match term.operator:
        case "<":
            return column < value
        case "<=":
            return column <= value
        case ">":
            return column > value
        case ">=":
            return column >= value
        case "!=":
            return column != value
    return column == value


def in_notebook(path: str) -> ColumnElement[bool]:
    """Return the condition that a run is of the notebook with exactly this path."""
    return run.c.notebook_path == storable(path)


def exactly(
    *, experiment: str | None = None, identity: str | None = None, cell: str | None = None
) -> list[ColumnElement[bool]]:
    """Return the conditions that a run is of exactly this experiment, this identity, this cell."""
    conditions: list[ColumnElement[bool]] = []
    if experiment is not None:
        named = select(experiment_table.c.id).where(experiment_table.c.name == storable(experiment))
        conditions.append(run.c.experiment_id == named.scalar_subquery())
    if identity is not None:
        conditions.append(run.c.identity == storable(identity))
    if cell is not None:
        conditions.append(run.c.cell_id == storable(cell))
    return conditions


def child_of(run_id: str | None) -> ColumnElement[bool]:
    """Return the condition that a run is a child of this one; of None, that it is nobody's."""
    if run_id is None:
        return run.c.parent_run_id.is_(None)
    return is_there(run.c.parent_run_id, run.c.parent_run_id == run_id)


def in_trash(trashed: Trashed) -> list[ColumnElement[bool]]:
    """Return the condition that runs are in the trash, or are not."""
    if trashed == "any":
        return []
    return [run.c.trashed_at.is_(None) if trashed == "no" else run.c.trashed_at.is_not(None)]


def in_archive(archived: Archived) -> list[ColumnElement[bool]]:
    """Return the condition that runs are archived, or are not."""
    if archived == "any":
        return []
    column = run.c.archived_at
    return [column.is_(None) if archived == "no" else column.is_not(None)]
