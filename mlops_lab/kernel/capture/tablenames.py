"""Owns how the tables that a cell reads are found: through names, one level into what they hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from mlops_lab.notebooks.nodes import every_node
from mlops_lab.stats.tables import is_data

MAX_TABLES = 50
"""More tables than this of one cell are not recorded."""

MAX_INSIDE = 20
"""Of one container this many tables are recorded."""

_PLAIN = frozenset({int, float, str, bool, bytes, complex, type(None), BuiltinFunctionType})
_MAX_LOOKED_AT = 1_000
_MAX_ATTRIBUTES = 1_000
_MAX_FUNCTIONS = 200
_READERS = re.compile(r"(read|load|fetch|scan|genfromtxt|fromfile|memmap)(_|\b)|loadtxt|loadmat")


def find_tables(
    tree: ast.Module, names: Iterable[str], namespace: Mapping[str, Any], hidden: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the tables behind ``names``, by how the cell would write them.

    Looked at are the values of the names, what a list, tuple or dict of them holds, attributes that
    the cell or the class of an instance names, what functions hold of the functions around them,
    and the globals that functions and classes of the notebook read. Nothing is called, and no
    attribute is computed.
    """
    found: dict[str, Any] = {}
    attributes: dict[str, set[str]] | None = None
    for name in reached_names(names, namespace):
        value = namespace.get(name)
        if type(value) in _PLAIN or (name in hidden and hidden[name] is value):
            continue
        attributes = _attributes(tree) if attributes is None else attributes
        used = attributes.get(name, set()).union(
            *(code.co_names for code in codes_of(type(value), namespace))
        )
        for label, table in _inside(name, value, used):
            found.setdefault(label, table)
            if len(found) >= MAX_TABLES:
                return found
    return found


def tables_behind(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the table that ``value`` is, or the tables that it holds."""
    yield from _inside(name, value, ())


def reached_names(names: Iterable[str], namespace: Mapping[str, Any]) -> list[str]:
    """Return ``names`` and, after them, the globals that functions behind them read."""
    reached = dict.fromkeys(names)
    waiting = list(reached)
    functions = 0
    while waiting and functions < _MAX_FUNCTIONS:
        for code in codes_of(namespace.get(waiting.pop(0)), namespace):
            functions += 1
            fresh = [name for name in code.co_names if name in namespace and name not in reached]
            reached.update(dict.fromkeys(fresh))
            waiting.extend(fresh)
    return list(reached)


def codes_of(value: Any, namespace: Mapping[str, Any]) -> Iterator[CodeType]:
    """Yield the code of a function or class that was defined in ``namespace``."""
    if type(value) is FunctionType:
        if value.__globals__ is namespace:
            yield from _with_inner(value.__code__)
    elif issubclass(type(value), type) and value.__module__ == namespace.get("__name__"):
        for part in vars(value).values():
            function = part.__func__ if type(part) in {staticmethod, classmethod} else part
            if type(function) is FunctionType:
                yield from _with_inner(function.__code__)


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _attributes(tree: ast.Module) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in every_node(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                found.setdefault(name, set()).add(attribute)
            case _:
                pass
    return found


def _inside(name: str, value: Any, attributes: Iterable[str]) -> Iterator[tuple[str, Any]]:
    if is_data(value):
        yield name, value
        return
    kind = type(value)
    items: Iterable[tuple[str, Any]] = ()
    if issubclass(kind, dict):
        items = ((f"{name}[{_key(key)}]", item) for key, item in dict.items(value))
    elif kind in {list, tuple}:
        items = ((f"{name}[{number}]", item) for number, item in enumerate(value))
    elif kind is FunctionType:
        items = ((f"{name}.{free}", item) for free, item in _closure(value))
    elif attributes:
        inside = _own_attributes(value)
        items = ((f"{name}.{one}", inside[one]) for one in sorted(attributes) if one in inside)
    count = 0
    for number, (label, item) in enumerate(items):
        if is_data(item):
            count += 1
            yield label, item
        if count >= MAX_INSIDE or number >= _MAX_LOOKED_AT:
            return


def _closure(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield what a function holds of the function around it."""
    names = function.__code__.co_freevars
    for name, cell in zip(names, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue


def _own_attributes(value: Any) -> dict[str, Any]:
    """Return what is stored on an object itself; properties and what ``__getattr__`` makes are not."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    is_plain = type(found) is dict and not issubclass(type(value), type)
    return (
        found
        if is_plain and (issubclass(type(value), ModuleType) or len(found) < _MAX_ATTRIBUTES)
        else {}
    )


def _key(key: Any) -> str:
    return repr(key)[:100] if type(key) in {str, int, float, bool} else "..."


def names_bound_by_readers(tree: ast.Module) -> list[str]:
    """Return the names that the cell binds to what a reading call returns, such as ``pd.read_csv``.

    The call may be followed by others (``pd.read_csv(path).dropna()``). Reading calls are those whose
    name begins with ``read``, ``load``, ``fetch`` or ``scan``, and ``genfromtxt``, ``loadtxt``,
    ``loadmat``, ``fromfile`` and ``memmap``.
    """
    found: dict[str, None] = {}
    for node in _outside_functions(tree.body):
        match node:
            case ast.Assign(targets=targets, value=value):
                bound: list[ast.expr] = list(targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                bound = [target]
            case ast.NamedExpr(target=target, value=value):
                bound = [target]
            case _:
                continue
        if any(is_reader(call) for call in _chain(value)):
            parts = (part for one in bound for part in ast.walk(one))
            names = (part.id for part in parts if isinstance(part, ast.Name))
            found.update(dict.fromkeys(names))
    return list(found)


def is_reader(name: str) -> bool:
    """Tell whether a function of this name reads data."""
    return _READERS.match(name) is not None


def _outside_functions(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside_functions(ast.iter_child_nodes(node))


def _chain(node: ast.expr) -> Iterator[str]:
    """Yield the names of the calls of a chain, such as ``read_csv`` and ``dropna``."""
    current: ast.AST = node
    while True:
        match current:
            case ast.Await(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                current = inner
            case ast.Attribute(value=inner):
                current = inner
            case ast.Call(func=ast.Name(id=name)):
                yield name
                return
            case ast.Call(func=ast.Attribute(value=inner, attr=name)):
                yield name
                current = inner
            case _:
                return
