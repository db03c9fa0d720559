"""Owns the shape of code: what stays of a statement when literals, or literals and names, are left open."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

Openness = Literal["exact", "literals", "names"]
"""What two statements may differ in and still have one shape; with names, literals may differ too."""

BODIES = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
"""The fields of compound statements that hold further statements."""

_NAMED = {
    ast.Name: "id",
    ast.arg: "arg",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
    ast.ExceptHandler: "name",
    ast.alias: "asname",
}
"""The field of a node that names a variable."""

_SKIPPED = frozenset({"kind", "type_comment", "ctx"})


def variable_of(node: ast.AST) -> str | None:
    """Return the variable that the node itself names."""
    field = _NAMED.get(type(node))
    name = getattr(node, field, None) if field else None
    return name if isinstance(name, str) else None


def binds(node: ast.AST) -> bool:
    """Tell whether the node gives its variable a value, so that the variable is of this code."""
    return not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load)


def is_literal(node: ast.AST) -> bool:
    """Tell whether an expression is written out: a constant, or lists and dicts of them."""
    match node:
        case ast.Constant():
            return node.value is not ...
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
            return True
        case ast.List() | ast.Tuple() | ast.Set():
            return all(is_literal(item) for item in node.elts)
        case ast.Dict():
            keys = [key is not None and is_literal(key) for key in node.keys]
            return all(keys) and all(is_literal(value) for value in node.values)
    return False


def is_text_alone(statement: ast.stmt) -> bool:
    """Tell whether a statement is a text that nothing reads, such as a docstring."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def split_keywords(call: ast.Call) -> tuple[list[ast.keyword], dict[str, ast.expr]]:
    """Return the keywords of a call by name: those that are computed, and the values of literals."""
    computed = [one for one in call.keywords if one.arg is None or not is_literal(one.value)]
    literals = {
        one.arg: one.value for one in call.keywords if one.arg is not None and is_literal(one.value)
    }
    return sorted(computed, key=lambda one: one.arg or ""), literals


def shape_of(node: ast.AST, openness: Openness, *, whole: bool = True) -> str:
    """Return the shape of a node; without the statements inside it where not ``whole``."""
    return "".join(_parts(node, openness, whole=whole))


def _parts(node: ast.AST, openness: Openness, *, whole: bool) -> Iterator[str]:
    if openness != "exact" and is_literal(node):
        yield "<literal>"
        return
    yield f"{type(node).__name__}("
    if openness != "exact" and isinstance(node, ast.Call):
        yield from _parts(node.func, openness, whole=whole)
        for argument in node.args:
            yield from _parts(argument, openness, whole=whole)
        yield "|"
        for keyword in split_keywords(node)[0]:
            yield f"{keyword.arg}="
            yield from _parts(keyword.value, openness, whole=whole)
    else:
        yield from _field_parts(node, openness, whole=whole)
    yield ")"


def _field_parts(node: ast.AST, openness: Openness, *, whole: bool) -> Iterator[str]:
    named = _NAMED.get(type(node)) if openness == "names" else None
    for name in node._fields:
        if name in _SKIPPED or (not whole and name in BODIES):
            continue
        value = getattr(node, name, None)
        yield f"{name}:"
        if name == named and value is not None:
            yield "<name>"
        elif isinstance(node, ast.JoinedStr) and isinstance(value, list):
            # Its texts are code: no param is called by a piece of them.
            for item in value:
                yield from (
                    [repr(item.value)]
                    if isinstance(item, ast.Constant)
                    else _parts(item, openness, whole=whole)
                )
        else:
            yield from _value_parts(value, openness, whole=whole)
        yield ","


def _value_parts(value: object, openness: Openness, *, whole: bool) -> Iterator[str]:
    if isinstance(value, ast.AST):
        yield from _parts(value, openness, whole=whole)
    elif isinstance(value, list):
        yield "["
        for item in value:
            yield from _value_parts(item, openness, whole=whole)
            yield ";"
        yield "]"
    else:
        yield repr(value)
