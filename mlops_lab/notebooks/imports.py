"""Owns where a notebook uses ``mlops_lab``, and the small cell that lets it run without the package."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Mapping

from .source import PlacedCell

PACKAGE = "mlops_lab"
LOGGING_CALLS = (
    *("active_run", "callbacks", "end_run", "log_artifact", "log_artifacts", "log_dict"),
    *("log_figure", "log_folds", "log_metric", "log_metrics", "log_model", "log_param"),
    *("log_params", "log_table", "log_text", "set_experiment", "set_tag", "set_tags"),
    "start_run",
)
"""What a notebook can do without: where the package is absent it goes nowhere."""

READING_CALLS = (
    "ActiveRun",
    "load_model",
    "metric_history",
    "report",
    "reproduce",
    "search_runs",
)
"""What a notebook needs the package for: where it is absent, these names are missing."""

_TEXT_USE = re.compile(r"\bmlops_lab\b")

_GUARD = """\
# Added by MLOps Lab: where the package is absent, what is logged goes nowhere.
try:
    import mlops_lab{binding}
except ImportError:
    import sys
    import types

    class _Nowhere:
        __call__ = __enter__ = __getattr__ = lambda self, *args, **kwargs: self
        __exit__ = lambda self, *error: None

    {name} = sys.modules["mlops_lab"] = types.ModuleType("mlops_lab")
    {name}.lab = {name}
    for _call in {calls}:
        setattr({name}, _call, _Nowhere())
"""


def find_uses(cells: Mapping[int, PlacedCell]) -> tuple[list[int], bool]:
    """Return the indexes of the cells that need the package, and whether one uses a bare ``lab``.

    ``%load_ext mlops_lab`` gives a notebook the name ``lab`` without an import; a name ``lab`` that
    the notebook binds to something else is not ours.
    """
    trees = {index: cell.tree for index, cell in cells.items() if cell.tree is not None}
    importing = {index for index, tree in trees.items() if _imports(tree)}
    unread = {i for i, c in cells.items() if c.tree is None and _TEXT_USE.search(c.source)}
    bare = set() if _binds_lab(trees.values()) else {i for i, t in trees.items() if _uses_lab(t)}
    return sorted(importing | unread | bare), bool(bare)


def guard_source(*, binds_lab: bool) -> str:
    """Return the source of the cell that makes every later use of the package safe.

    It puts an empty module in place of the missing one, so that the notebook's own import
    statements stay as they are.
    """
    binding, name = (" as lab", "lab") if binds_lab else ("", PACKAGE)
    return _GUARD.format(binding=binding, name=name, calls=_list_of(LOGGING_CALLS)).rstrip("\n")


def _list_of(names: Iterable[str]) -> str:
    """Return a call that gives the names, in lines of a readable length."""
    lines = textwrap.wrap(" ".join(names), width=80)
    return '"""\n        ' + "\n        ".join(lines) + '\n    """.split()'


def _imports(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        if any(name.partition(".")[0] == PACKAGE for name in names):
            return True
    return False


def _uses_lab(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {*LOGGING_CALLS, *READING_CALLS}
        and isinstance(node.value, ast.Name)
        and node.value.id == "lab"
        for node in ast.walk(tree)
    )


def _binds_lab(trees: Iterable[ast.Module]) -> bool:
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.Name(id="lab", ctx=ast.Store() | ast.Del()):
                    return True
                case ast.alias(name=module, asname="lab") if module != PACKAGE:
                    return True
                case ast.alias(name="lab", asname=None):
                    return True
    return False
