"""Owns where a search finds what is captured of runs: data, model, git, packages, files, code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from mlops_lab.core.facets import FacetKind

from .capture_tables import document, entry, facet, run_artifact
from .tables import cell

PACKAGE = "package"
"""The field that holds a version for each name of a package."""

_ENTRIES: dict[str, FacetKind] = {
    "data.path": "data",
    "data.column": "data",
    "model.class": "model",
    "model.library": "model",
    "git.branch": "git",
    "git.dirty": "git",
    "git.remote": "git",
    "python": "environment",
    PACKAGE: "environment",
}
_NAMES = frozenset({"data.column"})
"""Fields whose entries are compared by name, not by value."""

DOTTED = frozenset({"model.class"})
"""Fields that hold dotted names: the last parts of a name are the same as the whole."""

LOOKED_UP = frozenset(
    {"data.digest", "data.name", "git.commit", "artifact", "code", *_ENTRIES} - {PACKAGE}
)
"""The fields that ``runs_with`` knows, besides ``PACKAGE``."""

Compare = Callable[[ColumnElement[str]], ColumnElement[bool]]


def runs_with(field: str, name: str | None, compare: Compare) -> Select[Any]:
    """Return the ids of the runs of which something captured meets a comparison.

    Args:
        field: one of ``LOOKED_UP``, or ``PACKAGE``.
        name: of the package.
        compare: gives the condition on the column that holds the value.
    """
    if field == "code":
        return select(cell.c.run_id).where(compare(cell.c.source))
    if field == "artifact":
        return select(run_artifact.c.run_id).where(compare(run_artifact.c.path))
    of_facet = select(facet.c.run_id)
    if field == "data.name":
        return of_facet.where(facet.c.kind == "data", compare(facet.c.name))
    if field == "git.commit":
        return of_facet.where(facet.c.kind == "git", compare(facet.c.key))
    if field == "data.digest":
        by_content = _by_entry("data.content", compare(entry.c.value))
        return of_facet.where(facet.c.kind == "data", or_(compare(facet.c.key), by_content))
    column = entry.c.name if field in _NAMES else entry.c.value
    conditions = [compare(column)]
    if name is not None:
        conditions.append(entry.c.name == name)
    return of_facet.where(facet.c.kind == _ENTRIES[field], _by_entry(field, *conditions))


def _by_entry(field: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    owners = select(entry.c.owner).where(entry.c.field == field, *conditions)
    sharing = select(document.c.digest).where(document.c.shared.in_(owners))
    return or_(facet.c.digest.in_(owners), facet.c.digest.in_(sharing))
