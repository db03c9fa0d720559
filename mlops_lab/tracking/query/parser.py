"""Owns the grammar of a filter: OR, AND, NOT and parentheses around comparisons and words."""

from __future__ import annotations

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.query import (
    MAX_FILTER_CHARS,
    MAX_TERMS,
    All,
    Any,
    Field,
    Grammar,
    Node,
    Not,
    QueryError,
    Term,
)
from mlops_lab.store.rows import storable

from .comparisons import Comparisons
from .scanner import QUOTES, Scanner, measured
from .times import Clockwork

MAX_DEPTH = 30
_JOINING = ("and", "or")


def parse_filter(text: str, *, clock: Clockwork, grammar: Grammar = "lab") -> Node:
    """Return what a filter asks.

    Args:
        text: what the user typed.
        clock: what times in words are counted from.
        grammar: ``mlflow`` takes what MLflow takes, and nothing else.

    Raises:
        QueryError: it cannot be read; it knows at which character.
        InvalidInputError: it is too long.
    """
    if len(text) > MAX_FILTER_CHARS:
        raise InvalidInputError(
            f"The filter has {len(text):,} characters.", hint=f"The limit is {MAX_FILTER_CHARS:,}."
        )
    stored = storable(text)
    with measured(stored):
        return _Parser(stored, clock, grammar).read()


class _Parser:
    """Reads one filter from left to right."""

    def __init__(self, text: str, clock: Clockwork, grammar: Grammar) -> None:
        self._scan = Scanner(text)
        self._grammar = grammar
        self._compare = Comparisons(self._scan, clock, grammar)
        self._terms = 0
        self._depth = 0

    def read(self) -> Node:
        if self._scan.ended:
            return All(())
        alone = self._scan.keyword()
        if self._grammar == "lab" and self._scan.text.strip().lower() == alone:
            return Term(Field("word", ""), ":", self._scan.text.strip(), self._scan.at)
        found = self._read_any()
        if not self._scan.ended:
            raise self._scan.error(
                f"{self._scan.peek()!r} closes nothing", hint="Open a parenthesis, or take it out."
            )
        return found

    def _read_any(self) -> Node:
        parts = [self._read_all()]
        while self._scan.keyword() == "or":
            at = self._scan.at
            self._refuse_in_mlflow("OR", at)
            self._scan.take_keywords("or")
            self._need_operand("OR", at)
            parts.append(self._read_all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _read_all(self) -> Node:
        parts = [self._read_one()]
        while not self._scan.ended and self._scan.peek() != ")" and self._scan.keyword() != "or":
            at = self._scan.at
            if self._scan.take_keywords("and"):
                self._need_operand("AND", at)
            elif self._grammar == "mlflow":
                raise self._scan.error(
                    "Invalid clause(s) in filter string: 'AND' is missing",
                    hint="Join comparisons by AND.",
                )
            parts.append(self._read_one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _read_one(self) -> Node:
        word = self._scan.keyword()
        at = self._scan.at
        if word in _JOINING:
            raise self._scan.error(
                f"An operand is missing before {word.upper()}",
                hint="Put quotes around a word that is meant as text.",
            )
        if word == "not":
            self._refuse_in_mlflow("NOT", at)
            self._scan.take_keywords("not")
            self._need_operand("NOT", at)
            self._deeper(at)
            part = self._read_one()
            self._depth -= 1
            return Not(part)
        if self._scan.peek() == "(":
            self._refuse_in_mlflow("(", at)
            return self._read_group()
        return self._read_term()

    def _read_group(self) -> Node:
        at = self._scan.at
        self._scan.take("(")
        self._deeper(at)
        if self._scan.ended or self._scan.peek() == ")":
            raise self._scan.error("An operand is missing in the parentheses", at=at)
        found = self._read_any()
        if not self._scan.take(")"):
            raise self._scan.error(
                "A parenthesis is opened and not closed", at=at, hint="Close it."
            )
        self._depth -= 1
        return found

    def _read_term(self) -> Node:
        at = self._scan.at
        if self._terms == MAX_TERMS:
            raise self._scan.error("The filter has too many terms", hint=f"Use up to {MAX_TERMS}.")
        self._terms += 1
        if self._grammar == "lab" and self._scan.peek() and self._scan.peek() in QUOTES:
            return Term(Field("word", ""), ":", self._scan.take_quoted(), at)
        return self._compare.read()

    def _need_operand(self, word: str, at: int) -> None:
        if self._scan.ended or self._scan.peek() == ")":
            raise self._scan.error(
                f"An operand is missing after {word}",
                at=at,
                hint="Put quotes around a word that is meant as text.",
            )

    def _deeper(self, at: int) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._scan.error(
                "The filter is nested too deeply", at=at, hint=f"Nest up to {MAX_DEPTH} levels."
            )

    def _refuse_in_mlflow(self, piece: str, at: int) -> None:
        if self._grammar == "mlflow":
            raise QueryError(
                f"Invalid clause(s) in filter string: {piece!r} is not part of MLflow's grammar",
                position=at,
            )
