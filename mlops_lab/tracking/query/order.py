"""Owns reading an order such as ``metrics.auc DESC``, and the names of columns."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.query import MAX_SORT_KEYS, Field, Grammar, QueryError, SortKey
from mlops_lab.store.rows import storable

from .fields import find_field
from .scanner import QUOTES, Scanner, measured

MAX_CHARS = 600
_DIRECTIONS = ("asc", "desc")
_SORTED = ("attribute", "metric", "param", "tag")


def parse_order(texts: Sequence[str], *, grammar: Grammar = "lab") -> list[SortKey]:
    """Return the columns of an order, each a field with ASC (as without a word) or DESC.

    Raises:
        QueryError: a column is unknown, or twice in the order.
        InvalidInputError: there are too many.
    """
    if len(texts) > MAX_SORT_KEYS:
        raise InvalidInputError(
            f"{len(texts)} columns are too many to sort by.", hint=f"Name up to {MAX_SORT_KEYS}."
        )
    keys = [_parse_key(text, grammar) for text in texts]
    for index, one in enumerate(keys):
        if any(one.field == other.field for other in keys[:index]):
            raise QueryError(
                f"`order_by` contains duplicate fields: {one.field.shown!r}",
                position=0,
                where="order",
            )
    return keys


def parse_column(text: str) -> Field:
    """Return the field that a column shows.

    Raises:
        QueryError: there is no such field, or it has no place in a list.
    """
    scan = _scanner(text, "column")
    with measured(scan.text):
        field = _read_field(scan, "lab", "column")
        if not scan.ended:
            raise scan.error(f"{scan.peek()!r} stands behind the name", hint="Quote odd names.")
    return field


def _parse_key(text: str, grammar: Grammar) -> SortKey:
    scan = _scanner(text, "order")
    with measured(scan.text):
        return _read_key(scan, text, grammar)


def _read_key(scan: Scanner, text: str, grammar: Grammar) -> SortKey:
    field = _read_field(scan, grammar, "order")
    word = scan.keyword() if not scan.ended else "asc"
    if word not in _DIRECTIONS:
        raise scan.error(
            f"Invalid ordering key in order_by clause {text[:100]!r}", hint="Use ASC or DESC."
        )
    scan.take_keywords(word)
    if not scan.ended:
        raise scan.error(f"Invalid order_by clause {text[:100]!r}", hint="Example: metrics.x DESC")
    return SortKey(field, word == "desc", as_text=grammar == "mlflow" and field.kind == "param")


def _scanner(text: str, where: str) -> Scanner:
    if len(text) > MAX_CHARS:
        raise InvalidInputError(
            f"A column has {len(text):,} characters.", hint=f"The limit is {MAX_CHARS:,}."
        )
    return Scanner(storable(text), where=where)


def _read_field(scan: Scanner, grammar: Grammar, where: str) -> Field:
    scan.skip_blanks()
    begin = scan.at
    word = ""
    if scan.peek() in ("`", '"') and scan.peek():
        word = scan.take_quoted()
    word += scan.take_word() or ""
    quoted: str | None = None
    aspect: str | None = None
    if word.endswith(".") and scan.peek() and scan.peek() in QUOTES:
        quoted = scan.take_quoted()
        if grammar == "lab" and scan.take("."):
            aspect = scan.take_word() or "."
    if not word:
        raise scan.error("A column is missing", hint="Example: metrics.auc DESC")
    try:
        field = find_field(word, quoted, aspect, position=begin, grammar=grammar)
    except QueryError as error:
        text, _, _ = error.message.rpartition(", at character ")
        raise QueryError(
            text, position=begin, hint=error.hint, where=where, suggestions=error.suggestions
        ) from None
    if field.kind not in _SORTED or field.name == "artifact_uri":
        raise scan.error(
            f"{field.shown!r} is no column of a list",
            at=begin,
            hint="Columns: what a run itself has, metrics.NAME, params.NAME, tags.NAME.",
        )
    return field
