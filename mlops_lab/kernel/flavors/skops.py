"""Owns models of scikit-learn's interface as skops files: data and class names, no code."""

from __future__ import annotations

import importlib
import inspect
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mlops_lab.core.facets import ModelInfo
from mlops_lab.kernel.capture.families import family_of

from .base import Flavor, NotStorableError

_SAFE_LIBRARIES = ("sklearn.", "xgboost.", "lightgbm.", "scipy.stats.")
_SAFE_NAMES = frozenset(
    # A partial is made without a call, and what it would call is a name of its own. Gradient
    # boosting holds one that checks its categories.
    {"collections.OrderedDict", "functools.partial", "sklearn.utils.validation.check_array"}
)


def not_trusted(names: list[str]) -> list[str]:
    """Return those of the types that a file may name without being safe.

    Trusted are the classes of a few libraries, because to make one of these and set its attributes
    runs no code of the file; of their functions only one that checks arrays.
    """
    return [name for name in names if name not in _SAFE_NAMES and not _is_library_class(name)]


def _is_library_class(name: str) -> bool:
    if not name.startswith(_SAFE_LIBRARIES):
        return False
    module, _, member = name.rpartition(".")
    try:
        return inspect.isclass(getattr(importlib.import_module(module), member, None))
    except ImportError:
        return False


def _takes(model: Any) -> bool:
    return family_of(type(model)) == "estimator" and find_spec("skops") is not None


def _save(model: Any, path: Path) -> None:
    io: Any = importlib.import_module("skops.io")
    io.dump(model, path)
    unsafe = not_trusted(io.get_untrusted_types(file=path))
    if unsafe:
        raise NotStorableError(f"skops does not know how to trust {', '.join(unsafe[:5])}")


def _load(path: Path, info: ModelInfo, into: Any) -> Any:  # noqa: ARG001 - the file holds it whole
    io: Any = importlib.import_module("skops.io")
    named = io.get_untrusted_types(file=path)
    unsafe = not_trusted(named)
    if unsafe:
        raise NotStorableError(
            f"the file names types that are not trusted: {', '.join(unsafe[:5])}"
        )
    return io.load(path, trusted=named)


SKOPS = Flavor("skops", ".skops", True, _takes, _save, _load)
