"""Owns the values of chosen columns for the runs of a page, and nothing else of these runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from mlops_lab.core.literals import plain_value
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.query import Field

from .lonepoint import bound
from .rows import pieces, run_seqs
from .search import COLUMNS
from .search_names import Known
from .tables import experiment, param, run, series, tag

Shown = str | float | None


def read_columns(
    cx: Connection, run_ids: Sequence[str], fields: Mapping[str, Field], known: Known
) -> list[dict[str, Shown]]:
    """Return the value of each column for each run, in their order; None where a run has none.

    Args:
        cx: a transaction.
        run_ids: the runs.
        fields: by the name under which its value is returned.
        known: the names of the search that found the runs.
    """
    found: dict[str, dict[str, Shown]] = {one: dict.fromkeys(fields) for one in run_ids}
    wanted: dict[str, list[tuple[str, Field]]] = {}
    for name, field in fields.items():
        wanted.setdefault(field.kind, []).append((name, field))
    for some in pieces(run_ids):
        # By their numbers: joined by id, SQLite would go through all runs that have the name.
        of_seq = {seq: run_id for run_id, seq in run_seqs(cx, some).items()}
        _read_metrics(cx, of_seq, wanted.get("metric", []), known, found)
        for kind, table in (("param", param), ("tag", tag)):
            columns = wanted.get(kind, [])
            by_key = {known.keys.get(field.name, -1): name for name, field in columns}
            _read_held(cx, table, of_seq, by_key, found)
        _read_attributes(cx, some, wanted.get("attribute", []), found)
    return [found[one] for one in run_ids]


def _read_metrics(
    cx: Connection,
    of_seq: Mapping[int, str],
    columns: Sequence[tuple[str, Field]],
    known: Known,
    found: dict[str, dict[str, Shown]],
) -> None:
    by_key: dict[int, list[tuple[str, str]]] = {}
    for name, field in columns:
        metric, aspect = known.metric(field)
        by_key.setdefault(known.keys.get(metric, -1), []).append((name, aspect))
    if not by_key:
        return
    query = select(
        series.c.run_seq,
        series.c.key_id,
        *(bound(aspect).label(aspect) for aspect in ("last", "min", "max")),
    ).where(series.c.run_seq.in_(of_seq), series.c.key_id.in_(by_key))
    for row in cx.execute(query).mappings():
        for name, column in by_key[row["key_id"]]:
            value = row[column]
            found[of_seq[row["run_seq"]]][name] = "NaN" if value is None else to_wire(value)


def _read_held(
    cx: Connection,
    table: Any,
    of_seq: Mapping[int, str],
    by_key: Mapping[int, str],
    found: dict[str, dict[str, Shown]],
) -> None:
    if not by_key:
        return
    query = select(table.c.run_seq, table.c.key_id, table.c.value)
    query = query.where(table.c.run_seq.in_(of_seq), table.c.key_id.in_(by_key))
    for seq, key_id, value in cx.execute(query):
        found[of_seq[seq]][by_key[key_id]] = plain_value(value) if table is param else value


def _read_attributes(
    cx: Connection,
    run_ids: Sequence[str],
    columns: Sequence[tuple[str, Field]],
    found: dict[str, dict[str, Shown]],
) -> None:
    if not columns:
        return
    query = select(run.c.id, experiment.c.name.label("experiment"), *_plain(columns))
    query = query.join(experiment, experiment.c.id == run.c.experiment_id)
    for row in cx.execute(query.where(run.c.id.in_(run_ids))).mappings():
        for name, field in columns:
            label = "experiment" if field.name == "experiment" else f"{field.name}_value"
            found[row["id"]][name] = row[label]


def _plain(columns: Sequence[tuple[str, Field]]) -> list[Any]:
    names = dict.fromkeys(field.name for _, field in columns if field.name != "experiment")
    return [COLUMNS[name].label(f"{name}_value") for name in names]
