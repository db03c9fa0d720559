"""Owns how values of params and tags are compared: as numbers, as texts, and by their first words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, true

from mlops_lab.core.query import Grammar, Term

from .search_text import compare, plain_text
from .tables import param, tag
from .tracking import number_of
from .words import WORD_CHARS, word_of_param, word_of_text

_QUOTES = ("'", '"')
_LITERALS = {"true": "True", "false": "False", "none": "None"}


def tag_matches(term: Term, dialect: str) -> ColumnElement[bool]:
    """Return the condition on the row of a tag."""
    matches = compare(tag.c.value, term.operator, term.value, dialect)
    words = _words(term)
    if words is None:
        return matches
    in_words = tag.c.word.in_(sorted(words))
    is_whole = all(len(word) < WORD_CHARS for word in words)
    return and_(tag.c.word.is_not(None), in_words) if is_whole else and_(in_words, matches)


def _words(term: Term) -> set[str] | None:
    if term.operator == "=":
        return {word_of_text(str(term.value))}
    if term.operator == "in" and isinstance(term.value, tuple):
        return {word_of_text(one) for one in term.value}
    return None


def param_matches(term: Term, dialect: str, grammar: Grammar) -> ColumnElement[bool]:
    """Return the condition on the row of a param.

    In our grammar ``=`` is that of numbers where both are numbers, and words such as ``true`` mean
    the Python value; in MLflow's it is that of texts.
    """
    operator, value = term.operator, term.value
    if isinstance(value, (int, float)):
        bounds: dict[str, ColumnElement[bool]] = {
            "<": param.c.number < value,
            "<=": param.c.number <= value,
            ">": param.c.number > value,
            ">=": param.c.number >= value,
        }
        return and_(param.c.number.is_not(None), bounds[operator])
    if operator in ("=", "!=", "in", "not in"):
        texts = value if isinstance(value, tuple) else (str(value),)
        same = _same(texts, grammar)
        return same if operator in ("=", "in") else ~same
    return compare(plain_text(param.c.value), operator, value, dialect)


def _is_whole(text: str) -> bool:
    """Tell whether the index holds a text as it is, and nothing else that looks the same."""
    is_plain = text.isprintable() and not set(text) & {*_QUOTES, "\\"}
    return is_plain and len(text) < WORD_CHARS and text.lower() not in _LITERALS


def _same(texts: Sequence[str], grammar: Grammar) -> ColumnElement[bool]:
    literals: set[str] = set()
    numbers: set[float] = set()
    for text in texts:
        literals.add(repr(text))
        if grammar == "lab":
            literals.update((text, _LITERALS.get(text.lower(), text)))
        elif text[:1] not in _QUOTES:
            literals.add(text)
        number = number_of(text)
        if number is not None:
            numbers.add(number)
    found = (word_of_param(one, number_of(one)) for one in literals)
    words = {word for word in found if word is not None}
    in_words = and_(param.c.word.is_not(None), param.c.word.in_(sorted(words)))
    if not all(_is_whole(text) for text in texts):
        in_words = and_(in_words, param.c.value.in_(sorted(literals)))
    if not numbers:
        return in_words
    exact = true() if grammar == "lab" else param.c.value.in_(sorted(literals))
    by_number = and_(param.c.number.is_not(None), param.c.number.in_(sorted(numbers)), exact)
    return or_(in_words, by_number)
