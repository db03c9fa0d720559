"""Owns which literals of a notebook can become parameters, and what a parameter value may be."""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from nbformat import NotebookNode

from mlops_lab.core.errors import InvalidInputError, did_you_mean
from mlops_lab.core.jobs import Parameter, ParameterType, ProposedParameter
from mlops_lab.core.secrets import is_secret
from mlops_lab.core.tracking import Param, ParamOrigin

from .bindings import count_bindings
from .source import PlacedCell, place

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

_EXACT_INT = 2**53 - 1
"""The largest integer that every JSON reader, the browser too, reads exactly."""

_ORIGINS: Mapping[ParamOrigin, str] = {
    "assigned": "Assigned in the tracked cell.",
    "read": "Read by the tracked cell.",
    "option": "Given to the run by an option of the magic.",
    "injected": "Given to the run as a parameter.",
}


class Literal(msgspec.Struct, frozen=True):
    """A top-level assignment of one literal to one name, and where it stands in the notebook.

    ``text`` is the literal as it was written; ``statement`` is the number of the statement in its
    cell; ``declared`` tells that it stands in the notebook's parameters cell.
    """

    name: str
    type: ParameterType
    value: Any
    text: str
    comment: str
    cell_index: int
    statement: int
    declared: bool
    tracked: bool


class Literals(msgspec.Struct, frozen=True):
    """The literals that can become parameters, and the words for those that cannot, by name."""

    found: list[Literal]
    refused: dict[str, str]
    secrets: list[str]


def find_literals(notebook: NotebookNode) -> Literals:
    """Return every name with exactly one top-level literal assignment in the whole notebook."""
    cells = placed_cells(notebook)
    bound = count_bindings(cells.values())
    parameters_index = find_parameters_cell(notebook)
    result = Literals(found=[], refused={}, secrets=[])
    for index, cell in cells.items():
        if cell.tree is None or not cell.plain:
            continue
        for literal in _literals(cell, index, is_declared=index == parameters_index):
            _sort_in(literal, bound[literal.name], result)
    return result


def placed_cells(notebook: NotebookNode) -> dict[int, PlacedCell]:
    """Return the Python cells of the notebook by index; what papermill injected is left out."""
    placed = {
        index: place(cell.source)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and INJECTED_TAG not in tags(cell)
    }
    return {index: cell for index, cell in placed.items() if cell is not None}


def find_parameters_cell(notebook: NotebookNode) -> int | None:
    """Return the index of the first cell tagged ``parameters``, as papermill finds it."""
    for index, cell in enumerate(notebook.cells):
        if PARAMETERS_TAG in tags(cell) and cell.cell_type == "code":
            return index
    return None


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    found = cell.get("metadata", {}).get("tags")
    return list(found) if isinstance(found, list) else []


def propose(literals: Literals, params: Iterable[Param] | None) -> list[ProposedParameter]:
    """Return the proposal for a notebook, in its order; ``params`` are those of a run of it.

    Chosen are the params of the run and what the notebook declares. Without a run (None) the
    literals of the tracked cells are chosen: they would be its params.
    """
    if params is None:
        return [_propose(literal, None, chosen=literal.tracked) for literal in literals.found]
    seen = {param.name: param for param in params}
    return [_propose(literal, seen.get(literal.name), chosen=False) for literal in literals.found]


def check_parameters(parameters: Sequence[Parameter], known: Iterable[str]) -> list[Parameter]:
    """Return the parameters as they can be declared: a name of ``known`` each, comments of one line.

    A whole number is taken for a float, and a parameter of type ``none`` that was given a value
    has the type of this value. Whether a default is of its type is for the job definition to say.

    Raises:
        InvalidInputError: a name is not among ``known``, or is there twice.
    """
    names = set(known)
    checked: dict[str, Parameter] = {}
    for parameter in parameters:
        if parameter.name not in names:
            hint = did_you_mean(parameter.name, names) or "It has no literals to choose from."
            raise InvalidInputError(
                f"The notebook has no literal {parameter.name!r} that could be a parameter.",
                hint=hint,
            )
        if parameter.name in checked:
            raise InvalidInputError(f"The parameter {parameter.name!r} is given twice.")
        checked[parameter.name] = _as_declared(parameter)
    return list(checked.values())


def _as_declared(parameter: Parameter) -> Parameter:
    value, kind = parameter.default, parameter.type
    if kind == "float" and type(value) is int and abs(value) <= _EXACT_INT:
        value = float(value)
    if kind == "none":
        kind = type_of(value) or kind
    comment = " ".join(parameter.comment.split())
    return Parameter(name=parameter.name, type=kind, default=value, comment=comment)


def type_of(value: Any) -> ParameterType | None:
    """Return the type of a value that a job can be given, None for any other value.

    Tuples, sets, bytes, keys that are not text, NaN, infinity and integers beyond 2**53 - 1 come
    out of JSON or papermill changed, so they are no parameter values.
    """
    if not _is_json(value):
        return None
    if value is None:
        return "none"
    kinds: list[tuple[type, ParameterType]] = [(bool, "bool"), (int, "int"), (float, "float")]
    kinds += [(str, "str"), (list, "list"), (dict, "dict")]
    return next((word for kind, word in kinds if isinstance(value, kind)), None)


def _is_json(value: Any) -> bool:
    match value:
        case int():
            return abs(value) <= _EXACT_INT
        case float():
            return math.isfinite(value)
        case str():
            return not any("\ud800" <= char <= "\udfff" for char in value)
        case list():
            return all(_is_json(item) for item in value)
        case dict():
            return all(isinstance(k, str) and _is_json(k) and _is_json(v) for k, v in value.items())
    return value is None


def _sort_in(literal: Literal, bound: int, result: Literals) -> None:
    if literal.name.startswith("_") or hasattr(builtins, literal.name):
        return
    if is_secret(literal.name, literal.value):
        result.secrets.append(literal.name)
    elif bound > 1:
        result.refused[literal.name] = "it is assigned more than once, or changed"
    else:
        result.found.append(literal)


def _literals(cell: PlacedCell, index: int, *, is_declared: bool) -> Iterable[Literal]:
    for number, statement in enumerate(cell.body):
        target, annotation = _target(statement)
        if target is None or not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        try:
            value = ast.literal_eval(statement.value) if statement.value else ...
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        value = float(value) if annotation == "float" and type(value) is int else value
        kind = type_of(value)
        if kind is None or not cell.can_be_cut(number):
            continue
        yield Literal(
            name=target.id,
            type=kind,
            value=value,
            text=_literal_text(cell, statement, value),
            comment=_comment(cell, number),
            cell_index=index,
            statement=number,
            declared=is_declared,
            tracked=cell.tracked,
        )


def _target(statement: ast.stmt) -> tuple[ast.Name | None, str]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return (target if isinstance(target, ast.Name) else None), ""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        annotation = statement.annotation
        return statement.target, annotation.id if isinstance(annotation, ast.Name) else ""
    return None, ""


def _literal_text(cell: PlacedCell, statement: ast.Assign | ast.AnnAssign, value: Any) -> str:
    left = statement.annotation if isinstance(statement, ast.AnnAssign) else statement.targets[0]
    text = cell.source[cell.span(left)[1] : cell.span(statement)[1]].strip()
    body = text.removeprefix("=").strip()
    # Brackets around the target leave a text that does not stand alone.
    return body if text.startswith("=") and _reads_as(body, value) else repr(value)


def _reads_as(text: str, value: Any) -> bool:
    try:
        read = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return type(read) is type(value) and bool(read == value)


def _comment(cell: PlacedCell, number: int) -> str:
    if cell.line_group(number)[1] != number:
        return ""
    return cell.tail(number)[1].lstrip("#").strip()


def _propose(literal: Literal, param: Param | None, *, chosen: bool) -> ProposedParameter:
    value, kind = (literal.value, literal.type) if param is None else _value_seen(literal, param)
    if param is not None:
        reason = _ORIGINS[param.origin]
    elif literal.declared:
        reason = "In the parameters cell of the notebook."
    elif chosen:
        reason = "A literal of the tracked cell."
    else:
        reason = "A constant: the tracked cell neither assigns nor reads it."
    return ProposedParameter(
        name=literal.name,
        type=kind,
        value=value,
        chosen=chosen or param is not None or literal.declared,
        reason=reason,
        comment=literal.comment,
    )


def _value_seen(literal: Literal, param: Param) -> tuple[Any, ParameterType]:
    try:
        value = ast.literal_eval(param.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return literal.value, literal.type
    if literal.type == "float" and type(value) is int:
        value = float(value)
    kind = type_of(value)
    return (literal.value, literal.type) if kind is None else (value, kind)
