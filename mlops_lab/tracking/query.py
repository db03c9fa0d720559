"""Owns the filter box: the small language that people type to find runs.

``auc`` is a word that may be anywhere; ``status:failed`` asks for a part of a field, ``=`` for all
of it; ``metrics.auc > 0.8``, ``params.n = 200`` and ``tags.team:x`` ask for what a run holds. All
terms must hold. Quotes (double, single, or back) keep words with blanks together. Of what is
captured one asks alike: ``data.column:age``, ``git.dirty:true``, ``package.numpy = 2.4.0``,
``code:predict``, ``parent:none``.
"""

from __future__ import annotations

import re
from typing import cast

from sqlalchemy import ColumnElement

from mlops_lab.core.errors import InvalidInputError, nearest
from mlops_lab.store.rows import storable
from mlops_lab.store.search import (
    NAMED_FIELDS,
    TEXT_FIELDS,
    Operator,
    Term,
    conditions,
    in_notebook,
)
from mlops_lab.store.search_captured import PACKAGE

from .entries import canonical_package

MAX_FILTER_CHARS = 2_000
MAX_TERMS = 50

_QUOTES = "\"'`"
_BLANKS = re.compile(r"\s*")
_OPERATOR = re.compile(r"==|!=|<=|>=|[:=<>]")
# An apostrophe within a word is a letter; after a dot it begins a quoted name.
_WORD = re.compile(r"(?:(?!!=)[^\s:=<>\"'`]|(?<=[^\s.])')+")
_VALUE = re.compile(r"\S+")
_NAMED = re.compile(rf"({'|'.join(NAMED_FIELDS)})\.(.*)", re.DOTALL)


def compile_filter(
    text: str, *, notebook_path: str | None = None, dialect: str
) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of a filter, and of one notebook when its path is given.

    Raises:
        InvalidInputError: the filter cannot be read; the message says at which character.
    """
    found = conditions(parse_filter(text), dialect=dialect)
    return found if notebook_path is None else [in_notebook(notebook_path), *found]


def parse_filter(text: str) -> list[Term]:
    """Return the terms of a filter.

    Raises:
        InvalidInputError: it cannot be read; the message says at which character.
    """
    if len(text) > MAX_FILTER_CHARS:
        raise InvalidInputError(
            f"The filter has {len(text):,} characters.", hint=f"The limit is {MAX_FILTER_CHARS:,}."
        )
    return _Reader(storable(text)).read()


class _Reader:
    """Reads one filter from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def read(self) -> list[Term]:
        terms: list[Term] = []
        self._skip_blanks()
        while self._at < len(self._text):
            if len(terms) == MAX_TERMS:
                raise self._error("The filter has too many terms", hint=f"Use up to {MAX_TERMS}.")
            if term := self._read_term(first=not terms):
                terms.append(term)
            self._skip_blanks()
        return terms

    def _read_term(self, *, first: bool) -> Term | None:
        begin = self._at
        if self._text[begin] in _QUOTES:
            return Term(None, None, ":", self._read_quoted(), begin + 1)
        word = _WORD.match(self._text, begin)
        if word is None:
            raise self._error(
                f"A field is missing before {self._text[begin]!r}", hint="Example: status:failed"
            )
        self._at = word.end()
        field = word.group()
        name: str | None = None
        if field.endswith(".") and self._peek() in _QUOTES and self._peek():
            name = self._read_quoted()
        operator = self._read_operator()
        if operator is None:
            if name is not None:
                raise self._error(f"A comparison is missing after {field}{name!r}", at=begin)
            # "and" between two terms says what holds anyhow.
            if field.lower() == "and" and not first and self._at < len(self._text):
                return None
            return Term(None, None, ":", field, begin + 1)
        field, name = self._check_field(field, name, begin)
        return Term(field, name, operator, self._read_value(), begin + 1)

    def _check_field(self, word: str, name: str | None, begin: int) -> tuple[str, str | None]:
        if word in TEXT_FIELDS:
            return word, None
        named = _NAMED.fullmatch(word)
        if named is None:
            raise self._unknown_field(word, begin)
        name = named.group(2) if name is None else name
        if not name:
            raise self._error(
                f"A name is missing after '{word}'", at=begin, hint=f"Example: {word}n = 200"
            )
        return named.group(1), canonical_package(name) if named.group(1) == PACKAGE else name

    def _unknown_field(self, word: str, begin: int) -> InvalidInputError:
        kind, dot, name = word.partition(".")
        dotted = [field for field in TEXT_FIELDS if "." in field]
        match = nearest(word, dotted if dot else [*TEXT_FIELDS, *NAMED_FIELDS])
        if dot and match is None:
            match = nearest(kind, NAMED_FIELDS)
        if match in NAMED_FIELDS:
            match = f"{match}.{name or 'NAME'}"
        fields = ", ".join([*TEXT_FIELDS, *(f"{field}.NAME" for field in NAMED_FIELDS)])
        return self._error(
            f"{word!r} is not a field",
            at=begin,
            hint=f"Did you mean {match!r}?" if match else f"Fields: {fields}.",
        )

    def _read_operator(self) -> Operator | None:
        before = self._at
        self._skip_blanks()
        found = _OPERATOR.match(self._text, self._at)
        if found is None:
            self._at = before
            return None
        self._at = found.end()
        return cast("Operator", "=" if found.group() == "==" else found.group())

    def _read_value(self) -> str:
        self._skip_blanks()
        if self._at >= len(self._text):
            raise self._error("A value is missing at the end", hint="Example: status:failed")
        if self._text[self._at] in _QUOTES:
            return self._read_quoted()
        found = _VALUE.match(self._text, self._at)
        assert found is not None  # noqa: S101 - blanks were skipped, and the text goes on
        self._at = found.end()
        return found.group()

    def _read_quoted(self) -> str:
        begin = self._at
        end = self._text.find(self._text[begin], begin + 1)
        if end < 0:
            raise self._error("A quote is opened and not closed", at=begin, hint="Close it.")
        self._at = end + 1
        return self._text[begin + 1 : end]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_blanks(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        if found is not None:
            self._at = found.end()

    def _error(self, message: str, *, hint: str = "", at: int | None = None) -> InvalidInputError:
        position = (self._at if at is None else at) + 1
        return InvalidInputError(f"{message}, at character {position} of the filter.", hint=hint)
