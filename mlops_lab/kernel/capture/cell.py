"""Owns what the code of a cell says before it runs: what it binds to literals, computes and reads."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class CellReading(msgspec.Struct, frozen=True):
    """What a cell does with names at its top level.

    ``literals`` maps a name to the literal values that it may hold at the end; ``computed`` has the
    names bound to anything else, ordered by their last binding, and whether a cell that ends well
    has bound them for certain; ``reads`` are the names that the cell takes from what ran before it.
    A name may be in all three.
    """

    literals: dict[str, list[Any]]
    computed: dict[str, bool]
    reads: list[str]


def read_cell(tree: ast.Module) -> CellReading:
    """Return what the cell binds and reads, in the order in which its statements stand."""
    reader = _Reader()
    for statement in tree.body:
        reader.visit(statement)
    return CellReading(
        literals={name: values for name, values in reader.literals.items() if values},
        computed=dict(reader.computed),
        reads=reader.all_reads(),
    )


def literal_value(node: ast.expr) -> Any:
    """Return the value of a number, text, bool, None, or a container of these.

    Raises:
        ValueError: the expression is anything else.
    """
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
            value = literal_value(node.operand)
            if not isinstance(value, bool):
                return -value if isinstance(node.op, ast.USub) else value
        case ast.List():
            return [literal_value(item) for item in node.elts]
        case ast.Tuple():
            return tuple(literal_value(item) for item in node.elts)
        case ast.Set():
            return {literal_value(item) for item in node.elts}
        case ast.Dict():
            if all(key is not None for key in node.keys):
                pairs = zip(node.keys, node.values, strict=True)
                return {literal_value(k): literal_value(v) for k, v in pairs if k is not None}
        case _:
            pass
    raise ValueError("not a literal")


class _Reader(ast.NodeVisitor):
    """Walks a cell in the order of execution; ``_scopes`` holds the local names of inner scopes."""

    def __init__(self) -> None:
        self.literals: dict[str, list[Any]] = {}
        self.computed: dict[str, bool] = {}
        self.reads: dict[str, None] = {}
        self.later_reads: dict[str, None] = {}
        self._stored: set[str] = set()
        self._certain: set[str] = set()
        self._scopes: list[set[str]] = []
        self._functions = 0
        self._conditions = 0
        self._loops = 0

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        elif isinstance(node.ctx, ast.Del):
            self._forget(node.id)
        else:
            self._compute(node.id)

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
            self._read(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._assign(node.target, node.value)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        for name in _stored_names([node.target]):
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
        for name in _stored_names([node.pattern]):
            self._compute(name)
        self._visit_conditional([node.guard] if node.guard else [])
        self._visit_conditional(node.body)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name in _stored_names([node]):
            self._forget(name)

    visit_ImportFrom = visit_Import  # noqa: N815 - the name that ast asks for

    def visit_FunctionDef(self, node: _Function) -> None:
        for outside in [*node.decorator_list, *_defaults(node.args)]:
            self.visit(outside)
        self._visit_scope(node.body, _arguments(node.args))
        self._forget(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast asks for

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for outside in _defaults(node.args):
            self.visit(outside)
        self._visit_scope([node.body], _arguments(node.args))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for outside in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(outside)
        self._visit_scope(node.body, set())
        self._forget(node.name)

    def visit_ListComp(self, node: _Comprehension) -> None:
        self.visit(node.generators[0].iter)
        self._scopes.append(set(_stored_names(g.target for g in node.generators)))
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

    def _visit_scope(self, body: Iterable[ast.AST], arguments: set[str]) -> None:
        nodes = list(body)
        declared = {name for node in _own_nodes(nodes) for name in _declared_global(node)}
        self._scopes.append((arguments | set(_stored_names(nodes))) - declared)
        self._functions += 1
        for node in nodes:
            self.visit(node)
        self._functions -= 1
        self._scopes.pop()

    def all_reads(self) -> list[str]:
        """Return what the cell reads; the body of a function reads only what the cell never binds.

        The body runs when the function is called, which may be after the cell has bound the name.
        """
        later = (name for name in self.later_reads if name not in self._stored)
        return list(self.reads | dict.fromkeys(later))

    def _read(self, name: str) -> None:
        if name not in self._stored and not any(name in scope for scope in self._scopes):
            (self.later_reads if self._functions else self.reads)[name] = None

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple | ast.List) and _pairs_up(target, value):
            for inner, part in zip(target.elts, value.elts, strict=True):  # type: ignore[attr-defined]
                self._assign(inner, part)
            return
        if isinstance(target, ast.Name):
            try:
                literal = literal_value(value)
            except (ValueError, TypeError, RecursionError):
                self._compute(target.id)
            else:
                self._bind_literal(target.id, literal)
            return
        self.visit(target)

    def _bind_literal(self, name: str, value: Any) -> None:
        if self._functions:
            return
        self._stored.add(name)
        if not self._conditions:
            self._forget(name)
        self._mark_certain(name)
        self.literals.setdefault(name, []).append(value)

    def _compute(self, name: str) -> None:
        if self._functions:
            return
        self._forget(name, keep_literals=bool(self._conditions))
        self._mark_certain(name)
        self.computed[name] = name in self._certain

    def _mark_certain(self, name: str) -> None:
        if not (self._conditions or self._loops):
            self._certain.add(name)

    def _forget(self, name: str, *, keep_literals: bool = False) -> None:
        if self._functions:
            return
        self._stored.add(name)
        self.computed.pop(name, None)
        if not keep_literals:
            self.literals.pop(name, None)


def _pairs_up(target: ast.Tuple | ast.List, value: ast.expr) -> bool:
    if not isinstance(value, ast.Tuple | ast.List) or len(target.elts) != len(value.elts):
        return False
    return not any(isinstance(part, ast.Starred) for part in [*target.elts, *value.elts])


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default)]


def _arguments(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    extra = [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    return {arg.arg for arg in [*every, *extra]}


def _own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of one scope: inner functions, classes and comprehensions are not entered."""
    for node in nodes:
        yield node
        inner = _Function | ast.ClassDef | ast.Lambda | _Comprehension
        if not isinstance(node, inner):
            yield from _own_nodes(ast.iter_child_nodes(node))


def _stored_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in _own_nodes(nodes):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.alias():
                yield (node.asname or node.name).partition(".")[0]
            case ast.ExceptHandler(name=str(name)):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
            case _:
                pass


def _declared_global(node: ast.AST) -> list[str]:
    return node.names if isinstance(node, ast.Global) else []
