"""Owns the walk over the names that code binds in the scope of its module."""

from __future__ import annotations

import ast

from .nodes import QuickVisitor


class ModuleScope(QuickVisitor, ast.NodeVisitor):
    """Tells each name that is bound in the module's scope; ``bind`` says what that means.

    Of a function only what it declares ``global`` counts. Names in expressions and the names of
    ``except`` are left to who derives from it. ``depth`` is how many inner scopes are entered.
    """

    def __init__(self) -> None:
        self.depth = 0

    def bind(self, name: str) -> None:
        """Take note that ``name`` is bound in the module."""
        raise NotImplementedError

    def bind_here(self, name: str | None) -> None:
        """Bind ``name`` unless an inner scope does, or there is none."""
        if name is not None and not self.depth:
            self.bind(name)

    def visit_alias(self, node: ast.alias) -> None:
        self.bind_here((node.asname or node.name).partition(".")[0])

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.bind_here(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs  # noqa: N815 - the name that ast asks for

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.bind_here(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self.bind(name)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope(node, node.name)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast asks for

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
        self.bind_here(name)
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
