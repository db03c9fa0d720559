"""Owns the rules of parameters: what a revision may declare, and what a job may be given."""

from __future__ import annotations

import json
import keyword
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from mlops_lab.core.errors import InvalidInputError, MisfitError, did_you_mean
from mlops_lab.core.jobs import Parameter, ParameterType
from mlops_lab.core.limits import MAX_PARAM_BYTES, check_key

_PYTHON_TYPES: dict[ParameterType, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


def check_declared(parameters: Sequence[Parameter]) -> None:
    """Refuse parameters that could not be assigned in the notebook.

    Raises:
        InvalidInputError: a name is no Python identifier, or is declared twice, or a default is
            not of the declared type.
        LimitError: a name is too long.
    """
    seen: set[str] = set()
    for parameter in parameters:
        name = check_key("parameter", parameter.name)
        if not name.isidentifier() or keyword.iskeyword(name):
            raise InvalidInputError(
                f"{name!r} cannot be the name of a parameter.",
                hint="Use a Python name: letters, digits and underscores, no keyword.",
            )
        if name in seen:
            raise InvalidInputError(
                f"The parameter {name!r} is declared twice.", hint="Remove one of the two."
            )
        seen.add(name)
        _check_value(name, parameter.default, parameter.type)


def effective(declared: Sequence[Parameter], given: dict[str, Any]) -> dict[str, Any]:
    """Return the value of every declared parameter: as given, or its default.

    Raises:
        MisfitError: a name is not declared (the hint has the nearest one), or a value is not
            of the declared type.
    """
    by_name = {parameter.name: parameter for parameter in declared}
    for name in given:
        if name not in by_name:
            hint = did_you_mean(name, by_name) or "This definition has no parameters."
            raise MisfitError(f"There is no parameter {name!r}.", hint=hint)
    values = {parameter.name: parameter.default for parameter in declared}
    for name, value in given.items():
        values[name] = _check_value(name, value, by_name[name].type)
    return values


def overrides(declared: Sequence[Parameter], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that differ from the defaults, which alone are put into the notebook.

    The defaults stand in the notebook itself, in the user's own words.
    """
    defaults = {parameter.name: encode(parameter.default) for parameter in declared}
    return {name: value for name, value in values.items() if encode(value) != defaults.get(name)}


def encode(value: Any) -> str:
    """Return ``value`` as JSON text.

    Raises:
        InvalidInputError: it cannot be written as JSON.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"A parameter value cannot be written as JSON: {error}.",
            hint="Use numbers, text, true, false, null, lists and dicts; NaN is not JSON.",
        ) from error
    return text


def encode_declared(declared: Sequence[Parameter]) -> str:
    """Return declared parameters as JSON text."""
    return encode([msgspec.structs.asdict(parameter) for parameter in declared])


def _check_value(name: str, value: Any, wanted: ParameterType) -> Any:
    size = len(encode(value).encode())
    if size > MAX_PARAM_BYTES:
        raise InvalidInputError(
            f"The value of parameter {name!r} has {size:,} bytes.",
            hint=f"The limit is {MAX_PARAM_BYTES:,} bytes; name a file instead.",
        )
    if wanted == "none":
        return value
    is_bool_for_number = isinstance(value, bool) and wanted != "bool"
    if not isinstance(value, _PYTHON_TYPES[wanted]) or is_bool_for_number:
        raise MisfitError(
            f"The parameter {name!r} is {_show(value)} ({_type_name(value)}), but its type is "
            f"{wanted}.",
            hint=f"Give it a value of type {wanted}.",
        )
    return _as_float(name, value) if wanted == "float" else value


def _as_float(name: str, value: Any) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise MisfitError(
            f"The value of parameter {name!r} is too large for a float.", hint="Use a smaller one."
        )
    return number


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - what fits a line


def _type_name(value: Any) -> str:
    return "none" if value is None else type(value).__name__
