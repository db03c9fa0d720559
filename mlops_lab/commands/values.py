"""Owns how ``name=value`` on the command line becomes a value of the declared type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_lab.core.errors import InvalidInputError, did_you_mean
from mlops_lab.core.jobs import ParameterType

_PYTHON_WORDS = {"True": True, "False": False, "None": None}


def read_values(given: Sequence[str], *, types: Mapping[str, ParameterType]) -> dict[str, Any]:
    """Return the values of ``name=value`` texts.

    A value is read as JSON where it is JSON, or as ``True``, ``False`` or ``None``; anything else
    is a text. For a parameter that is declared as text it is always taken as it is written,
    but for a JSON text in double quotes.

    Raises:
        InvalidInputError: a text has no ``=``, or names a parameter twice, or one that is unknown.
    """
    values: dict[str, Any] = {}
    for item in given:
        name, separator, text = item.partition("=")
        if not separator or not name:
            raise InvalidInputError(
                f"{item!r} is not of the form name=value.", hint="Example: seed=7"
            )
        if name not in types:
            hint = did_you_mean(name, types) or "There are none."
            raise InvalidInputError(f"There is no parameter {name!r}.", hint=hint)
        if name in values:
            raise InvalidInputError(f"The parameter {name!r} is given twice.")
        values[name] = _read(text, types[name])
    return values


def _read(text: str, declared: ParameterType) -> Any:
    value = _parse(text)
    if declared == "str" and not isinstance(value, str):
        return text
    return value


def _parse(text: str) -> Any:
    if text in _PYTHON_WORDS:
        return _PYTHON_WORDS[text]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
