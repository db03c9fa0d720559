"""Owns how often a notebook binds each of its top-level names, and where nobody can tell."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping

import msgspec

from .blind import find_spots
from .magics import effect_of
from .modulescope import ModuleScope
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


class _Counter(ModuleScope, ast.NodeVisitor):
    """Counts bindings of the module's scope; in a function only what it declares ``global``."""

    def __init__(self) -> None:
        super().__init__()
        self.bound: Counter[str] = Counter()

    def bind(self, name: str) -> None:
        self.bound[name] += 1

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bind_here(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        # Twice: a name that is only augmented here was bound somewhere else.
        if isinstance(node.target, ast.Name):
            self.bind_here(node.target.id)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.bind_here(node.name)
        self.generic_visit(node)
