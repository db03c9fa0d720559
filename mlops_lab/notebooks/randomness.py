"""Owns which sources of random numbers a program uses, and which of them it gives a seed."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .source import place

_PACKAGES = {"random": "random", "numpy": "numpy", "torch": "torch", "tensorflow": "tensorflow"}
_DRAWING = frozenset(
    {"random", "randint", "randrange", "uniform", "gauss", "normalvariate", "choice", "choices"}
    | {"sample", "shuffle", "permutation", "rand", "randn", "normal", "standard_normal", "randperm"}
    | {"default_rng", "RandomState", "binomial", "poisson", "exponential", "rand_like"}
    | {"random_sample", "randn_like", "bernoulli", "multinomial", "dropout", "Dropout", "integers"}
)
_SEEDING = frozenset({"seed", "manual_seed", "set_seed", "set_random_seed", "seed_everything"})
_SEED_WORDS = frozenset({"random_state", "seed", "random_seed", "random_number_seed"})
_TAKES_SEED = frozenset(
    {"train_test_split", "RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier"}
    | {"ExtraTreesRegressor", "GradientBoostingClassifier", "GradientBoostingRegressor"}
    | {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "SGDClassifier"}
    | {"SGDRegressor", "MLPClassifier", "MLPRegressor", "KMeans", "MiniBatchKMeans", "TSNE", "UMAP"}
    | {"RandomizedSearchCV", "ShuffleSplit", "StratifiedShuffleSplit", "BaggingClassifier"}
    | {"BaggingRegressor", "IsolationForest", "GaussianMixture", "DecisionTreeClassifier"}
    | {"DecisionTreeRegressor", "RandomOverSampler", "SMOTE"}
)


def find_unseeded(sources: Iterable[str]) -> list[str]:
    """Return what draws random numbers without a seed that the program sets, such as ``numpy``.

    It is a guess from names: ``numpy.random.rand()`` with ``numpy.random.seed(1)`` anywhere above
    counts as seeded; ``KMeans(3)`` without ``random_state`` does not.
    """
    names = _Names()
    for source in sources:
        tree = place(source).tree
        if tree is not None:
            names.visit(tree)
    everywhere = "*" in names.seeded
    return sorted(
        one
        for one in names.drawn
        if one not in names.seeded and not (everywhere and one in _PACKAGES.values())
    )


class _Names(ast.NodeVisitor):
    """Gathers the packages that are drawn from and seeded, by the dotted names of calls."""

    def __init__(self) -> None:
        self.drawn: set[str] = set()
        self.seeded: set[str] = set()
        self._packages: dict[str, str] = {}
        self._members: dict[str, str] = {}

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            package = _PACKAGES.get(alias.name.partition(".")[0])
            if package is not None:
                self._packages[alias.asname or alias.name.partition(".")[0]] = package

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        package = _PACKAGES.get((node.module or "").partition(".")[0])
        for alias in node.names if package is not None else ():
            self._members[alias.asname or alias.name] = package or ""
            if alias.name == "random":
                self._packages[alias.asname or alias.name] = package or ""

    def visit_Call(self, node: ast.Call) -> None:
        path = _dotted(node.func)
        if path:
            self._see(node, path)
        self.generic_visit(node)

    def _see(self, node: ast.Call, path: list[str]) -> None:
        last = path[-1]
        package = self._packages.get(path[0]) or (
            self._members.get(last) if len(path) == 1 else None
        )
        has_word = any(keyword.arg in _SEED_WORDS for keyword in node.keywords)
        if last in _TAKES_SEED:
            if not has_word:
                self.drawn.add(f"{last} (random_state)")
        elif last in _SEEDING:
            # A function that sets all of them has a name of its own.
            self.seeded.add(package or "*")
        elif package is not None and last in _DRAWING:
            is_made = last in ("default_rng", "RandomState")
            if is_made and (node.args or has_word):
                return
            self.drawn.add(f"{package} ({last})" if is_made else package)


def _dotted(node: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return []
    return [node.id, *reversed(parts)]
