"""Owns how often a notebook binds each of its top-level names, and where nobody can tell."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping

import msgspec

from .blind import find_spots
from .magics import effect_of
from .source import PlacedCell

_WORD = re.compile(r"[^\W\d]\w*")


class Blind(msgspec.Struct, frozen=True, order=True):
    """A place, by cell and line (from 1), at which any name may be bound; ``what`` says why."""

    cell_index: int
    line: int
    what: str


class Bindings(msgspec.Struct, frozen=True):
    """What the cells of a notebook do to its names.

    ``counts`` says how often each name is bound; ``reads`` holds the cells that read it, in order;
    ``blind`` holds the places where any name may be bound, in order.
    """

    counts: Counter[str]
    reads: dict[str, list[int]]
    blind: list[Blind]


def read_bindings(cells: Mapping[int, PlacedCell]) -> Bindings:
    """Return what the cells, by their index, do to the names of the notebook.

    An augmented assignment, a ``for`` target, ``del``, an import, a magic that names its target and
    ``global`` in a function each count as a binding; names of functions' own scopes do not. In a
    cell that is not valid Python every word counts, because nobody can tell what it would bind.
    """
    counter = _Counter()
    blind: list[Blind] = []
    for index, cell in cells.items():
        blind.extend(_magics(index, cell, counter))
        if cell.tree is not None:
            counter.visit(cell.tree)
            continue
        counter.bound.update(_WORD.findall(cell.source))
        if cell.understood:
            blind.append(Blind(index, 1, "a line that is not Python"))
    spots = find_spots({i: cell.tree for i, cell in cells.items() if cell.tree is not None})
    blind.extend(Blind(*found) for found in spots.found)
    return Bindings(counts=counter.bound, reads=spots.reads, blind=sorted(blind))


def _magics(index: int, cell: PlacedCell, counter: _Counter) -> list[Blind]:
    found = []
    for number in sorted(cell.masked):
        effect = effect_of(cell.lines[number - 1])
        if effect is None:
            continue
        if effect.anything:
            found.append(Blind(index, number, f"`%{effect.magic}`"))
        counter.bound.update(effect.names)
        try:
            counter.visit(ast.parse(effect.code))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            counter.bound.update(_WORD.findall(effect.code))
    return found


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
