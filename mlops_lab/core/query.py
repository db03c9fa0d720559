"""Owns the tree that a filter means, the columns that a list is sorted by, and their errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from .clock import Millis
from .errors import InvalidInputError

Kind = Literal["attribute", "metric", "param", "tag", "dataset", "captured", "package", "word"]
"""What a term asks about. A ``word`` may be anywhere; ``captured`` is what was captured of a run."""

Aspect = Literal["last", "min", "max", "best"]
"""Which value of a metric: ``best`` is its lowest or highest, as the metric's direction says."""

Operator = Literal[
    ":",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "like",
    "ilike",
    "not like",
    "not ilike",
    "in",
    "not in",
    "is null",
    "is not null",
    "within",
]

Grammar = Literal["lab", "mlflow"]
"""``mlflow`` takes MLflow's filters only, and compares params as texts, as MLflow does."""

Trashed = Literal["no", "only", "any"]
"""Whether a list holds runs outside the trash, those in it, or both."""

Archived = Literal["no", "only", "any"]
"""Whether a list holds runs that are not archived, those that are, or both."""

FacetOrder = Literal["count", "newest"]
"""Which values of a field come first: those of most runs, or of the run that began last."""

NameKind = Literal["metrics", "params", "tags", "columns"]
"""Names of what: ``columns`` are those of data."""

ASPECTS: tuple[Aspect, ...] = ("last", "min", "max", "best")

MAX_FILTER_CHARS = 10_000
"""Longest filter."""

MAX_TERMS = 50
"""Most terms of a filter."""

MAX_SORT_KEYS = 10
"""Most columns of an order."""

MAX_COLUMNS = 100
"""Most columns whose values come with a page."""

MAX_VALUES = 1_000
"""Most values of a facet, and most names, in one answer."""


class Period(msgspec.Struct, frozen=True):
    """A time in words: from ``since`` until just before ``until``; None is without an end."""

    since: Millis | None
    until: Millis | None


Value = str | float | int | tuple[str, ...] | Period | None


class Field(msgspec.Struct, frozen=True):
    """What a term or a sort column is about.

    ``name`` is that of an attribute, metric, param, tag, package or captured thing. ``aspect`` is
    None where the text does not say it. ``may_hold_aspect`` tells that the end of the name may be
    one: of ``metrics.loss.min`` the name is ``loss.min`` if there is such a metric, or else ``loss``.
    """

    kind: Kind
    name: str
    aspect: Aspect | None = None
    may_hold_aspect: bool = False

    @property
    def shown(self) -> str:
        """The field as one would type it."""
        words = {"metric": "metrics.", "param": "params.", "tag": "tags.", "package": "package."}
        before = "dataset." if self.kind == "dataset" else words.get(self.kind, "")
        return f"{before}{self.name}" + (f".{self.aspect}" if self.aspect else "")


class Term(msgspec.Struct, frozen=True, tag="term"):
    """One condition; ``position`` is where it stands in the user's text, from 0."""

    field: Field
    operator: Operator
    value: Value
    position: int


class All(msgspec.Struct, frozen=True, tag="all"):
    """Every one of ``parts`` holds; of none, nothing is asked."""

    parts: tuple[Node, ...]


class Any(msgspec.Struct, frozen=True, tag="any"):
    """At least one of ``parts`` holds."""

    parts: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """``part`` does not hold."""

    part: Node


Node = Term | All | Any | Not


class SortKey(msgspec.Struct, frozen=True):
    """A column of an order; runs without a value come last whichever way it goes."""

    field: Field
    descending: bool = False
    as_text: bool = False


class QueryError(InvalidInputError):
    """A filter or an order that cannot be read.

    ``position`` is where, from 0, and ``length`` how many characters are meant, 0 at the end of the
    text. ``suggestions`` could stand there instead, the likeliest first.
    """

    def __init__(
        self,
        message: str,
        *,
        position: int,
        hint: str = "",
        where: str = "filter",
        suggestions: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{message}, at character {position + 1} of the {where}.", hint=hint)
        self.position = position
        self.length = 0
        self.suggestions = tuple(suggestions)


def terms_of(node: Node) -> list[Term]:
    """Return all terms of a tree, from left to right."""
    if isinstance(node, Term):
        return [node]
    if isinstance(node, Not):
        return terms_of(node.part)
    return [term for part in node.parts for term in terms_of(part)]
