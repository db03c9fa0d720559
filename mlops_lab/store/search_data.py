"""Owns how a search finds runs by their data, in MLflow's words: name, digest, context."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select, union_all

from mlops_lab.core.query import Term

from .capture_tables import facet
from .input_tables import dataset, run_dataset
from .search_text import compare


def data_rows(term: Term, dialect: str) -> list[Select[Any]]:
    """Return the ids of the runs with data that meets a comparison: captured, or named by a client.

    What we capture has no context.
    """
    name = term.field.name
    column = run_dataset.c.context if name == "context" else dataset.c[name]
    named = (
        select(run_dataset.c.run_id)
        .join(dataset, dataset.c.id == run_dataset.c.dataset_id)
        .where(column != "", compare(column, term.operator, term.value, dialect))
    )
    if name == "context":
        return [named]
    told = facet.c.name if name == "name" else facet.c.key
    matches = compare(told, term.operator, term.value, dialect)
    return [select(facet.c.run_id).where(facet.c.kind == "data", matches), named]


def data_runs(term: Term, dialect: str) -> Select[Any]:
    """Return the same runs as one set."""
    both = union_all(*data_rows(term, dialect)).subquery()
    return select(both.c.run_id)
