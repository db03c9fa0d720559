"""Owns the hyperparameters of a fitted model: flattened with dots, as the texts of params."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mlops_lab.core.secrets import mask_value

from .families import family_of, library_of, module_of, own_values
from .metrics import to_number
from .params import is_simple

MAX_HYPERPARAMETERS = 500
"""Of one model so many hyperparameters are recorded."""

MAX_ITEMS = 50
"""A value that holds more items than this is data, not a hyperparameter."""

MAX_CHARS = 1_000
"""A value whose text is longer than this is data, not a hyperparameter."""

_MAX_SETTING_DEPTH = 8
_LEARNED = frozenset(
    {"base_score", "boost_from_average", "name", "num_feature", "num_target", "num_trees"}
)


def hyperparameters_of(model: Any) -> dict[str, str]:
    """Return name and literal of every simple hyperparameter; parts of a whole are ``part.name``.

    Raises:
        Exception: whatever the class of the model raises when it is asked.
    """
    family = family_of(type(model))
    if family == "xgboost":
        return _texts(_booster_settings(json.loads(model.save_config())))
    if family == "lightgbm":
        return _texts(own_values(model).get("params") or {})
    if family == "keras":
        return _texts(_keras_settings(model))
    if family == "torch":
        # Where a module of Lightning keeps what ``save_hyperparameters`` saw.
        saved: Any = own_values(model).get("_hparams")
        return _texts(dict(dict.items(saved))) if issubclass(type(saved), dict) else {}
    return _texts(_estimator_params(model))


def optimizer_hyperparameters(optimizer: Any) -> dict[str, str]:
    """Return what a torch optimizer was made with; a scheduler's changes are left aside."""
    defaults = own_values(optimizer).get("defaults") or {}
    groups = own_values(optimizer).get("param_groups") or [{}]
    found = {name: groups[0].get(name, value) for name, value in defaults.items()}
    if "initial_lr" in groups[0]:
        found["lr"] = groups[0]["initial_lr"]
    return _texts(found)


@lru_cache(maxsize=512)
def _defaults(kind: type) -> Mapping[str, Any]:
    """Return the defaults of the constructor, and of those of its bases that it passes words to."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__[:-1]):
        try:
            parameters = inspect.signature(base.__dict__["__init__"]).parameters.values()
        except (KeyError, TypeError, ValueError):
            continue
        empty = inspect.Parameter.empty
        found.update({p.name: p.default for p in parameters if p.default is not empty})
    return found


def parts_of(model: Any) -> dict[str, Any]:
    """Return the estimators inside an estimator, by their dotted path."""
    if family_of(type(model)) != "estimator":
        return {}
    params = _estimator_params(model)
    return {name: value for name, value in params.items() if family_of(type(value)) == "estimator"}


def value_text(name: str, value: Any) -> str | None:
    """Return the literal of one value, the name of a class or function; None for anything else."""
    kind = type(value)
    if is_simple(value, items=MAX_ITEMS):
        text = repr(mask_value(name, value))
    elif isinstance(value, type):
        text = repr(f"{module_of(value)}.{value.__name__}")
    elif inspect.isfunction(value) or inspect.isbuiltin(value):
        text = repr(f"{value.__module__}.{value.__qualname__}")
    elif kind.__module__ == "numpy" and kind.__name__ == "ufunc":
        text = repr(f"numpy.{value.__name__}")
    elif family_of(kind) is not None:
        text = repr(kind.__name__)
    elif kind.__module__ == "numpy" and kind.__name__ == "bool":
        text = repr(bool(value))
    else:
        number = to_number(value)
        if number is None:
            return None
        text = (
            repr(int(number)) if "int" in kind.__name__ and number == int(number) else repr(number)
        )
    return text if len(text) <= MAX_CHARS else None


def origin_of(model: Any, parts: Mapping[str, Any], name: str, text: str) -> str:
    """Return which part of the model a hyperparameter belongs to, such as ``.clf: SVC, default``.

    It is a default when ``text`` is what the constructor of the part takes by itself.
    """
    path = name.rpartition(".")[0]
    while path and path not in parts:
        path = path.rpartition(".")[0]
    kind: type = type(parts.get(path, model))
    defaults = _defaults(kind)
    key = name[len(path) :].lstrip(".")
    same = key in defaults and value_text(key, defaults[key]) == text
    return f"{'.' if path else ''}{path}: {kind.__name__}{', default' if same else ''}"


def _texts(values: Mapping[Any, Any]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in values.items():
        if len(texts) >= MAX_HYPERPARAMETERS:
            break
        text = value_text(str(name), value)
        if text is not None:
            texts[str(name)] = text
    return texts


def _estimator_params(model: Any) -> dict[str, Any]:
    try:
        params = model.get_params(deep=True)
    except TypeError:
        params = model.get_params()
    found = {str(name).replace("__", "."): value for name, value in params.items()}
    if library_of(type(model)) == "lightgbm":
        found.update(own_values(model).get("_other_params") or {})
    best = own_values(model).get("best_params_")
    if type(best) is dict:
        found.update({f"best.{str(k).replace('__', '.')}": v for k, v in best.items()})
    return found


def _booster_settings(config: Any, depth: int = 0) -> dict[str, Any]:
    """Return the leaves of XGBoost's own description; they are texts, numbers among them as such."""
    found: dict[str, Any] = {}
    if depth > _MAX_SETTING_DEPTH or not isinstance(config, dict):
        return found
    for name, value in config.items():
        if isinstance(value, dict):
            found.update(_booster_settings(value, depth + 1))
        elif isinstance(value, str) and name not in found and name not in _LEARNED:
            found[name] = _read_setting(value)
    return found


def _read_setting(text: str) -> Any:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _keras_settings(model: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        found["optimizer"] = type(optimizer).__name__
        held = own_values(optimizer)
        # Not by get_config: it computes, and what it warns of the user would see.
        found |= {f"optimizer.{name}": value for name, value in _plain(held).items()}
        rate = held.get("_learning_rate")
        number = to_number(own_values(rate).get("_value"))
        found["optimizer.learning_rate"] = type(rate).__name__ if number is None else number
        if number is None:
            plain = _plain(own_values(rate))
            found |= {f"optimizer.learning_rate.{name}": value for name, value in plain.items()}
    compiled = own_values(model).get("_compile_config")
    settings = own_values(compiled).get("config") if compiled is not None else None
    for name in ("loss", "metrics", "loss_weights", "jit_compile"):
        value = (settings or {}).get(name)
        if value is not None:
            found[name] = value
    return found


def _plain(held: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in held.items() if not name.startswith("_")}
    return {name: v for name, v in plain.items() if name != "built" and is_simple(v, items=0)}
