"""Owns which expressions of a cell's code are literals, and what literals make of one another."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

_MAX_POWER = 64
_SEQUENCES: dict[type[ast.expr], Callable[[Iterator[Any]], Any]] = {
    ast.List: list,
    ast.Tuple: tuple,
    ast.Set: set,
}
_NUMBERS = frozenset({int, float})
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def literal_value(node: ast.expr) -> Any:
    """Return the value of a number, text, bool, None, or a container of these, also of ``dict(a=1)``.

    Raises:
        ValueError: the expression is anything else.
    """
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
            value = literal_value(node.operand)
            if not isinstance(value, bool):
                return -value if isinstance(node.op, ast.USub) else value
        case ast.List() | ast.Tuple() | ast.Set():
            return _SEQUENCES[type(node)](literal_value(item) for item in node.elts)
        case ast.Dict() | ast.Call():
            return _dict_value(node)
        case _:
            pass
    raise ValueError("not a literal")


def _dict_value(node: ast.Dict | ast.Call) -> dict[Any, Any]:
    match node:
        case ast.Dict() if all(key is not None for key in node.keys):
            pairs = zip(node.keys, node.values, strict=True)
            return {literal_value(k): literal_value(v) for k, v in pairs if k is not None}
        case ast.Call(func=ast.Name(id="dict"), args=[]) if all(w.arg for w in node.keywords):
            return {str(word.arg): literal_value(word.value) for word in node.keywords}
        case _:
            raise ValueError("not a literal")


def dict_parts(node: ast.expr, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted path and value of the literals inside a dict display, or a call of ``dict``."""
    pairs: list[tuple[ast.expr | None, ast.expr]] = []
    match node:
        case ast.Dict():
            pairs = list(zip(node.keys, node.values, strict=True))
        case ast.Call(func=ast.Name(id="dict"), args=[]):
            pairs = [(ast.Constant(word.arg), word.value) for word in node.keywords if word.arg]
        case _:
            pass
    for key, value in pairs:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        inner = f"{path}.{key.value}" if path else key.value
        try:
            yield inner, literal_value(value)
        except (ValueError, TypeError, RecursionError):
            yield from dict_parts(value, inner)


def unpacked(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return which part of a tuple or list goes to which part of a target such as ``a, *rest``.

    Nothing comes back where the code alone does not tell.
    """
    sequence = ast.Tuple | ast.List
    if not isinstance(target, sequence) or not isinstance(value, sequence):
        return []
    targets, parts = target.elts, value.elts
    if any(isinstance(part, ast.Starred) for part in parts):
        return []
    starred = [n for n, one in enumerate(targets) if isinstance(one, ast.Starred)]
    more = len(parts) - len(targets)
    if more < -len(starred) or (more and not starred):
        return []
    for at in starred:
        taken = ast.copy_location(ast.List(parts[at : at + more + 1], ast.Load()), value)
        parts = [*parts[:at], taken, *parts[at + more + 1 :]]
    bare = [one.value if isinstance(one, ast.Starred) else one for one in targets]
    return list(zip(bare, parts, strict=True))


def place_of(target: ast.expr) -> tuple[str, str] | None:
    """Return name and dotted path of a target such as ``cfg["a"].b``; None for any other."""
    path: list[str] = []
    while True:
        match target:
            case ast.Name(id=name):
                return (name, ".".join(reversed(path))) if path else None
            case ast.Attribute(value=inner, attr=part):
                pass
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(part))):
                pass
            case _:
                return None
        path.append(part)
        target = inner


def folded(operation: ast.operator, values: list[Any], operand: Any) -> list[Any]:
    """Return what an augmented assignment of a literal makes of each of several literal values.

    Raises:
        ValueError: it is no plain arithmetic of numbers, and no text or list that is made longer.
    """
    apply = _OPERATORS.get(type(operation))
    if apply is None or not values:
        raise ValueError("no plain arithmetic")
    made: list[Any] = []
    for value in values:
        are_numbers = type(value) in _NUMBERS and type(operand) in _NUMBERS
        is_joined = apply is operator.add and type(value) is type(operand) in {str, list, tuple}
        is_huge = apply is operator.pow and not abs(operand) <= _MAX_POWER if are_numbers else False
        if not (are_numbers or is_joined) or is_huge:
            raise ValueError("no plain arithmetic")
        try:
            made.append(apply(value, operand))
        except ArithmeticError as error:
            raise ValueError("no value") from error
    return made
