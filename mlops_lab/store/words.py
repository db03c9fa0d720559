"""Owns what the indexes of params and tags hold of a text: its beginning, as people see it."""

from __future__ import annotations

from mlops_lab.core.literals import plain_value

WORD_CHARS = 64
"""How many characters of a text the index holds; PostgreSQL's takes no long ones."""


def word_of_text(text: str) -> str:
    """Return what the index holds of a text."""
    return text[:WORD_CHARS]


def word_of_param(literal: str, number: float | None) -> str | None:
    """Return what the index holds of the literal of a param; None for one that is a number."""
    if number is not None:
        return None
    quote = literal[:1]
    if quote in ("'", '"') and literal.endswith(quote) and "\\" not in literal:
        return literal[1 : min(WORD_CHARS + 1, len(literal) - 1)]
    return word_of_text(plain_value(literal))
