"""Owns what MLflow allows in a filter: which operator for which field, and how a value is written."""

from __future__ import annotations

import math
import re

from mlops_lab.core.query import Field, Period, QueryError, Term, Value

from .scanner import Scanner

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_NUMBERS = ("=", "!=", "<", "<=", ">", ">=")
_TEXTS = ("=", "!=", "like", "ilike")
_NULLS = ("is null", "is not null")
_ALLOWED = {
    "metric": _NUMBERS,
    "param": (*_TEXTS, *_NULLS),
    "tag": (*_TEXTS, *_NULLS),
    "attribute": (*_TEXTS, "in", "not in"),
    "dataset": (*_TEXTS, "in", "not in"),
}
_TIMES = ("started", "ended")


def read_value(scan: Scanner, field: Field) -> Value:
    """Take the value of a comparison as MLflow writes it.

    Raises:
        QueryError: it is of the wrong kind, or not quoted as it must be.
    """
    scan.skip_blanks()
    at = scan.at
    is_number = field.kind == "metric" or (field.kind == "attribute" and field.name in _TIMES)
    number = scan.take_match(_NUMBER)
    if is_number:
        if number is None:
            kind = "metric" if field.kind == "metric" else f"numeric attribute: {field.name}"
            raise scan.error(
                f"Expected numeric value type for {kind}. Found {scan.take_bare()}", at=at
            )
        return float(number.group())
    kind = "parameter" if field.kind == "param" else field.kind
    if number is not None or scan.peek() not in ("'", '"'):
        found = number.group() if number else scan.take_bare()
        raise scan.error(
            f"Expected a quoted string value for {kind} (e.g. 'my-value'). Got value {found}: "
            "the value is either not quoted or unidentified quote types are used",
            at=at,
        )
    return scan.take_quoted()


def check(term: Term) -> None:
    """Check that MLflow knows the comparison.

    Raises:
        QueryError: it does not; a symbol for a part of a text is ours alone.
    """
    field = term.field
    allowed = _NUMBERS if is_time(field) else _ALLOWED[field.kind]
    if term.operator in _NULLS and field.kind not in ("param", "tag"):
        raise QueryError(
            f"IS NULL / IS NOT NULL is only supported for tags and params, not for {field.shown!r}",
            position=term.position,
        )
    if term.operator not in allowed:
        raise QueryError(
            f"Invalid comparator {term.operator.upper()!r} not one of "
            f"{sorted(one.upper() for one in allowed)}",
            position=term.position,
        )
    if isinstance(term.value, tuple) and field.kind == "attribute" and field.name != "id":
        raise QueryError(
            "Only the 'run_id' attribute supports comparison with a list of quoted string values",
            position=term.position,
        )


def is_time(field: Field) -> bool:
    """Tell whether MLflow keeps this as a number of milliseconds."""
    return field.kind == "attribute" and field.name in _TIMES


def moment(number: float) -> Period:
    """Return the milliseconds that a comparison with a number means.

    A number between two milliseconds lies in an empty period: nothing is equal to it.
    """
    return Period(math.ceil(number), math.floor(number) + 1)
