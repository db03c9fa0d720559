"""Owns which names belong to a scope of a cell's code: what it binds, and its arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def defaults(arguments: ast.arguments) -> list[ast.expr]:
    """Return the default values, which are computed outside the function."""
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default)]


def argument_names(arguments: ast.arguments) -> set[str]:
    """Return the names of all arguments."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    extra = [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    return {arg.arg for arg in [*every, *extra]}


def own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of one scope: inner functions, classes and comprehensions are not entered."""
    for node in nodes:
        yield node
        inner = Function | ast.ClassDef | ast.Lambda | Comprehension
        if not isinstance(node, inner):
            yield from own_nodes(ast.iter_child_nodes(node))


def stored_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that the nodes bind or delete in their own scope."""
    for node in own_nodes(nodes):
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


def declared_global(node: ast.AST) -> list[str]:
    """Return the names that a ``global`` statement declares; none for any other node."""
    return node.names if isinstance(node, ast.Global) else []
