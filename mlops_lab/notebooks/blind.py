"""Owns which Python can bind names that its own text does not show, such as ``exec`` and star imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

import msgspec

from .magics import effect_of

_CALLS = frozenset({"exec", "globals"})
_CALLS_OUTSIDE_FUNCTIONS = frozenset({"eval"})
_CALLS_WITHOUT_ARGUMENTS = frozenset({"locals", "vars", "dir"})
_ATTRIBUTES = frozenset(
    {"__globals__", "f_globals", "f_locals", "user_ns", "user_global_ns"}
    | {"enable_pylab", "run_cell", "run_cell_magic", "safe_execfile"}
)
_SHELL_METHODS = frozenset({"ex", "ev", "magic", "push", "reset"})


class _Use(msgspec.Struct, frozen=True):
    """A name that is read: where, and in which top-level function or class, if any."""

    name: str
    cell_index: int
    line: int
    within: str | None


class Spots(msgspec.Struct, frozen=True):
    """Where any name may be bound (cell, line, and words for it), and the cells that read each name."""

    found: list[tuple[int, int, str]]
    reads: dict[str, list[int]]


def find_spots(trees: Mapping[int, ast.Module]) -> Spots:
    """Return what the cells, by their index, have; a use of an unsafe function is a spot as well."""
    reader = _Reader()
    for index, tree in trees.items():
        reader.read(index, tree)
    reads: dict[str, list[int]] = {}
    for use in reader.uses:
        reads.setdefault(use.name, []).append(use.cell_index)
    unsafe = _spread(reader.unsafe, reader.uses)
    called = [
        (use.cell_index, use.line, f"`{use.name}`, which has {unsafe[use.name]} in it,")
        for use in reader.uses
        if use.within is None and use.name in unsafe
    ]
    return Spots(found=[*reader.found, *called], reads=reads)


def _spread(unsafe: Mapping[str, str], uses: Iterable[_Use]) -> dict[str, str]:
    """Return the unsafe functions with those that use them, over any number of steps."""
    spread = dict(unsafe)
    is_growing = True
    while is_growing:
        before = len(spread)
        for use in uses:
            if use.within is not None and use.name in spread:
                spread.setdefault(use.within, spread[use.name])
        is_growing = len(spread) > before
    return spread


class _Reader(ast.NodeVisitor):
    """Reads cells in order; ``unsafe`` are the top-level functions and classes with a spot in them."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int, str]] = []
        self.unsafe: dict[str, str] = {}
        self.uses: list[_Use] = []
        self._cell = 0
        self._depth = 0
        self._within: str | None = None

    def read(self, cell_index: int, tree: ast.Module) -> None:
        self._cell = cell_index
        self.visit(tree)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            return
        if node.id in _CALLS or (not self._depth and node.id in _CALLS_OUTSIDE_FUNCTIONS):
            self._mark(node, f"`{node.id}`")
        self.uses.append(_Use(node.id, self._cell, node.lineno, self._within))

    def visit_Call(self, node: ast.Call) -> None:
        match node.func:
            case ast.Name(id=name) if name in _CALLS_WITHOUT_ARGUMENTS:
                if not (self._depth or node.args or node.keywords):
                    self._mark(node, f"`{name}()`")
            case ast.Attribute(attr="run_line_magic"):
                self._read_line_magic(node)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=name):
                if name in _SHELL_METHODS:
                    self._mark(node, f"`get_ipython().{name}`")
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        is_builtin = isinstance(node.value, ast.Name) and node.value.id == "builtins"
        if node.attr in _ATTRIBUTES or (is_builtin and node.attr in {*_CALLS, "eval"}):
            self._mark(node, f"`{node.attr}`")
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        if any(alias.name == "__main__" for alias in node.names):
            self._mark(node, "`__main__`")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if any(alias.name == "*" for alias in node.names):
            self._mark(node, f"`from {'.' * node.level}{node.module or ''} import *`")

    def visit_Constant(self, node: ast.Constant) -> None:
        if node.value == "__main__":
            self._mark(node, "`__main__`")

    def visit_Compare(self, node: ast.Compare) -> None:
        # ``if __name__ == "__main__"`` reaches for nothing.
        for part in (node.left, *node.comparators):
            if not isinstance(part, ast.Constant):
                self.visit(part)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.slice, ast.Name) and node.slice.id == "__name__":
            self._mark(node, "`[__name__]`")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name):
            self._scope([node.value.body], target.id)
            return
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._definition(node, node.decorator_list)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._definition(node, node.decorator_list)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._definition(node, [*node.decorator_list, *node.bases])

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._scope([node.body], None)

    def _definition(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        outside: Iterable[ast.expr],
    ) -> None:
        for part in outside:
            self.visit(part)
        self._scope(node.body, node.name)

    def _scope(self, body: Iterable[ast.AST], name: str | None) -> None:
        outer = self._within
        self._within = outer or name
        self._depth += 1
        for part in body:
            self.visit(part)
        self._depth -= 1
        self._within = outer

    def _read_line_magic(self, node: ast.Call) -> None:
        parts = [part.value for part in node.args if isinstance(part, ast.Constant)]
        words = [part for part in parts if isinstance(part, str)]
        if len(words) < len(node.args) or not words:
            self._mark(node, "`run_line_magic`")
        elif effect_of(f"%{' '.join(words)}") is not None:
            self._mark(node, f"`%{words[0]}`")

    def _mark(self, node: ast.stmt | ast.expr, words: str) -> None:
        if self._within is None:
            self.found.append((self._cell, node.lineno, words))
        else:
            self.unsafe.setdefault(self._within, words)
