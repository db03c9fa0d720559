"""Owns what tells runs of the same code, data and params, as far as it is known before the cell runs."""

from __future__ import annotations

import ast
import hashlib
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from mlops_lab.core.secrets import is_secret, mask_text
from mlops_lab.notebooks.nodes import every_node

from .run import RunLog
from .valuedigest import digest_value

MAX_PATHS = 50
"""So many texts of a cell are looked up as files."""

MAX_PARTS = 500
"""A cell that depends on more functions than this is not told by what it is made of."""

_MAX_PATH_CHARS = 512


class UnknownError(Exception):
    """Something that the cell takes cannot be told apart from others of its kind."""


def identify(
    tree: ast.Module | None,
    source: str,
    *,
    run: RunLog,
    reads: Mapping[str, Any],
) -> str | None:
    """Return a digest of code, params and data of a cell; None when some of it is not known yet.

    A cell without code has none either.

    Args:
        tree: the cell as Python; None for one of another language.
        source: the cell as it was typed.
        run: has the params and the versions of data that were recorded before the cell's code runs.
        reads: what the cell takes from before, by name.
    """
    if tree is not None and not tree.body:
        return None
    hashed = hashlib.sha256()
    try:
        for part in _parts(tree, source, run=run, reads=reads):
            encoded = part.encode("utf-8", "surrogatepass")
            hashed.update(len(encoded).to_bytes(8, "big") + encoded)
    except (UnknownError, RecursionError):
        return None
    return hashed.hexdigest()[:32]


def _parts(
    tree: ast.Module | None, source: str, *, run: RunLog, reads: Mapping[str, Any]
) -> Iterator[str]:
    body = source.strip() if tree is None else ast.unparse(tree)
    yield mask_text(body)
    yield from (f"{name}={text}" for name, text in sorted(run.params.items()))
    facets = {name: digest for (kind, name), digest in run.facets.items() if kind == "data"}
    # Whether the content of a large table is known by now depends on the load; of a sample it does not.
    tables = facets | run.glimpses
    yield from (f"{name}:{digest}" for name, digest in sorted(tables.items()))
    known = {*run.params, *tables}
    seen: set[int] = set()
    for name, value in sorted(reads.items()):
        if name not in known and not is_secret(name, value):
            yield from _of_value(name, value, seen)
    if tree is not None:
        yield from _files(tree)


def _of_value(name: str, value: Any, seen: set[int]) -> Iterator[str]:
    """Yield what tells a value: of the user's own functions and classes their code, all the way down.

    Raises:
        UnknownError: it is an object whose state cannot be read lightly.
    """
    if id(value) in seen:
        return
    if len(seen) > MAX_PARTS:
        raise UnknownError
    kind = type(value)
    if issubclass(kind, ModuleType):
        yield f"{name}:module {value.__name__}"
    elif kind is FunctionType or issubclass(kind, type):
        seen.add(id(value))
        yield f"{name}:{value.__module__}.{value.__qualname__}"
        if value.__module__ == "__main__":
            yield from _of_own(value, seen)
    elif kind is BuiltinFunctionType:
        yield f"{name}:{value.__module__}.{value.__qualname__}"
    else:
        digest = digest_value(value)
        if digest is None:
            raise UnknownError
        yield f"{name}:{digest}"


def _of_own(value: Any, seen: set[int]) -> Iterator[str]:
    if issubclass(type(value), type):
        for name, member in sorted(vars(value).items()):
            if isinstance(member, FunctionType):
                yield from _of_value(name, member, seen)
        return
    code = value.__code__
    yield from _of_code(code)
    for name in sorted(set(_names(code))):
        held = value.__globals__.get(name, value)
        if issubclass(type(held), ModuleType | FunctionType | type):
            yield from _of_value(name, held, seen)
        elif held is not value and not name.startswith("_"):
            digest = digest_value(held)
            if digest is not None and not is_secret(name, held):
                yield f"{name}:{digest}"


def _of_code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
        else:
            yield mask_text(repr(constant))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _files(tree: ast.Module) -> Iterator[str]:
    """Yield size and time of the files that the code names: another content has another time."""
    left = MAX_PATHS
    for node in every_node(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        text = node.value
        if not 0 < len(text) <= _MAX_PATH_CHARS or "\n" in text or "\0" in text or not left:
            continue
        left -= 1
        try:
            state = Path(text).stat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(state.st_mode):
            yield f"{text}:{state.st_size}:{state.st_mtime_ns}"
