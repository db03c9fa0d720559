"""Owns what the code of a cell says before it runs: what it binds to literals, computes and reads."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

import msgspec

from mlops_lab.notebooks.nodes import QuickVisitor

from .calls import called_name
from .literals import dict_parts, folded, literal_value, place_of, unpacked
from .scopes import (
    Comprehension,
    Function,
    argument_names,
    declared_global,
    defaults,
    own_nodes,
    stored_names,
)


class CellReading(msgspec.Struct, frozen=True):
    """What a cell does with names at its top level.

    ``literals`` maps a name to the literal values that it may hold at the end; ``computed`` has the
    names bound to anything else, ordered by their last binding, and whether a cell that ends well
    has bound them for certain; ``reads`` are the names that the cell takes from what ran before it.
    A name may be in all three.

    ``parts`` has for names of containers the literals that were put inside, by dotted path, and
    ``called`` for computed names the last name of what was called for the value. ``bound`` are all
    names that the cell binds anywhere at top level, ``classes`` those that a ``class`` statement
    binds for certain, each with its line. ``lines`` has the lines of what the cell gives to names and
    ``read_lines`` those where it first takes them. ``readers`` tells for names that only bodies of
    functions read which function that is, such as ``train()``. ``shown`` is a name that nothing but
    the last line reads, which is the name alone.
    """

    literals: dict[str, list[Any]]
    computed: dict[str, bool]
    reads: list[str]
    parts: dict[str, dict[str, Any]] = {}
    called: dict[str, str] = {}
    bound: frozenset[str] = frozenset()
    lines: dict[str, int] = {}
    read_lines: dict[str, int] = {}
    readers: dict[str, str] = {}
    shown: str | None = None
    classes: dict[str, int] = {}


def read_cell(tree: ast.Module) -> CellReading:
    """Return what the cell binds and reads, in the order in which its statements stand."""
    reader = _Reader()
    for statement in tree.body[:-1]:
        reader.visit(statement)
    before = reader.all_reads()
    for statement in tree.body[-1:]:
        reader.visit(statement)
    last = tree.body[-1] if tree.body else None
    shown = _name_alone(last)
    return CellReading(
        literals={name: values for name, values in reader.literals.items() if values},
        computed=dict(reader.computed),
        reads=reader.all_reads(),
        parts={name: parts for name, parts in reader.parts.items() if parts},
        called=dict(reader.called),
        bound=frozenset(reader.stored),
        lines=dict(reader.lines),
        read_lines=dict(reader.reads),
        readers={name: who for name, who in reader.later_reads.items() if name not in reader.reads},
        shown=None if shown in before else shown,
        classes=dict(reader.classes),
    )


class _Reader(QuickVisitor, ast.NodeVisitor):
    """Walks a cell in the order of execution; ``_scopes`` holds the local names of inner scopes."""

    def __init__(self) -> None:
        self.literals: dict[str, list[Any]] = {}
        self.computed: dict[str, bool] = {}
        self.parts: dict[str, dict[str, Any]] = {}
        self.called: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.reads: dict[str, int] = {}
        self.later_reads: dict[str, str] = {}
        self.stored: set[str] = set()
        self.classes: dict[str, int] = {}
        self._certain: set[str] = set()
        self._scopes: list[set[str]] = []
        self._functions: list[str] = []
        self._conditions = 0
        self._loops = 0

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node)
        elif isinstance(node.ctx, ast.Del):
            self._forget(node.id)
        else:
            self._compute(node.id, node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            return
        self.visit(node.value)
        self._assign(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target)
        self.visit(node.value)
        if not isinstance(node.target, ast.Name) or not self._fold(node.target, node):
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._assign(node.target, node.value)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        for name in stored_names([node.target]):
            self._forget(name)
        self._visit_loop([*node.body, *node.orelse])

    visit_AsyncFor = visit_For  # noqa: N815 - the name that ast asks for

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._visit_loop([*node.body, *node.orelse])

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._visit_conditional([*node.body, *node.orelse])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_conditional([node.type] if node.type else [])
        if node.name is not None:
            self._forget(node.name)
        self._visit_conditional(node.body)

    def visit_match_case(self, node: ast.match_case) -> None:
        for name in stored_names([node.pattern]):
            self._compute(name, node.pattern)
        self._visit_conditional([node.guard] if node.guard else [])
        self._visit_conditional(node.body)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name in stored_names([node]):
            self._forget(name)

    visit_ImportFrom = visit_Import  # noqa: N815 - the name that ast asks for

    def visit_FunctionDef(self, node: Function) -> None:
        for outside in [*node.decorator_list, *defaults(node.args)]:
            self.visit(outside)
        self._visit_scope(node.body, argument_names(node.args), node.name)
        self._forget(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast asks for

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for outside in defaults(node.args):
            self.visit(outside)
        self._visit_scope([node.body], argument_names(node.args), "lambda")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for outside in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(outside)
        self._visit_scope(node.body, set(), node.name)
        self._forget(node.name)
        if not (self._functions or self._conditions or self._loops):
            self.classes[node.name] = node.lineno

    def visit_ListComp(self, node: Comprehension) -> None:
        self.visit(node.generators[0].iter)
        self._scopes.append(set(stored_names(g.target for g in node.generators)))
        for number, generator in enumerate(node.generators):
            inner = [generator.iter] if number else []
            for expression in [*inner, *generator.ifs]:
                self.visit(expression)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for expression in results:
            self.visit(expression)
        self._scopes.pop()

    visit_SetComp = visit_ListComp  # noqa: N815 - the name that ast asks for
    visit_DictComp = visit_ListComp  # noqa: N815 - the name that ast asks for
    visit_GeneratorExp = visit_ListComp  # noqa: N815 - the name that ast asks for

    def _visit_loop(self, nodes: Iterable[ast.AST]) -> None:
        self._loops += 1
        for node in nodes:
            self.visit(node)
        self._loops -= 1

    def _visit_conditional(self, nodes: Iterable[ast.AST]) -> None:
        self._conditions += 1
        for node in nodes:
            self.visit(node)
        self._conditions -= 1

    def _visit_scope(self, body: Iterable[ast.AST], arguments: set[str], name: str) -> None:
        nodes = list(body)
        declared = {name for node in own_nodes(nodes) for name in declared_global(node)}
        self._scopes.append((arguments | set(stored_names(nodes))) - declared)
        self._functions.append(name)
        for node in nodes:
            self.visit(node)
        self._functions.pop()
        self._scopes.pop()

    def all_reads(self) -> list[str]:
        """Return what the cell reads; the body of a function reads only what the cell never binds.

        The body runs when the function is called, which may be after the cell has bound the name.
        """
        later = (name for name in self.later_reads if name not in self.stored)
        return list(dict.fromkeys([*self.reads, *later]))

    def _read(self, node: ast.Name) -> None:
        name = node.id
        if name in self.stored or any(name in scope for scope in self._scopes):
            return
        if self._functions:
            self.later_reads.setdefault(name, f"{self._functions[0]}()")
        else:
            self.reads.setdefault(name, node.lineno)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if pairs := unpacked(target, value):
            for inner, part in pairs:
                self._assign(inner, part)
            return
        try:
            literals = [literal_value(value)]
        except (ValueError, TypeError, RecursionError):
            literals = []
        if isinstance(target, ast.Name):
            if literals:
                self._bind_literals(target, literals)
            else:
                called = called_name(value, self.called)
                self._compute(target.id, target)
                self._note_value(target.id, value, called)
            return
        self.visit(target)
        self._put_part(target, literals)

    def _note_value(self, name: str, value: ast.expr, called: str | None) -> None:
        if self._functions:
            return
        if called is not None:
            self.called[name] = called
        self.parts[name] = dict(dict_parts(value))

    def _put_part(self, target: ast.expr, literals: list[Any]) -> None:
        place = None if self._functions else place_of(target)
        if place is None:
            return
        name, path = place
        self.lines[f"{name}.{path}"] = target.lineno
        parts = self.parts.setdefault(name, {})
        parts.pop(path, None)
        if literals and not self._loops:
            parts[path] = literals[0]

    def _fold(self, target: ast.Name, node: ast.AugAssign) -> bool:
        """Bind what ``n += 1`` makes of a literal; False where the name is computed by that."""
        known = [] if target.id in self.computed else self.literals.get(target.id, [])
        if self._functions or self._loops:
            return False
        try:
            made = folded(node.op, known, literal_value(node.value))
        except (ValueError, TypeError, RecursionError):
            return False
        self._bind_literals(target, made)
        return True

    def _bind_literals(self, target: ast.Name, values: list[Any]) -> None:
        if self._functions:
            return
        name = target.id
        self.stored.add(name)
        if not self._conditions:
            self._forget(name)
        self._mark_certain(name)
        self.lines[name] = target.lineno
        self.literals.setdefault(name, []).extend(values)

    def _compute(self, name: str, node: ast.AST) -> None:
        if self._functions:
            return
        self._forget(name, keep_literals=bool(self._conditions))
        self._mark_certain(name)
        self.lines[name] = getattr(node, "lineno", 0)
        self.computed[name] = name in self._certain

    def _mark_certain(self, name: str) -> None:
        if not (self._conditions or self._loops):
            self._certain.add(name)

    def _forget(self, name: str, *, keep_literals: bool = False) -> None:
        if self._functions:
            return
        self.stored.add(name)
        self.computed.pop(name, None)
        self.called.pop(name, None)
        self.classes.pop(name, None)
        if not keep_literals:
            self.literals.pop(name, None)
            self.parts.pop(name, None)


def _name_alone(statement: ast.stmt | None) -> str | None:
    match statement:
        case ast.Expr(value=ast.Name(id=name)):
            return name
        case _:
            return None
