"""Owns how a param's text becomes the Python literal that is stored, and the very same text again."""

from __future__ import annotations

import ast

_QUOTES = ("'", '"')
_KEPT = (bool, int, float, complex, list, tuple, dict, type(None))


def literal_of(text: str) -> str:
    """Return the literal under which the text of a param is stored.

    What is a number, True, False, None, or a list, tuple or dict of such stays as it is; any other
    text is put in quotes. ``plain_value`` gives back exactly the same text.
    """
    if text[:1] in _QUOTES:
        return repr(text)
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return repr(text)
    return text if isinstance(value, _KEPT) else repr(text)


def plain_value(literal: str) -> str:
    """Return the text of a param for people: a Python literal, of a text what is in the quotes."""
    if literal[:1] in _QUOTES:
        try:
            return str(ast.literal_eval(literal))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return literal
    return literal
