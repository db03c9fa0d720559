"""Owns how often a notebook binds each of its top-level names, and whether it changes them in place."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable

from .source import PlacedCell

_WORD = re.compile(r"[^\W\d]\w*")


def count_bindings(cells: Iterable[PlacedCell]) -> Counter[str]:
    """Return how often each name is bound or changed at top level of the cells.

    An augmented assignment, a ``for`` target, ``del``, an import, an item that is set, and
    ``global`` in a function each count; names of functions' own scopes do not. In a cell that is
    not valid Python every word counts, because nobody can tell what it would bind.
    """
    counter = _Counter()
    for cell in cells:
        if cell.tree is None:
            counter.bound.update(_WORD.findall(cell.source))
        else:
            counter.visit(cell.tree)
    return counter.bound


class _Counter(ast.NodeVisitor):
    """Counts bindings of the module's scope; in a function only what it declares ``global``."""

    def __init__(self) -> None:
        self.bound: Counter[str] = Counter()
        self._depth = 0

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        # Twice: a name that is only augmented here was bound somewhere else.
        if isinstance(node.target, ast.Name):
            self._bind(node.target.id)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._changed_in_place(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._changed_in_place(node)

    def _changed_in_place(self, node: ast.Subscript | ast.Attribute) -> None:
        root: ast.expr = node
        while isinstance(root, ast.Subscript | ast.Attribute):
            root = root.value
        if not isinstance(node.ctx, ast.Load) and isinstance(root, ast.Name):
            self._bind(root.id)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self._bind((node.asname or node.name).partition(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._bind(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.bound.update(node.names)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._scope(node, node.name)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._scope(node, node.name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope(node, node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._scope(node, None)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        # Its targets are its own; a walrus in it binds outside.
        self.visit(node.iter)
        for condition in node.ifs:
            self.visit(condition)

    def _scope(self, node: ast.AST, name: str | None) -> None:
        self._bind(name)
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    def _bind(self, name: str | None) -> None:
        if name is not None and not self._depth:
            self.bound[name] += 1
