"""Owns reading one comparison of a filter: a field, an operator, and a value that fits both."""

from __future__ import annotations

import math
import re
from typing import cast

from mlops_lab.core.query import (
    Any,
    Field,
    Grammar,
    Node,
    Operator,
    Period,
    QueryError,
    Term,
    Value,
)

from . import mlflowrules
from .fields import find_field, is_prefix, value_kind
from .scanner import QUOTES, Scanner
from .times import EXAMPLES, PHRASE, SPAN, Clockwork, read_period, read_size, read_span

MAX_LISTED = 500
_ORDERED = ("<", "<=", ">", ">=")
_OF_TEXTS = ("like", "ilike", "not like", "not ilike", "in", "not in")
_WORD_OPERATORS: tuple[tuple[tuple[str, ...], Operator], ...] = (
    (("not", "like"), "not like"),
    (("not", "ilike"), "not ilike"),
    (("not", "in"), "not in"),
    (("is", "not", "null"), "is not null"),
    (("is", "null"), "is null"),
    (("like",), "like"),
    (("ilike",), "ilike"),
    (("in",), "in"),
)
_TIME_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("since",), ">="),
    (("after",), ">"),
    (("before",), "<"),
    (("until",), "<="),
    (("on",), "="),
    (("during",), "="),
)
_ROLLING = re.compile(r"(?:within|(?:in\s+)?(?:the\s+)?last)\s+(?=\d)", re.IGNORECASE)
_ARCHIVED = Field("attribute", "archived")
_TIME_FIELDS = ("started", "ended", "archived", "start_time", "end_time", "created")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf(?:inity)?", re.IGNORECASE)


class Comparisons:
    """Reads the comparisons of one text; a word that is no field's is a word that may be anywhere."""

    def __init__(self, scan: Scanner, clock: Clockwork, grammar: Grammar) -> None:
        self._scan = scan
        self._clock = clock
        self._grammar = grammar

    def read(self) -> Node:
        """Take the next comparison or word.

        Raises:
            QueryError: it cannot be read.
        """
        scan, begin = self._scan, self._scan.at
        word = self._read_head()
        quoted, aspect = self._read_name(word)
        if quoted is None and word.lower() in _TIME_FIELDS and self._grammar == "lab":
            found = self._read_time_words(word, begin)
            if found is not None:
                return found
        may_be_field = "." in word or self._is_attribute(word)
        operator = self._read_operator(may_be_field)
        if operator is None:
            if self._grammar == "mlflow" or quoted is not None:
                raise scan.error(
                    f"A comparison is missing after {word}{quoted or ''}",
                    at=begin,
                    hint="Example: metrics.auc > 0.8",
                )
            return Term(Field("word", ""), ":", word, begin)
        field = find_field(word, quoted, aspect, position=begin, grammar=self._grammar)
        if operator == "between":
            return self._read_between(field, begin)
        return self._finish(field, operator, begin)

    def _read_head(self) -> str:
        scan = self._scan
        if self._grammar == "mlflow" and scan.peek() and scan.peek() in '`"':
            return scan.take_quoted() + (scan.take_word() or "")
        word = scan.take_word()
        if word is None:
            raise scan.error(
                f"A field is missing before {scan.peek()!r}", hint="Example: status:failed"
            )
        return word

    def _read_name(self, word: str) -> tuple[str | None, str | None]:
        """Take the quoted name behind ``metrics.``, and the aspect behind that."""
        scan = self._scan
        follows = scan.peek()
        if not word.endswith(".") or not follows or follows not in QUOTES:
            return None, None
        if follows == "'" and self._grammar == "mlflow":
            raise scan.error("Invalid clause(s) in filter string: a name stands in single quotes")
        if not is_prefix(word[:-1]):
            return None, None
        quoted = scan.take_quoted()
        if scan.peek() == "." and self._grammar == "lab":
            scan.at += 1
            return quoted, scan.take_word() or "."
        return quoted, None

    def _is_attribute(self, word: str) -> bool:
        try:
            find_field(word, None, None, position=0, grammar=self._grammar)
        except QueryError:
            return False
        return True

    def _read_operator(self, may_be_field: bool) -> str | None:  # noqa: FBT001 - told by its name
        scan = self._scan
        symbol = scan.take_symbol()
        if symbol is not None or not may_be_field:
            return symbol
        for words, operator in _WORD_OPERATORS:
            before = scan.at
            if scan.take_keywords(*words):
                if operator == "in" and self._grammar == "lab":
                    scan.skip_blanks()
                    if scan.peek() != "(":
                        scan.at = before
                        return None
                return operator
        if self._grammar == "lab" and scan.take_keywords("between"):
            return "between"
        return None

    def _finish(self, field: Field, operator: str, begin: int) -> Node:
        if self._grammar == "lab":
            _check_texts(field, operator, begin)
            if field == _ARCHIVED and operator in (":", "=", "!="):
                is_meant = self._read_truth()
                if is_meant is not None:
                    is_null = is_meant == (operator == "!=")
                    return Term(field, "is null" if is_null else "is not null", None, begin)
        if operator in ("is null", "is not null"):
            value: Value = None
        elif operator in ("in", "not in"):
            value = self._read_list(field)
        else:
            value = self._read_value(field, operator)
        term = Term(field, cast("Operator", operator), value, begin)
        if self._grammar == "mlflow":
            mlflowrules.check(term)
            if isinstance(value, float) and mlflowrules.is_time(field):
                value = mlflowrules.moment(value)
        else:
            self._check(term)
        if not isinstance(value, Period):
            return term
        if operator == "!=":
            others = (Period(None, value.since), Period(value.until, None))
            return Any(tuple(Term(field, "within", one, begin) for one in others))
        return Term(field, "within", _reach(operator, value), begin)

    def _read_truth(self) -> bool | None:
        """Take ``true`` or ``false``; None when neither stands next."""
        for word, truth in (("true", True), ("false", False)):
            if self._scan.take_keywords(word):
                return truth
        return None

    def _read_value(self, field: Field, operator: str) -> Value:
        scan = self._scan
        if scan.ended or scan.peek() == ")":
            raise scan.error("A value is missing at the end", hint="Example: status:failed")
        at, kind = scan.at, value_kind(field)
        if self._grammar == "mlflow":
            return mlflowrules.read_value(scan, field)
        is_quoted = scan.peek() in QUOTES
        if kind == "time":
            return self._read_period(field)
        if kind == "duration" and not is_quoted:
            found = scan.take_match(SPAN)
            if found is not None:
                return read_span(found.group())
        text = scan.take_quoted() if is_quoted else scan.take_bare()
        if kind == "text":
            is_number = field.kind == "param" and operator in _ORDERED
            return self._number(text, field, at) if is_number else text
        if kind == "number":
            return self._number(text, field, at, operator)
        amount = read_span(text) if kind == "duration" else read_size(text)
        if amount is None:
            example = "10m, 1h30m or 90 (seconds)" if kind == "duration" else "2GB"
            raise scan.error(
                f"{text!r} is no amount", at=at, hint=f"Compare {field.shown} with {example}."
            )
        return amount

    def _number(self, text: str, field: Field, at: int, operator: str = "<") -> Value:
        if text.lower() == "nan" and operator in (":", "=", "!="):
            return math.nan
        if _NUMBER.fullmatch(text) is None:
            raise self._scan.error(
                f"{text!r} is not a number",
                at=at,
                hint=f"Compare {field.shown} with a number such as 0.8.",
            )
        return float(text)

    def _read_list(self, field: Field) -> tuple[str, ...]:
        scan, at = self._scan, self._scan.at
        if not scan.take("("):
            raise scan.error(
                "A list in parentheses is missing", at=at, hint=f"{field.shown} IN ('a', 'b')"
            )
        items: list[str] = []
        while True:
            scan.skip_blanks()
            if scan.peek() and scan.peek() in QUOTES:
                if self._grammar == "mlflow" and scan.peek() != "'":
                    raise scan.error("A list holds texts in single quotes, and nothing else")
                items.append(scan.take_quoted())
            else:
                word = None if self._grammar == "mlflow" else scan.take_listed()
                if word is None:
                    raise scan.error(
                        "A value is missing in the list", hint=f"{field.shown} IN ('a', 'b')"
                    )
                items.append(word)
            if len(items) > MAX_LISTED:
                raise scan.error("The list is too long", hint=f"Name up to {MAX_LISTED} values.")
            if scan.take(",") and not scan.take(")"):
                continue
            if scan.text[scan.at - 1] == ")" or scan.take(")"):
                return tuple(items)
            raise scan.error("A parenthesis is opened and not closed", at=at, hint="Close it.")

    def _read_time_words(self, word: str, begin: int) -> Term | None:
        """Read what may stand behind ``started`` in place of an operator; None when it is a word."""
        scan = self._scan
        field = find_field(word, None, None, position=begin, grammar=self._grammar)
        if scan.take_match(_ROLLING):
            found = scan.take_match(SPAN)
            lasted = None if found is None else read_span(found.group())
            if lasted is None:
                raise scan.error("An amount of time is missing", hint="within 2 hours")
            return Term(field, "within", Period(self._clock.now - lasted, None), begin)
        for words, operator in _TIME_WORDS:
            if scan.take_keywords(*words):
                return Term(field, "within", _reach(operator, self._read_period(field)), begin)
        before = scan.at
        found = scan.take_match(PHRASE)
        period = None if found is None else read_period(found.group(), self._clock)
        if period is None:
            scan.at = before
            return None
        return Term(field, "within", period, begin)

    def _read_period(self, field: Field) -> Period:
        scan = self._scan
        at = len(scan.text) if scan.ended else scan.at
        if scan.peek() and scan.peek() in QUOTES:
            text = scan.take_quoted()
        else:
            found = scan.take_match(PHRASE)
            text = scan.take_bare() if found is None else found.group()
        period = read_period(text, self._clock)
        if period is None:
            raise scan.error(
                f"{text!r} is no time" if text else f"A time is missing after {field.shown}",
                at=at,
                hint=EXAMPLES,
            )
        return period

    def _read_between(self, field: Field, begin: int) -> Term:
        scan = self._scan
        kind = value_kind(field)
        if kind == "time":
            first = self._read_period(field)
            self._need_and()
            second = self._read_period(field)
            return Term(field, "within", Period(first.since, second.until), begin)
        raise scan.error(
            f"{field.shown!r} takes no BETWEEN",
            at=begin,
            hint=f"Use {field.shown} >= 1 and {field.shown} <= 2.",
        )

    def _need_and(self) -> None:
        if not self._scan.take_keywords("and"):
            raise self._scan.error("AND is missing after BETWEEN", hint="between A and B")

    def _check(self, term: Term) -> None:
        shown = term.field.shown
        has_order = value_kind(term.field) != "text" or term.field.kind == "param"
        if term.operator in _ORDERED and not has_order:
            raise QueryError(
                f"{shown!r} has no order",
                position=term.position,
                hint=f"Use {shown}:{term.value} or {shown} = {term.value}.",
            )


def _check_texts(field: Field, operator: str, begin: int) -> None:
    if operator in _OF_TEXTS and value_kind(field) != "text":
        raise QueryError(
            f"{field.shown!r} holds numbers, and {operator.upper()} compares texts",
            position=begin,
            hint=f"Use {field.shown} > 0.8.",
        )


def _reach(operator: str, period: Period) -> Period:
    """Return the times for which a comparison with a period holds."""
    if operator == ">":
        return Period(period.until, None)
    if operator == ">=":
        return Period(period.since, None)
    if operator == "<":
        return Period(None, period.since)
    if operator == "<=":
        return Period(None, period.until)
    return period
