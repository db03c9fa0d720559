"""Owns which metrics the last line of a cell shows, and by what names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .calls import called_name
from .cell import CellReading
from .literals import literal_value
from .metrics import to_number

MAX_SHOWN = 100
"""A dict, row or series with more numbers than this is data and has no metrics."""

_MAX_NAME = 60
_MAX_DEPTH = 4
_WRAPPERS = frozenset({"round", "float", "int", "abs", "item"})
_OF_SOMETHING = frozenset(
    {"mean", "std", "var", "median", "min", "max", "sum", "prod", "count", "size", "nunique"}
    | {"quantile", "last", "iloc", "loc"}
)
"""Methods and attributes whose name says little without that of the object."""
_OPERATIONS = (ast.Compare, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.IfExp)


def shown_expression(tree: ast.Module | None, source: str = "") -> ast.expr | None:
    """Return the expression that is the last line of the cell; None without one, and behind ``;``."""
    if source.rstrip().endswith(";"):
        return None
    last = tree.body[-1] if tree is not None and tree.body else None
    return last.value if isinstance(last, ast.Expr) else None


def shown_metrics(
    expression: ast.expr | None, result: Any, *, reading: CellReading
) -> dict[str, float]:
    """Return the numbers of what the last line shows: one, or those in a dict, series or single row.

    A number is named as ``shown_name`` says, the others by their keys with dots between. A literal,
    and what the cell gave a name as a literal, are params; so is a dict that was there before.
    """
    if expression is None or result is None or _is_literal(expression, reading):
        return {}
    number = to_number(result)
    if number is not None:
        name = shown_name(expression)
        return {} if name is None or name.startswith("_") else {name: number}
    if (shown_name(expression) or "").rstrip("_").endswith("params"):
        # ``search.best_params_``, ``study.best_params``, ``model.get_params()``
        return {}
    if type(result) is dict and isinstance(expression, ast.Name):
        return _bounded(result) if expression.id in reading.computed else {}
    return _bounded(result)


def shown_name(expression: ast.expr) -> str | None:
    """Return what a number is called by the expression that shows it; None for a magic.

    ``auc`` and ``history.auc`` are called ``auc``, ``scores["auc"]`` by its key, a call by the name
    of its function (``model.score(x)`` is ``score``), but ``losses.mean()`` is ``losses.mean``.
    ``round``, ``float``, ``int``, ``abs`` and ``.item()`` do not count. Anything else is called by
    its own text.
    """
    expression = expression.value if isinstance(expression, ast.Await) else expression
    match expression:
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key
        case ast.Call(func=ast.Attribute(attr="run_line_magic" | "run_cell_magic" | "system")):
            return None
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
            inner = _wrapped(expression) if called in _WRAPPERS else None
            return _last_name(expression.func) if inner is None else shown_name(inner)
        case ast.Name() | ast.Attribute():
            return _last_name(expression)
        case _:
            return _written(expression)


def _wrapped(call: ast.Call) -> ast.expr | None:
    """Return what ``round`` and the like are given: the argument, or the object of the method."""
    first = call.args[0] if call.args else None
    if first is not None and not isinstance(first, ast.Constant):
        return first
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _last_name(node: ast.expr) -> str | None:
    match node:
        case ast.Attribute(value=inner, attr=name) if name in _OF_SOMETHING:
            of = shown_name(inner)
            if of and isinstance(inner, _OPERATIONS):
                of = f"({of})"
            return f"{of}.{name}" if of else name
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return None


def _written(expression: ast.expr) -> str | None:
    text = ast.unparse(expression)
    return text if len(text) <= _MAX_NAME and text.isprintable() else None


def _is_literal(expression: ast.expr, reading: CellReading) -> bool:
    if isinstance(expression, ast.Name):
        return expression.id in reading.literals
    if not any(isinstance(node, ast.Name) for node in ast.walk(expression)):
        return True
    try:
        literal_value(expression)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _bounded(result: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in _entries(result, "", 0):
        number = to_number(value)
        if number is not None:
            found[name] = number
        if len(found) > MAX_SHOWN:
            return {}
    return found


def _entries(result: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    pairs = _pairs(result)
    if len(pairs) > MAX_SHOWN:
        return
    for key, value in pairs:
        name = f"{path}.{key}" if path else key
        if type(value) is dict and depth < _MAX_DEPTH:
            yield from _entries(value, name, depth + 1)
        else:
            yield name, value


def _pairs(result: Any) -> list[tuple[str, Any]]:
    kind = type(result)
    if kind is dict:
        return [(str(key), value) for key, value in result.items() if type(key) in {str, int}]
    module = kind.__module__.partition(".")[0]
    if module == "pandas" and module in sys.modules:
        return _pandas_pairs(result, kind, sys.modules[module])
    if module == "polars" and module in sys.modules and kind is sys.modules[module].DataFrame:
        return list(result.row(0, named=True).items()) if result.height == 1 else []
    return []


def _pandas_pairs(result: Any, kind: type, pandas: Any) -> list[tuple[str, Any]]:
    if kind is pandas.DataFrame and result.shape[0] == 1 and result.shape[1] <= MAX_SHOWN:
        return _labelled(result.columns, [result.iat[0, n] for n in range(result.shape[1])])
    if kind is pandas.Series and len(result) <= MAX_SHOWN:
        if not all(type(label) in {str, tuple} for label in result.index):
            return []
        return _labelled(result.index, list(result.array))
    return []


def _labelled(labels: Any, values: list[Any]) -> list[tuple[str, Any]]:
    names = (".".join(map(str, one)) if type(one) is tuple else str(one) for one in labels)
    return list(zip(names, values, strict=True))


def folds_name(expression: ast.expr | None) -> str | None:
    """Return the name of the folds that the last line shows: that of the function it calls."""
    return called_name(expression) if expression is not None else None


def at_path(namespace: Mapping[str, Any], name: str) -> Any:
    """Return what a name such as ``auc`` or ``scores.auc`` leads to; None where nothing does."""
    first, _, rest = name.partition(".")
    value = namespace[name] if name in namespace else namespace.get(first)
    if name in namespace:
        return value
    for key in rest.split("."):
        value = value.get(key) if type(value) is dict else None
    return value
