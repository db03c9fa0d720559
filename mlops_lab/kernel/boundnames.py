"""Owns what a cell does to the names of the notebook: which it binds, changes in place, and reads."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import msgspec

from mlops_lab.notebooks.modulescope import ModuleScope

_ONLY_SHOW = frozenset(
    {"head", "tail", "describe", "info", "sample", "plot", "hist", "show", "shape", "dtypes"}
    | {"value_counts", "nunique", "isna", "isnull", "sum", "mean", "corr", "score", "summary"}
    | {"items", "keys", "values", "get", "copy", "count", "index", "format", "join", "print"}
)
"""Methods that are called to look at something, though the call stands alone as a statement."""

_CHANGE_FIRST = frozenset(
    {"shuffle", "heapify", "heappush", "heappop", "insort", "insort_left", "insort_right"}
    | {"copyto", "fill_diagonal", "place", "put", "putmask", "setattr", "delattr"}
)
"""Functions that change what they are given first, as those of torch do whose names end with ``_``."""


class CellNames(msgspec.Struct, frozen=True):
    """What a cell does to names, by its code.

    ``bound`` are the names that it binds at top level; ``changed`` those whose object it may change
    in place by assigning to a part of it. ``calls`` are the dotted names of what it calls in
    statements that stand alone: see ``changing`` for which of these change something. ``reads`` are
    what it takes from before, ``deleted`` what it removes. ``late`` are reads of its functions alone,
    which take what a name holds when they are called.
    """

    bound: list[str]
    changed: list[str]
    reads: list[str]
    deleted: list[str] = []
    late: list[str] = []
    calls: list[list[str]] = []


def read_names(tree: ast.Module, reads: Sequence[str] | None = None) -> CellNames:
    """Return what the cell does to names, by its code alone; ``reads``, where they are known."""
    if reads is None:
        from .capture.cell import read_cell

        reads = read_cell(tree).reads
    reader = _Reader()
    for statement in tree.body:
        reader.visit(statement)
    return CellNames(
        bound=list(reader.bound),
        changed=[name for name in reader.changed if name not in reader.bound],
        reads=list(reads),
        deleted=[name for name in reader.deleted if name not in reader.bound],
        late=[name for name in reads if name not in reader.loaded],
        calls=[list(path) for path in reader.calls if path[0] not in reader.bound],
    )


class _Reader(ModuleScope, ast.NodeVisitor):
    """Walks the module's scope; of a function only what it declares ``global`` counts."""

    def __init__(self) -> None:
        super().__init__()
        self.bound: dict[str, None] = {}
        self.changed: dict[str, None] = {}
        self.deleted: dict[str, None] = {}
        self.calls: dict[tuple[str, ...], None] = {}
        self.loaded: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if self.depth:
            return
        if isinstance(node.ctx, ast.Store):
            self.bound[node.id] = None
        elif isinstance(node.ctx, ast.Load):
            self.loaded.add(node.id)
        else:
            self.bound.pop(node.id, None)
            self.deleted[node.id] = None

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change(node.value)
        self.generic_visit(node)

    visit_Subscript = visit_Attribute  # noqa: N815 - the name that ast asks for

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._call(node.value)
        self.generic_visit(node)

    def bind(self, name: str) -> None:
        self.bound[name] = None

    def _call(self, call: ast.Call) -> None:
        match call.func:
            case ast.Attribute(value=owner, attr=name):
                path = _dotted(call.func)
                if name not in _ONLY_SHOW and path is None:
                    self._change(owner)
                elif name not in _ONLY_SHOW and path is not None and not self.depth:
                    self.calls[path] = None
            case ast.Name(id=name):
                pass
            case _:
                return
        if call.args and (name in _CHANGE_FIRST or (name.endswith("_") and name[-2:] != "__")):
            self._change(call.args[0])

    def _change(self, node: ast.expr) -> None:
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name) and not self.depth:
            self.changed[node.id] = None


def _dotted(node: ast.expr) -> tuple[str, ...] | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else None
