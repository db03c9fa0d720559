"""Owns the paths that a cell's code gives to readers which open files past Python's own ``open``."""

from __future__ import annotations

import ast
import glob
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from mlops_lab.notebooks.nodes import every_node

from .tablenames import codes_of, is_reader, reached_names

MAX_NAMED = 1_000
"""More files than this, of all patterns and folders that a cell names, are not looked at."""

_NATIVE = re.compile(
    r"(read|scan|load|from|open|dataset|sql|query|execute|DMatrix|QuantileDMatrix|Dataset|File"
    r"|ParquetFile|ParquetDataset|CSVReader|imread|memory_map|memmap|fromfile)(_|\b)"
)
_IN_SQL = re.compile(r"'([^'\n]{1,500})'")
_SQL = frozenset({"sql", "query", "execute"})


def named_paths(
    tree: ast.Module, names: Iterable[str], namespace: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the texts that may be paths of files which the cell reads.

    They are the arguments of calls that read: literals, names that hold a text or a path, paths
    joined by ``/``, ``+``, ``os.path.join`` or an f-string, and what SQL has in quotes. So are the
    literals of functions of the notebook which make such calls.
    """
    for node in every_node(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node.func)
        is_own = any(True for _ in codes_of(namespace.get(name), namespace))
        if not is_own and not _NATIVE.match(name):
            continue
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            yield from _texts(argument, namespace, is_sql=name in _SQL)
    for name in reached_names(names, namespace):
        for code in codes_of(namespace.get(name), namespace):
            if any(is_reader(one) or _NATIVE.match(one) for one in code.co_names):
                texts = (one for one in code.co_consts if type(one) is str)
                globals_read = (namespace.get(one) for one in code.co_names)
                yield from texts
                yield from (text for text in map(_as_text, globals_read) if text is not None)


def _called(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _texts(node: ast.expr, namespace: Mapping[str, Any], *, is_sql: bool) -> Iterator[str]:
    if isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _texts(item, namespace, is_sql=is_sql)
        return
    text = evaluate(node, namespace)
    if text is None:
        return
    if is_sql:
        yield from _IN_SQL.findall(text)
    else:
        yield text


def evaluate(  # noqa: PLR0911 - one answer a form
    node: ast.expr, namespace: Mapping[str, Any], depth: int = 0
) -> str | None:
    """Return the text of an expression of texts and paths, None for any other; nothing is called."""
    if depth > 20:  # noqa: PLR2004 - nobody writes such a path
        return None
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return _as_text(namespace.get(name))
        case ast.JoinedStr(values=values):
            return _joined([evaluate(value, namespace, depth + 1) for value in values], "")
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return _formatted(value, namespace, depth)
        case ast.BinOp(left=left, op=ast.Div() | ast.Add() as op, right=right):
            sides = [evaluate(left, namespace, depth + 1), evaluate(right, namespace, depth + 1)]
            return _joined(sides, os.sep if isinstance(op, ast.Div) else "")
        case ast.Call(func=func, args=args) if _called(func) in {"Path", "str", "join", "fspath"}:
            return _joined([evaluate(one, namespace, depth + 1) for one in args], os.sep)
        case _:
            return None


def _formatted(node: ast.expr, namespace: Mapping[str, Any], depth: int) -> str | None:
    if isinstance(node, ast.Name):
        value = namespace.get(node.id)
        if type(value) in {int, float, bool}:
            return str(value)
    return evaluate(node, namespace, depth + 1)


def _as_text(value: Any) -> str | None:
    if type(value) is str:
        return value
    is_path = issubclass(type(value), PurePath) and type(value).__module__.startswith("pathlib")
    return str(value) if is_path else None


def _joined(parts: list[str | None], by: str) -> str | None:
    known = [part for part in parts if part is not None]
    return by.join(known) if len(known) == len(parts) and known else None


def existing_files(texts: Iterable[str], folder: str) -> list[str]:
    """Return the files that ``texts`` name, relative to ``folder``: also by pattern, or by folder."""
    found: dict[str, None] = {}
    for text in dict.fromkeys(texts):
        if not 0 < len(text) <= 1_000 or "\0" in text or "\n" in text or "://" in text:  # noqa: PLR2004
            continue
        for path in _expand(os.path.join(folder, text)):  # noqa: PTH118 - a text, maybe a pattern
            found[path] = None
            if len(found) >= MAX_NAMED:
                return list(found)
    return list(found)


def _expand(path: str) -> Iterator[str]:
    try:
        if os.path.isfile(path):  # noqa: PTH113
            yield path
        elif os.path.isdir(path):  # noqa: PTH112
            yield from _files_below(path)
        elif glob.has_magic(path):
            yield from (
                one
                for one in glob.iglob(path, recursive=True)  # noqa: PTH207 - absolute
                if Path(one).is_file()
            )
    except (OSError, ValueError, re.error):
        return


def _files_below(path: str) -> Iterator[str]:
    """Yield the files of a data set that is a folder; one without a file of data is no data set."""
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__")))
        for name in sorted(names):
            if name.endswith(
                (".parquet", ".csv", ".feather", ".arrow", ".orc", ".json", ".ndjson")
            ):
                yield os.path.join(folder, name)  # noqa: PTH118
