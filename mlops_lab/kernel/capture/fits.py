"""Owns which models a cell fitted, and on which data: found through its names, never by a hook."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from .base import Watched
from .families import Family, any_library, family_of, own_values
from .scopes import Function, argument_names, declared_global, own_nodes, stored_names

MAX_NAMES = 500
"""More names of one cell are not looked at."""

MAX_HELD = 50
"""Of a list or dict of models so many are looked at."""

MAX_PARTS = 2_000
"""Of a network so many modules and weights are looked at."""

MAX_INITIAL_CHANGES = 4
"""Making a weight, filling it and loading it change it at most so often; more is training."""

FIT_METHODS = frozenset({"fit", "partial_fit", "fit_transform", "fit_predict", "train_on_batch"})
CROSS_VALIDATIONS = frozenset(
    {"cross_val_score", "cross_validate", "cross_val_predict", "permutation_test_score"}
    | {"learning_curve", "validation_curve"}
)
_STEPS = ("steps", "transformers", "estimators", "estimator", "transformers_", "steps_")


class Fit(msgspec.Struct, frozen=True):
    """A model that the cell fitted. ``data`` are the expressions that its fit was given, if seen.

    ``is_remade`` says that the model itself is gone, and ``model`` what its code makes, unfitted.
    """

    name: str
    model: Any
    data: list[ast.expr]
    is_cross_validated: bool = False
    is_remade: bool = False


class Before(msgspec.Struct, frozen=True):
    """The models that the cell found, by identity, and what told them then from a later state."""

    states: dict[int, Any]


def look_before(cell: Watched, *, only: Family | None = None) -> Before | None:
    """Return what tells, after the cell, which of the models it found were fitted again.

    With ``only`` models of other families are passed over.
    """
    if cell.reading is None or not any_library():
        return None
    states = {}
    for _name, value in _named_models(cell, cell.reading.reads[:MAX_NAMES], only):
        states[id(value)] = _state(value)
    return Before(states)


def find_fits(cell: Watched, before: Before | None, *, only: Family | None = None) -> list[Fit]:
    """Return the models that the cell fitted, each once, without those that are parts of others."""
    if cell.reading is None or cell.tree is None or not any_library():
        return []
    calls = _FitCalls()
    calls.visit(cell.tree)
    names = [*cell.reading.computed, *cell.reading.reads, *calls.fitted][:MAX_NAMES]
    states = before.states if before is not None else {}
    found: dict[int, Fit] = {}
    for name, value in _named_models(cell, names, only):
        if id(value) in found:
            continue
        root = name.partition(".")[0]
        if _is_fresh(value, states, named=root in calls.fitted):
            found[id(value)] = Fit(
                name, value, calls.fitted.get(root) or calls.called.get(root, [])
            )
        elif root in calls.cross_validated:
            found[id(value)] = Fit(name, value, calls.cross_validated[root], True)
    return without_parts(list(found.values()))


def without_parts(fits: list[Fit]) -> list[Fit]:
    """Return the fits of models that are no parts of others among them."""
    parts = {id(part) for fit in fits for part in _parts(fit.model)}
    return [fit for fit in fits if id(fit.model) not in parts]


def is_fitted(model: Any) -> bool:
    """Tell whether a model has learned something; a network counts when it has weights."""
    family = family_of(type(model))
    if family in {"xgboost", "lightgbm"}:
        return True
    if family == "torch":
        return next(_weights(model), None) is not None
    held = own_values(model)
    if family == "keras":
        return held.get("_compile_config") is not None or bool(held.get("built"))
    check = _class_member(type(model), "__sklearn_is_fitted__", "is_fitted")
    if check is not None:
        try:
            return bool(check(model))
        except Exception:  # noqa: BLE001 - the model's class decides what it raises
            return False
    return any(name.endswith("_") and not name.startswith("_") for name in held)


def _is_fresh(value: Any, states: Mapping[int, Any], *, named: bool) -> bool:
    if id(value) in states:
        changed = states[id(value)] != _state(value)
        return is_fitted(value) and (changed or (named and family_of(type(value)) != "torch"))
    if family_of(type(value)) == "torch":
        return _was_trained(value)
    return is_fitted(value)


def _was_trained(network: Any) -> bool:
    """Tell whether a network that the cell made was trained too: it has gradients, or changed often."""
    return any(
        weight.grad is not None or weight._version > MAX_INITIAL_CHANGES  # noqa: SLF001 - see below
        for weight in _weights(network)
    )


def _named_models(
    cell: Watched, names: list[str], only: Family | None
) -> Iterator[tuple[str, Any]]:
    """Yield the models behind names, and those in their plain lists, tuples and dicts."""
    missing = object()
    for name in dict.fromkeys(names):
        value = cell.namespace.get(name, missing)
        if value is missing or name.startswith("_"):
            continue
        kind = type(value)
        if kind is list or kind is tuple:
            items = [(f"{name}.{at}", one) for at, one in enumerate(value[:MAX_HELD])]
        elif kind is dict:
            keys = list(value)[:MAX_HELD]
            items = [(f"{name}.{key}", value[key]) for key in keys if type(key) in (str, int)]
        else:
            items = [(name, value)]
        for path, one in items:
            family = None if issubclass(type(one), type) else family_of(type(one))
            if family is not None and only in (None, family):
                yield path, one


def _state(model: Any) -> Any:
    """Return something small that is another one after the model was fitted again."""
    family = family_of(type(model))
    if family == "torch":
        return tuple(_weight_versions(model))
    held = own_values(model)
    if family == "xgboost":
        return _rounds(model)
    if family == "lightgbm":
        return _trees(model)
    if family == "keras":
        return (id(held.get("history")), id(held.get("_compile_config")))
    learned = [id(held[name]) for name in held if name.endswith("_") or name == "_Booster"]
    inner = [_state(part) for part in _parts(model)[:MAX_HELD]]
    return (tuple(learned), tuple(inner))


def _parts(model: Any) -> list[Any]:
    """Return the estimators that an estimator was given: steps, transformers, the one searched."""
    found: list[Any] = []
    waiting = [value for name, value in own_values(model).items() if name in _STEPS]
    while waiting and len(found) < MAX_PARTS:
        value = waiting.pop()
        if type(value) is list or type(value) is tuple:
            waiting.extend(value[:MAX_HELD])
        elif not issubclass(type(value), type) and family_of(type(value)) == "estimator":
            found.append(value)
            waiting.extend(own_values(value).get(name) for name in _STEPS)
    return found


def _weight_versions(module: Any) -> Iterator[tuple[int, int]]:
    """Yield identity and count of changes of each weight; an optimizer's step changes in place."""
    for weight in _weights(module):
        yield id(weight), weight._version  # noqa: SLF001 - torch has no other name for it


def _weights(module: Any) -> Iterator[Any]:
    waiting, seen = [module], 0
    while waiting and seen < MAX_PARTS:
        held = own_values(waiting.pop())
        yield from (w for w in (held.get("_parameters") or {}).values() if w is not None)
        waiting.extend(part for part in (held.get("_modules") or {}).values() if part is not None)
        seen += 1


def _rounds(booster: Any) -> int:
    return int(booster.num_boosted_rounds())


def _trees(booster: Any) -> int:
    return int(booster.num_trees())


def _class_member(kind: type, *names: str) -> Callable[[Any], Any] | None:
    for base in kind.__mro__:
        for name in names:
            if name in base.__dict__:
                member = base.__dict__[name]
                return member if callable(member) else None
    return None


class _FitCalls(ast.NodeVisitor):
    """Finds ``name.fit(X, y)`` and ``cross_val_score(name, X, y)``, and what they are given.

    A name that a function binds for itself is another one than the global of that name.
    """

    def __init__(self) -> None:
        self.fitted: dict[str, list[ast.expr]] = {}
        self.cross_validated: dict[str, list[ast.expr]] = {}
        self.called: dict[str, list[ast.expr]] = {}
        self._local: frozenset[str] = frozenset()

    def visit_FunctionDef(self, node: Function) -> None:
        around = self._local
        declared = {name for one in own_nodes(node.body) for name in declared_global(one)}
        self._local |= argument_names(node.args) | set(stored_names(node.body))
        self._local -= declared
        self.generic_visit(node)
        self._local = around

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast asks for

    def visit_Assign(self, node: ast.Assign) -> None:
        call = node.value
        if isinstance(call, ast.Call) and _method(call) in FIT_METHODS:
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id not in self._local:
                    self.fitted[target.id] = given_data(call)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _method(node) in FIT_METHODS:
            root = _root_name(node.func)
            if root is not None and root not in self._local:
                self.fitted[root] = given_data(node)
        called = node.func
        if isinstance(called, ast.Name) and node.args:
            # A network is called on its data.
            self.called[called.id] = node.args[:1]
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        first = node.args[0] if node.args else None
        if (
            name in CROSS_VALIDATIONS
            and isinstance(first, ast.Name)
            and first.id not in self._local
        ):
            self.cross_validated[first.id] = given_data(node)[1:]
        self.generic_visit(node)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def given_data(call: ast.Call) -> list[ast.expr]:
    """Return the expressions that a call of ``fit`` is given: those by place, then X and y by name."""
    named = {word.arg: word.value for word in call.keywords}
    return [*call.args, *(named[name] for name in ("X", "x", "y") if name in named)]


def _root_name(node: ast.expr) -> str | None:
    """Return the name that an expression such as ``models["a"].fit`` begins with."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else None
