"""Owns which tables a cell has bound to names itself, and whether it read them after that."""

from __future__ import annotations

import ast
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from mlops_lab.core.data import DataRole

from .base import Outcome
from .cell import CellReading
from .folds import VALIDATORS
from .scopes import Comprehension, Function, argument_names, stored_names
from .tablenames import names_bound_by_readers, reached_names, tables_behind


def remember_bound(names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells later whether a name was bound anew; it keeps no table alive."""
    found: dict[str, Any] = {}
    for name in names:
        if name in namespace:
            value = namespace[name]
            if any(True for _table in tables_behind(name, value)):
                found[name] = _mark(value)
    return found


def bound_tables(
    reading: CellReading, namespace: Mapping[str, Any], *, before: Mapping[str, Any], end: Outcome
) -> dict[str, dict[str, Any]]:
    """Return the tables behind the names that the cell has bound, by name and by label."""
    found: dict[str, dict[str, Any]] = {}
    for name, is_certain in reading.computed.items():
        if name not in namespace or name.startswith("_"):
            continue
        value = namespace[name]
        if not (is_certain and end.ended_well) and name in before and _is(value, before[name]):
            continue
        tables = dict(tables_behind(name, value))
        if tables:
            found[name] = tables
    return found


def roles_of(
    names: Iterable[str], tree: ast.Module, reading: CellReading, namespace: Mapping[str, Any]
) -> dict[str, DataRole]:
    """Return the role of each name that counts: what was loaded, then what was made and then read.

    What a cross-validation returned are metrics, not data.
    """
    bound = list(names)
    loaded = [name for name in names_bound_by_readers(tree) if name in bound]
    roles: dict[str, DataRole] = dict.fromkeys(loaded, "loaded")
    reads = _Reads()
    reads.visit(tree)
    through = set(reached_names(reads.every, namespace)) - reads.every.keys()
    for name in bound:
        is_read = name in reads.after or name in through
        if is_read and reading.called.get(name) not in VALIDATORS:
            roles.setdefault(name, "made")
    return roles


def _mark(value: Any) -> Any:
    try:
        return weakref.ref(value)
    except TypeError:
        return id(value)


def _is(value: Any, mark: Any) -> bool:
    return bool(mark == id(value) if type(mark) is int else mark() is value)


class _Reads(ast.NodeVisitor):
    """Finds the names that a cell reads, and which of them at a place after it has bound them.

    What a loop binds is read after that from its first line on, and what a function reads it reads
    whenever it is called.
    """

    def __init__(self) -> None:
        self.every: dict[str, None] = {}
        self.after: set[str] = set()
        self._bound: set[str] = set()
        self._local: list[set[str]] = []

    def visit_Module(self, node: ast.Module) -> None:
        for statement in sorted(node.body, key=lambda one: isinstance(one, Function)):
            self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        if any(node.id in names for names in self._local):
            return
        if not isinstance(node.ctx, ast.Load):
            self._bound.add(node.id)
            return
        self.every[node.id] = None
        if node.id in self._bound:
            self.after.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.target)

    visit_NamedExpr = visit_AnnAssign  # noqa: N815 - the name that ast asks for

    def visit_For(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        self._bound.update(stored_names([node]))
        self.generic_visit(node)

    visit_AsyncFor = visit_For  # noqa: N815 - the name that ast asks for
    visit_While = visit_For  # noqa: N815 - the name that ast asks for

    def visit_FunctionDef(self, node: Function | ast.Lambda) -> None:
        body = node.body if isinstance(node.body, list) else [node.body]
        self._visit_scope(node, argument_names(node.args) | set(stored_names(body)))

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast asks for
    visit_Lambda = visit_FunctionDef  # noqa: N815 - the name that ast asks for

    def visit_ListComp(self, node: Comprehension) -> None:
        self._visit_scope(node, set(stored_names(part.target for part in node.generators)))

    visit_SetComp = visit_ListComp  # noqa: N815 - the name that ast asks for
    visit_DictComp = visit_ListComp  # noqa: N815 - the name that ast asks for
    visit_GeneratorExp = visit_ListComp  # noqa: N815 - the name that ast asks for

    def _visit_scope(self, node: ast.AST, names: set[str]) -> None:
        self._local.append(names)
        self.generic_visit(node)
        self._local.pop()
