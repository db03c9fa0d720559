"""Owns the signature of a model: the columns that it takes and gives, from the data seen."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from mlops_lab.core.facets import SignatureColumn

from .families import is_of, own_values

MAX_COLUMNS = 2_000
"""Of a signature so many columns are recorded."""

UNKNOWN = "unknown"
"""The type of a column of which only the name is known."""


def input_columns(
    model: Any, data: list[ast.expr], namespace: Mapping[str, Any], names: Iterable[str]
) -> list[SignatureColumn]:
    """Return the columns that the model was fitted on.

    Names are those that the model keeps; types those of the table in ``data``, or of one behind
    ``names`` that has all the columns.
    """
    features = _features(model)
    count = own_values(model).get("n_features_in_")
    given = data[:1]
    seen = [_types(expression, namespace) for expression in given]
    seen += [column_types(namespace.get(_root_name(expression) or "")) for expression in given]
    if features is not None:
        seen += [column_types(namespace.get(name)) for name in names]
        types = next((types for types in seen if set(features) <= types.keys()), {})
        return [SignatureColumn(name, types.get(name, UNKNOWN)) for name in features[:MAX_COLUMNS]]
    if seen and seen[0] and count in (None, len(seen[0])):
        return [SignatureColumn(name, kind) for name, kind in list(seen[0].items())[:MAX_COLUMNS]]
    text = array_type(_value(data[0], namespace)) if data else ""
    if text:
        return [SignatureColumn(_name_of(data[0], "X"), text)]
    return [SignatureColumn("X", f"{UNKNOWN}[:, {count}]")] if isinstance(count, int) else []


def output_columns(data: list[ast.expr], namespace: Mapping[str, Any]) -> list[SignatureColumn]:
    """Return what the model was taught to give: the second argument of its fit."""
    if len(data) < 2:  # noqa: PLR2004 - X and y
        return []
    target = _value(data[1], namespace)
    types = column_types(target)
    if types:
        return [SignatureColumn(n, kind) for n, kind in list(types.items())[:MAX_COLUMNS]]
    text = _series_type(target) or array_type(target)
    if not text:
        return []
    name = own_values(target).get("_name") if _series_type(target) else None
    return [SignatureColumn(name if isinstance(name, str) else _name_of(data[1], "y"), text)]


def column_types(table: Any) -> dict[str, str]:
    """Return the type of each column of a table of pandas, polars or pyarrow, as it names them."""
    if is_of(table, "pandas", "DataFrame") or is_of(table, "pandas.core.frame", "DataFrame"):
        return {str(name): str(kind) for name, kind in table.dtypes.items()}
    if is_of(table, "polars.dataframe.frame", "DataFrame"):
        return {str(name): str(kind) for name, kind in table.schema.items()}
    if is_of(table, "pyarrow.lib", "Table"):
        return {field.name: str(field.type) for field in table.schema}
    return {}


def _features(model: Any) -> list[str] | None:
    held = own_values(model)
    for name in ("feature_names_in_", "feature_names_", "feature_names"):
        found: Any = held.get(name)
        if found is None and type(model).__module__.partition(".")[0] in _ASKED:
            found = _asked(model, name)
        if type(found).__name__ in {"ndarray", "list"} and len(found):
            return [str(one) for one in found[: MAX_COLUMNS + 1]]
    return None


_ASKED = frozenset({"sklearn", "xgboost", "lightgbm"})


def _asked(model: Any, name: str) -> Any:
    """Return an attribute that a class of a known library computes; None when it has none."""
    try:
        return getattr(model, name, None)
    except Exception:  # noqa: BLE001 - the library decides what it raises before a fit
        return None


def _series_type(value: Any) -> str:
    if is_of(value, "pandas", "Series") or is_of(value, "pandas.core.series", "Series"):
        return str(value.dtype)
    return str(value.dtype) if is_of(value, "polars.series.series", "Series") else ""


def array_type(value: Any) -> str:
    """Return type and shape of an array or tensor, the first dimension open; "" for others."""
    if not (is_of(value, "numpy", "ndarray") or is_of(value, "torch", "Tensor")):
        return ""
    sizes = [":", *(str(size) for size in value.shape[1:])]
    return f"{str(value.dtype).removeprefix('torch.')}[{', '.join(sizes)}]"


def _value(expression: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """Return what a name holds, or a column of a table that it holds; None for anything else."""
    if isinstance(expression, ast.Name):
        return namespace.get(expression.id)
    if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
        return _column(namespace.get(expression.value.id), expression.attr)
    match expression:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)):
            return _column(namespace.get(name), key)
        case _:
            return None


def _column(table: Any, name: Any) -> Any:
    types = column_types(table)
    return table[name] if isinstance(name, str) and name in types else None


def _types(expression: ast.expr, namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns of a table behind a name, or of those that a list picks from it."""
    if not (isinstance(expression, ast.Subscript) and isinstance(expression.value, ast.Name)):
        return column_types(_value(expression, namespace))
    types = column_types(namespace.get(expression.value.id))
    match expression.slice:
        case ast.Name(id=name):
            wanted = namespace.get(name)
        case ast.List(elts=parts):
            wanted = [part.value for part in parts if isinstance(part, ast.Constant)]
        case _:
            return {}
    if type(wanted) is not list or not all(type(one) is str and one in types for one in wanted):
        return {}
    return {name: types[name] for name in wanted}


def _root_name(expression: ast.expr) -> str | None:
    """Return the name that ``train.drop(columns="y")`` or ``train[features]`` begins with."""
    node: ast.expr = expression
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _name_of(expression: ast.expr, default: str) -> str:
    if isinstance(expression, ast.Name):
        return expression.id
    if isinstance(expression, ast.Attribute):
        return expression.attr
    if isinstance(expression, ast.Subscript) and isinstance(expression.slice, ast.Constant):
        return str(expression.slice.value)
    return default
