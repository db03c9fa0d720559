"""Owns what a run was made of, by feature: what two runs have in common, or differ in (pure)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

import msgspec

from mlops_lab.core.facets import Environment
from mlops_lab.core.tracking import Param

from .entries import canonical_package

CODE = "code"
ENVIRONMENT = "environment"
HARDWARE = "hardware"

DEFAULT = "default"
"""How the detail of a hyperparameter ends that nobody set."""

_SEED = re.compile(r"(?:^|[._])(?:seed|seeds|random_state|random_seed|rng)$|_seed$", re.IGNORECASE)


class Features(msgspec.Struct, frozen=True):
    """The features of a run by name, and those among them that only choose random numbers."""

    values: dict[str, str]
    seeds: frozenset[str]


def param_feature(name: str) -> str:
    """Return the feature of a param."""
    return f"param {name}"


def data_feature(name: str) -> str:
    """Return the feature of a table or file."""
    return f"data {name}"


def seed_feature(name: str) -> str:
    """Return the feature of a seed that the environment recorded."""
    return f"seed {name}"


def is_seed(name: str) -> bool:
    """Tell whether a param only chooses random numbers, judged by its name."""
    return _SEED.search(name) is not None


def is_default(param: Param) -> bool:
    """Tell whether a param is a hyperparameter that nobody set."""
    return param.origin == "model" and param.detail.endswith(DEFAULT)


def features_of(
    params: Iterable[Param],
    *,
    code: str,
    environment: Environment | None,
    data: Mapping[str, str],
) -> Features:
    """Return what a run was made of. Git is left out: it changes with work on anything.

    Args:
        params: of the run; hyperparameters that nobody set do not count.
        code: the key of its code.
        environment: what it ran in.
        data: the digests of what it took in, by name.
    """
    values = {CODE: code}
    seeds: set[str] = set()
    for param in params:
        if not is_default(param):
            values[param_feature(param.name)] = param.value
            if is_seed(param.name):
                seeds.add(param_feature(param.name))
    values |= {data_feature(name): digest for name, digest in data.items()}
    if environment is not None:
        values[ENVIRONMENT] = _digest(
            environment.python,
            environment.platform,
            environment.machine,
            *sorted(f"{canonical_package(p.name)} {p.version}" for p in environment.packages),
        )
        values[HARDWARE] = _digest(str(environment.cpu_count), *environment.gpus)
        found = {seed_feature(name): value for name, value in environment.seeds.items()}
        values |= found
        seeds |= found.keys()
    return Features(values, frozenset(seeds))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
