"""Owns which library a model is of, told by its class alone: no attribute of the object is asked."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

Family = Literal["estimator", "xgboost", "lightgbm", "keras", "torch", "duck"]
"""How a model is asked about itself: scikit-learn's interface (also of XGBoost and LightGBM), a
native booster, a network, or any class that has ``fit`` and ``get_params``."""

LIBRARIES = ("sklearn", "xgboost", "lightgbm", "catboost", "torch", "keras")
"""Without one of these in the process there is no model to look for."""

_BASES: dict[tuple[str, str], Family] = {
    ("sklearn.base", "BaseEstimator"): "estimator",
    ("xgboost.core", "Booster"): "xgboost",
    ("lightgbm.basic", "Booster"): "lightgbm",
    ("torch.nn.modules.module", "Module"): "torch",
}


def any_library() -> bool:
    """Tell whether a library of models is loaded."""
    return any(name in sys.modules for name in LIBRARIES)


def family_of(kind: type) -> Family | None:
    """Return the family of a class, None for one that is no model."""
    return _family(kind)


@lru_cache(maxsize=1_024)
def _family(kind: type) -> Family | None:
    bases = [(module_of(base), base.__name__) for base in kind.__mro__]
    # A Keras model is a torch module too where torch is its backend.
    if any(name == "Model" and _root(module) in {"keras", "tf_keras"} for module, name in bases):
        return "keras"
    for base in bases:
        if base in _BASES:
            return _BASES[base]
    members = {name for base in kind.__mro__ for name in base.__dict__}
    return "duck" if {"fit", "get_params"} <= members else None


def is_of(value: Any, module: str, name: str) -> bool:
    """Tell whether ``value`` is of the class ``name`` of ``module`` or of one below it."""
    return any(b.__name__ == name and module_of(b) == module for b in type(value).__mro__)


def module_of(kind: type) -> str:
    """Return the name of the module in which a class was written; "" when it does not say."""
    # Past a metaclass, and also for classes written in C, which keep no such entry.
    module = type.__getattribute__(kind, "__module__")
    return module if isinstance(module, str) else ""


def library_of(kind: type) -> str:
    """Return the library that a class comes from: for one of the user's own, that of its base."""
    roots = [_root(module_of(base)) for base in kind.__mro__]
    return next((root for root in roots if root in LIBRARIES), roots[0] if roots else "")


@lru_cache(maxsize=64)
def library_version(library: str) -> str | None:
    """Return the version of a loaded library, None when it does not tell."""
    found = vars(sys.modules.get(library, object)).get("__version__")
    if isinstance(found, str):
        return str(found)
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return None


def own_values(value: Any) -> Mapping[str, Any]:
    """Return the attributes that the object itself holds, without asking its class for any."""
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def _root(module: str) -> str:
    return module.partition(".")[0]
