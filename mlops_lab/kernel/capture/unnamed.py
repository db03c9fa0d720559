"""Owns the models that a cell fits without giving them a name: made again, unfitted, from its code.

Only what the code says for certain counts: a constructor of a known library, called once, at top
level. Arguments that cannot be known by then are left out of the hyperparameters.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any

import msgspec

from .base import Outcome, Watched
from .families import any_library, family_of, library_of, module_of
from .fits import CROSS_VALIDATIONS, FIT_METHODS, Fit, given_data, is_fitted
from .params import is_simple
from .scopes import stored_names

MAX_UNNAMED = 20
"""Of one cell so many are looked at."""

_RETURNING_ITSELF = frozenset({"fit", "partial_fit"})
_CONSTRUCTED = frozenset({"sklearn", "xgboost", "lightgbm"})
_MAKERS = frozenset({"make_pipeline", "make_union", "make_column_transformer"})
_WORDS = ("fit", "cross_val", "_curve", "permutation_test_score")
_MAX_DEPTH = 12
_MAX_ITEMS = 200


class _CannotTellError(Exception):
    """The code alone does not say what an expression makes."""


class _Unknown:
    """Stands for an argument whose value is not known; no hyperparameter is told of it."""


def unnamed_fits(cell: Watched, outcome: Outcome, named: Iterable[Fit]) -> list[Fit]:
    """Return the models that the cell fitted for certain, but that no name of it leads to.

    The model that the last expression gave is the real one; of the others nothing but what the
    constructor was given is known.
    """
    if cell.tree is None or not outcome.ended_well or not any_library():
        return []
    if not any(word in cell.source for word in _WORDS):
        return []
    taken = {fit.name for fit in named}
    known = {id(fit.model) for fit in named}
    making = _Making(cell.tree, cell.source, cell.namespace)
    found: list[Fit] = []
    for one in list(_calls(cell.tree))[:MAX_UNNAMED]:
        is_kept = one.is_last and _is_fitted_model(outcome.result)
        model = outcome.result if is_kept else making.model(one)
        if model is None or id(model) in known:
            continue
        name = _free_name(type(model).__name__, taken)
        is_validated = one.method in CROSS_VALIDATIONS
        found.append(Fit(name, model, one.data, is_validated, is_remade=not is_kept))
    return found


def _is_fitted_model(result: Any) -> bool:
    is_model = not isinstance(result, type) and family_of(type(result)) in {"estimator", "duck"}
    return is_model and is_fitted(result)


class _Call(msgspec.Struct, frozen=True):
    """A call that fits what ``maker`` makes, and the data that it is given.

    ``function`` is what is called where that is no method of the model.
    """

    maker: ast.Call
    method: str
    data: list[ast.expr]
    is_last: bool = False
    function: ast.expr | None = None


def _calls(tree: ast.Module) -> Iterator[_Call]:
    """Yield the calls that fit a model without a name, of statements that run once for certain."""
    for statement in _certain(tree.body):
        is_last = statement is tree.body[-1]
        for node, parent in _expressions(statement, statement):
            call = _fitting(node, parent, is_last=is_last)
            if call is not None:
                yield call


def _certain(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.With | ast.AsyncWith):
            yield from _certain(statement.body)
        elif isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield statement


def _expressions(node: ast.AST, parent: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the parts of a statement that are computed once for certain, each with its parent."""
    yield node, parent
    maybe = ast.Lambda | ast.IfExp | ast.BoolOp | ast.Compare
    if isinstance(node, maybe | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    for part in ast.iter_child_nodes(node):
        yield from _expressions(part, node)


def _fitting(node: ast.AST, parent: ast.AST, *, is_last: bool) -> _Call | None:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() as maker, attr=method)):
            # What fit returns is the model: a name, a list or a function may well have kept it.
            is_lost = isinstance(parent, ast.Attribute | ast.Expr)
            if method in FIT_METHODS and (is_lost or method not in _RETURNING_ITSELF):
                shown = is_last and isinstance(parent, ast.Expr) and method in _RETURNING_ITSELF
                return _Call(maker, method, given_data(node), is_last=shown)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            if name in CROSS_VALIDATIONS:
                return _cross_validation(node, name)
        case _:
            pass
    return None


def _cross_validation(call: ast.Call, name: str) -> _Call | None:
    words = {word.arg: word.value for word in call.keywords}
    maker = call.args[0] if call.args else words.get("estimator")
    if not isinstance(maker, ast.Call):
        return None
    data = given_data(call)
    return _Call(maker, name, data[1:] if call.args else data, function=call.func)


class _Making:
    """Makes estimators again from the code that made them, with what is known for certain."""

    def __init__(self, tree: ast.Module, source: str, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._sets_params = "set_params" in source or any(
            isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
            for node in ast.walk(tree)
        )
        self._mentions: dict[str, list[ast.Name]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                self._mentions.setdefault(node.id, []).append(node)
        imported = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in stored_names([node])
        }
        self._bound = set(stored_names(tree.body)) - imported

    def model(self, call: _Call) -> Any:
        """Return what the maker of a call makes, unfitted; None where that cannot be told."""
        try:
            if call.function is not None and not _is_of_sklearn(self._maker(call.function)):
                return None
            made = self._make(call.maker, 0)
        except Exception:  # noqa: BLE001 - the class decides what it raises; nothing is told then
            return None
        return made if _is_known(type(made)) else None

    def _make(self, call: ast.Call, depth: int) -> Any:
        maker = self._maker(call.func)
        is_class = isinstance(maker, type)
        if is_class and not _is_known(maker):
            raise _CannotTellError
        if not is_class and not (_is_of_sklearn(maker) and maker.__name__ in _MAKERS):
            raise _CannotTellError
        if any(isinstance(one, ast.Starred) for one in call.args):
            raise _CannotTellError
        given = [self._value(one, depth + 1) for one in call.args]
        if not is_class and any(_names_unknown(one) for one in given):
            raise _CannotTellError
        words: dict[str, Any] = {}
        for word in call.keywords:
            value = self._value(word.value, depth + 1)
            if word.arg is None and type(value) is not dict:
                raise _CannotTellError
            words.update(value if word.arg is None else {word.arg: value})
        return maker(*given, **words)

    def _maker(self, node: ast.expr) -> Any:
        """Return the class or function behind a dotted name that the cell does not bind itself."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self._bound:
            raise _CannotTellError
        found = self._namespace[node.id]
        for name in reversed(path):
            # Modules only: no attribute of an object of the user is asked for.
            found = vars(found)[name] if type(found).__name__ == "module" else None
        return found

    def _value(self, node: ast.expr, depth: int) -> Any:
        """Return what an argument is; ``_Unknown`` where the code does not say."""
        if depth > _MAX_DEPTH:
            raise _CannotTellError
        if isinstance(node, ast.Call):
            return self._made(node, depth)
        if isinstance(node, ast.List | ast.Tuple) and len(node.elts) <= _MAX_ITEMS:
            parts = [self._value(part, depth + 1) for part in node.elts]
            return parts if isinstance(node, ast.List) else tuple(parts)
        if isinstance(node, ast.Dict) and None not in node.keys and len(node.keys) <= _MAX_ITEMS:
            keys = [self._value(key, depth + 1) for key in node.keys if key is not None]
            values = [self._value(value, depth + 1) for value in node.values]
            return dict(zip(keys, values, strict=True))
        if isinstance(node, ast.Name):
            return self._named(node)
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return _Unknown()

    def _made(self, node: ast.Call, depth: int) -> Any:
        """Return an estimator that is made within another one; a call of anything else is unknown."""
        try:
            return self._make(node, depth)
        except (_CannotTellError, KeyError, TypeError):
            return _Unknown()

    def _named(self, node: ast.Name) -> Any:
        """Return what a name held at its place; the namespace tells what it holds at the end."""
        mentions = self._mentions[node.id]
        stores = [one for one in mentions if not isinstance(one.ctx, ast.Load)]
        is_late = any(_place(one) > _place(node) for one in stores)
        if len(stores) > 1 or is_late or node.id not in self._namespace:
            return _Unknown()
        value = self._namespace[node.id]
        if _is_known(type(value)):
            return _Unknown() if self._sets_params else value
        can_change = type(value) in {list, dict, set}
        if can_change and len(mentions) - len(stores) > 1:
            return _Unknown()
        return value if is_simple(value, items=_MAX_ITEMS) else _Unknown()


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _names_unknown(value: Any) -> bool:
    """Tell whether a maker would name a step after something that is not known."""
    return isinstance(value[0] if type(value) is tuple and value else value, _Unknown)


def _is_known(kind: type) -> bool:
    """Tell whether a class is an estimator that one of the known libraries itself has written."""
    is_own = module_of(kind).partition(".")[0] in _CONSTRUCTED
    return is_own and library_of(kind) in _CONSTRUCTED and family_of(kind) == "estimator"


def _is_of_sklearn(function: Any) -> bool:
    is_function = isinstance(function, FunctionType)
    return is_function and function.__module__.partition(".")[0] == "sklearn"


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    taken.add(free)
    return free
