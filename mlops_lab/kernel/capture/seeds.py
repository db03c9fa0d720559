"""Owns which random seeds a cell sets, and which environment variables it reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from inspect import getattr_static
from types import ModuleType
from typing import Any

import msgspec

from mlops_lab.notebooks.nodes import every_node

from .literals import literal_value
from .params import is_simple

MAX_SEEDS = 50
"""More seeds of one cell than this are not recorded."""

_MAX_CHARS = 200
_SEEDERS = frozenset(
    {"seed", "manual_seed", "manual_seed_all", "seed_all", "set_seed", "set_random_seed"}
    | {"seed_everything", "default_rng", "RandomState", "SeedSequence", "Random", "PRNGKey"}
    | {"MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"}
)
_SEED_ARGUMENTS = frozenset({"seed", "random_state", "random_seed", "np_random_seed", "rng_seed"})
_MARKS = ("seed", "random_state", "RandomState", "Random(", "default_rng", "PRNGKey", "random.")
_ENVIRON_READS = frozenset({"get", "pop", "setdefault"})
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class SeedCall(msgspec.Struct, frozen=True):
    """A call that sets a seed: by which function and argument, and the expression of its value."""

    function: list[str]
    argument: str | None
    value: ast.expr


def find_seeds(tree: ast.Module, source: str) -> list[SeedCall]:
    """Return the calls of a cell that set seeds; values that only a function knows are left out."""
    if not any(mark in source for mark in _MARKS):
        return []
    return [call for call, hidden in _calls(tree, frozenset()) if not _uses(call.value, hidden)][
        :MAX_SEEDS
    ]


def seed_values(calls: list[SeedCall], namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the seeds by what they were set with, as texts; several of one name are joined.

    Call it when the cell has ended. No code of the user's runs for it: a value that is no simple
    one is told by its expression.
    """
    found: dict[str, list[str]] = {}
    for call in calls:
        name = ".".join([*_full_name(call, namespace), *([call.argument] if call.argument else [])])
        text = _text(call.value, namespace)
        if text not in found.setdefault(name[-_MAX_CHARS:], []):
            found[name[-_MAX_CHARS:]].append(text)
    return {name: ", ".join(texts)[:_MAX_CHARS] for name, texts in found.items()}


def variables_read(tree: ast.Module, source: str) -> list[str]:
    """Return the names of the environment variables that the cell reads by a literal name."""
    if "environ" not in source and "getenv" not in source:
        return []
    return [name for node in every_node(tree) for name in _variable(node)]


def _calls(node: ast.AST, hidden: frozenset[str]) -> Iterator[tuple[SeedCall, frozenset[str]]]:
    if isinstance(node, _Scope):
        hidden |= {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
    if isinstance(node, ast.Call):
        path = _path(node.func)
        if path[-1] in _SEEDERS and node.args and not isinstance(node.args[0], ast.Starred):
            yield SeedCall(path, None, node.args[0]), hidden
        for keyword in node.keywords:
            if keyword.arg in _SEED_ARGUMENTS:
                own = path if path[-1] in _SEEDERS else path[-1:]
                argument = None if path[-1] in _SEEDERS else keyword.arg
                yield SeedCall(own, argument, keyword.value), hidden
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, hidden)


def _uses(value: ast.expr, hidden: frozenset[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in hidden for node in ast.walk(value))


def _path(function: ast.expr) -> list[str]:
    """Return the names of ``a.b.c``; what stands before the last dot is one text where it is a call."""
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    parts.append(
        function.id if isinstance(function, ast.Name) else ast.unparse(function)[:_MAX_CHARS]
    )
    return parts[::-1]


def _full_name(call: SeedCall, namespace: Mapping[str, Any]) -> list[str]:
    first = namespace.get(call.function[0])
    if type(first) is ModuleType:
        name = vars(first).get("__name__")
        if isinstance(name, str):
            return [name, *call.function[1:]]
    return call.function


def _text(value: ast.expr, namespace: Mapping[str, Any]) -> str:
    try:
        known = _look_up(value, namespace)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        known = value
    if type(known).__module__ == "numpy" and getattr_static(type(known), "item", None):
        known = known.item() if getattr(known, "ndim", 1) == 0 else value
    if known is not value and is_simple(known, items=10):
        return repr(known)[:_MAX_CHARS]
    return ast.unparse(value)[:_MAX_CHARS]


def _look_up(value: ast.expr, namespace: Mapping[str, Any]) -> Any:
    match value:
        case ast.Name(id=name):
            return namespace[name]
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return getattr_static(namespace[name], attribute)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)):
            holder = namespace[name]
            return holder[key] if type(holder) in {dict, list, tuple} else value
        case _:
            return literal_value(value)


def _variable(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Subscript(value=place, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
            if _path(place)[-1] == "environ":
                yield name
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
            path = _path(function)
            if path[-1] == "getenv" or (path[-1] in _ENVIRON_READS and path[-2:-1] == ["environ"]):
                yield name
