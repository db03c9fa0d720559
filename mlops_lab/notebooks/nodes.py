"""Owns quick walks over the tree of a cell: it is walked while a user waits."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

_LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop)


class QuickVisitor(ast.NodeVisitor):
    """An ``ast.NodeVisitor`` that does not visit constants, contexts and most operators."""

    def visit(self, node: ast.AST) -> Any:
        """Visit a node by the method of its class, or else what is below it."""
        method = getattr(self, "visit_" + type(node).__name__, None)
        return self.generic_visit(node) if method is None else method(node)

    def generic_visit(self, node: ast.AST) -> None:
        """Visit what is below a node."""
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                self.visit(value)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Visit nothing: there is nothing below it."""


@lru_cache(maxsize=1)
def every_node(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return all nodes of a tree that is complete, but no contexts and operators.

    Those who look at one cell one after another share the walk.
    """
    found: list[ast.AST] = [tree]
    for node in found:
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                found.extend([item for item in value if isinstance(item, ast.AST)])
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                found.append(value)
    return tuple(found)
