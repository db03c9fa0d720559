"""Owns the shape of code: what stays of a statement when literals, or literals and names, are left open."""

from __future__ import annotations

import ast
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
    parts: list[str] = []
    _Shape(parts, openness, whole=whole).add(node)
    return "".join(parts)


class _Shape:
    """Writes the shape of a node, part by part: cells are held together while somebody waits."""

    def __init__(self, parts: list[str], openness: Openness, *, whole: bool) -> None:
        self._write = parts.append
        self._is_open = openness != "exact"
        self._named = _NAMED if openness == "names" else {}
        self._skipped = _SKIPPED if whole else _SKIPPED | BODIES

    def add(self, node: ast.AST) -> None:
        """Write a node."""
        if self._is_open and is_literal(node):
            self._write("<literal>")
            return
        self._write(type(node).__name__)
        self._write("(")
        if self._is_open and isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.JoinedStr):
            self._text(node)
        else:
            self._fields(node)
        self._write(")")

    def _fields(self, node: ast.AST) -> None:
        named = self._named.get(type(node))
        for name in node._fields:
            if name in self._skipped:
                continue
            value = getattr(node, name, None)
            self._write("<name>" if name == named and value is not None else "")
            if name != named:
                self._value(value)
            self._write(",")

    def _call(self, node: ast.Call) -> None:
        self.add(node.func)
        for argument in node.args:
            self._write(",")
            self.add(argument)
        for keyword in split_keywords(node)[0]:
            self._write(f"|{keyword.arg}=")
            self.add(keyword.value)

    def _text(self, node: ast.JoinedStr) -> None:
        # Its texts are code: no param is called by a piece of them.
        for item in node.values:
            if isinstance(item, ast.Constant):
                self._write(repr(item.value))
            else:
                self.add(item)

    def _value(self, value: object) -> None:
        if isinstance(value, ast.AST):
            self.add(value)
        elif isinstance(value, list):
            self._write("[")
            for item in value:
                self._value(item)
                self._write(";")
            self._write("]")
        else:
            self._write(repr(value))
