"""Owns which literals of a notebook can become parameters, and why others cannot."""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Iterable
from typing import Any

import msgspec
from nbformat import NotebookNode

from mlops_lab.core.jobs import ParameterType
from mlops_lab.core.secrets import is_secret

from .bindings import Bindings, Blind, read_bindings
from .source import PlacedCell, place

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

EXACT_INT = 2**53 - 1
"""The largest integer that every JSON reader, the browser too, reads exactly."""


class Literal(msgspec.Struct, frozen=True):
    """A top-level assignment of one literal to one name, and where it stands in the notebook.

    ``text`` is the literal as it was written; ``statement`` is the number of the statement in its
    cell; ``declared`` tells that it stands in the notebook's parameters cell. ``barrier`` is the
    last place before it, in an earlier cell, at which any name may be bound: the literal cannot
    move above it. ``needed_at`` is the first cell below the barrier that has or reads the name.
    ``exposed`` tells that there is such a place after it too.
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
    barrier: Blind | None
    needed_at: int
    exposed: bool

    @property
    def after(self) -> int:
        """The index of the cell of the barrier; -1 without one."""
        return -1 if self.barrier is None else self.barrier.cell_index


class Literals(msgspec.Struct, frozen=True):
    """The literals that can become parameters, and the words for names that cannot."""

    found: list[Literal]
    refused: dict[str, str]
    secrets: list[str]


class _Assigned(msgspec.Struct, frozen=True):
    """A literal that a top-level statement assigns to a name."""

    name: str
    value: Any
    type: ParameterType | None
    text: str
    statement: int
    line: int


def find_literals(notebook: NotebookNode) -> Literals:
    """Return every name with exactly one top-level literal assignment in the whole notebook."""
    cells = placed_cells(notebook)
    bindings = read_bindings(cells)
    parameters_index = find_parameters_cell(notebook)
    result = Literals(found=[], refused={}, secrets=[])
    for index, cell in cells.items():
        for assigned in _assignments(cell):
            name = assigned.name
            reason = _refusal(assigned, index, cell, bindings)
            if is_secret(name, assigned.value):
                if name not in result.secrets:
                    result.secrets.append(name)
            elif reason or assigned.type is None:
                result.refused.setdefault(name, reason)
            else:
                literal = _literal(assigned, assigned.type, index, cell, bindings)
                is_declared = index == parameters_index
                result.found.append(msgspec.structs.replace(literal, declared=is_declared))
    known = {*(literal.name for literal in result.found), *result.secrets}
    for name in bindings.counts.keys() - known:
        result.refused.setdefault(name, "no cell gives it one literal in a statement of its own")
    return result


def placed_cells(notebook: NotebookNode) -> dict[int, PlacedCell]:
    """Return the code cells of the notebook by index; what papermill injected is left out."""
    return {
        index: place(cell.source)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and INJECTED_TAG not in tags(cell)
    }


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


def read_literal(text: str) -> Any:
    """Return the value of a Python literal; ``...`` when the text is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ...


def _is_json(value: Any) -> bool:
    match value:
        case int():
            return abs(value) <= EXACT_INT
        case float():
            return math.isfinite(value)
        case str():
            return not any("\ud800" <= char <= "\udfff" for char in value)
        case list():
            return all(_is_json(item) for item in value)
        case dict():
            return all(isinstance(k, str) and _is_json(k) and _is_json(v) for k, v in value.items())
    return value is None


def _refusal(assigned: _Assigned, index: int, cell: PlacedCell, bindings: Bindings) -> str:
    """Return why the literal cannot be a parameter; no words when it can."""
    name, place = assigned.name, f"cell {index + 1}"
    above = [
        spot.what
        for spot in bindings.blind
        if spot.cell_index == index and spot.line <= assigned.line
    ]
    magics = " ".join(f"%%{magic}" for magic in cell.magics)
    blind = f"{''.join(above[-1:])} above it in {place} may bind it too; give it its own cell"
    reasons = [
        (name.startswith("_"), "its name begins with _"),
        (hasattr(builtins, name), "its name hides a builtin of Python"),
        (bindings.counts[name] > 1, "it is bound more than once, or changed"),
        (assigned.type is None, f"{_short(assigned.value)} would not arrive as it was sent"),
        (not cell.plain, f"below {magics}, {place} may run often, or not in the notebook itself"),
        (not cell.can_be_cut(assigned.statement), "it cannot be taken out of its line"),
        (bool(above), blind),
    ]
    return next((words for holds, words in reasons if holds), "")


def _literal(
    assigned: _Assigned, kind: ParameterType, index: int, cell: PlacedCell, bindings: Bindings
) -> Literal:
    before = [spot for spot in bindings.blind if spot.cell_index < index]
    barrier = before[-1] if before else None
    after = barrier.cell_index if barrier else -1
    reads = [
        cell_index for cell_index in bindings.reads.get(assigned.name, []) if cell_index > after
    ]
    return Literal(
        name=assigned.name,
        type=kind,
        value=assigned.value,
        text=assigned.text,
        comment=_comment(cell, assigned.statement),
        cell_index=index,
        statement=assigned.statement,
        declared=False,
        tracked=cell.tracked,
        barrier=barrier,
        needed_at=min([index, *reads]),
        exposed=any(
            (spot.cell_index, spot.line) > (index, assigned.line) for spot in bindings.blind
        ),
    )


def _assignments(cell: PlacedCell) -> Iterable[_Assigned]:
    for number, statement in enumerate(cell.body):
        target, annotation = _target(statement)
        if target is None or not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        try:
            written = ast.literal_eval(statement.value) if statement.value else ...
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        if written is ...:
            continue
        value = float(written) if annotation == "float" and _is_exact(written) else written
        yield _Assigned(
            name=target.id,
            value=value,
            type=type_of(value),
            text=_literal_text(cell, statement, written),
            statement=number,
            line=statement.lineno,
        )


def _is_exact(value: Any) -> bool:
    return type(value) is int and abs(value) <= EXACT_INT


def _target(statement: ast.stmt) -> tuple[ast.Name | None, str]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return (target, "") if isinstance(target, ast.Name) else (None, "")
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target, ast.unparse(statement.annotation)
    return None, ""


def _literal_text(cell: PlacedCell, statement: ast.Assign | ast.AnnAssign, value: Any) -> str:
    """Return the literal as it was written, with its brackets if it needs them."""
    left = statement.targets[0] if isinstance(statement, ast.Assign) else statement.annotation
    text = cell.source[cell.span(left)[1] : cell.span(statement)[1]].strip()
    body = text.removeprefix("=").strip()
    # Brackets around the target leave a text that does not stand alone.
    is_whole = text.startswith("=") and repr(read_literal(body)) == repr(value)
    return body if is_whole else repr(value)


def _comment(cell: PlacedCell, number: int) -> str:
    if cell.line_group(number)[1] != number:
        return ""
    return cell.tail(number)[1].lstrip("#").strip()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - what fits a line
