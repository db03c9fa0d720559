"""Owns sets of runs that hold all that a term leaves, where no index gives exactly these."""

from __future__ import annotations

import math
from typing import Any, get_args

from sqlalchemy import Select, select

from mlops_lab.core.query import SortKey, Term
from mlops_lab.core.tracking import RunStatus

from .search_axes import axes_of
from .search_names import Known
from .tables import run

_STATUSES: tuple[str, ...] = get_args(RunStatus)
_BOUNDS = ("<", "<=", ">", ">=")


def is_wide(term: Term) -> bool:
    """Tell whether ``wide_runs`` knows a set: of a bound of a metric, or of what a status is not."""
    field = term.field
    if field.kind == "metric":
        has_aspect = field.aspect not in (None, "last") or field.may_hold_aspect
        # Beyond an infinity there is no neighbour that could be the bound of a set.
        is_number = isinstance(term.value, (int, float)) and math.isfinite(term.value)
        return has_aspect and is_number and term.operator in _BOUNDS
    is_status = field.kind == "attribute" and field.name == "status"
    return is_status and term.operator in ("!=", "not in")


def wide_runs(term: Term, known: Known) -> Select[Any]:
    """Return the numbers of the runs that a term leaves, and perhaps of some more."""
    value = term.value
    if term.field.kind == "attribute":
        named = value if isinstance(value, tuple) else (str(value),)
        others = set(_STATUSES) - {one.lower() for one in named}
        return select(run.c.seq).where(run.c.status.in_(sorted(others))).correlate(None)
    assert isinstance(value, (int, float))  # noqa: S101 - that is what is_wide has checked
    [axis] = axes_of(SortKey(term.field, descending=term.operator in ("<", "<=")), known)
    before = math.nextafter(value, math.inf if term.operator == "<=" else -math.inf)
    after = before if term.operator in ("<=", ">=") else float(value)
    return axis.holding(after, None, equal=False)
