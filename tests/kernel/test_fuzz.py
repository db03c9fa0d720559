"""Random cells do the same with and without ``%%track``, with every capture on."""

from __future__ import annotations

import contextlib
import difflib
import gc
import io
import pprint
import random
import re
import types
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from mlops_lab.core.text import without_colours
from mlops_lab.kernel import magics

from .fuzz_cells import SETUP, notebooks

LINE = "%%track --no chip"
_PLAIN = frozenset({int, float, str, bytes, bool, complex, type(None), type(...), range})
_MAX_DEPTH = 5
_ADDRESS = re.compile(r"(?:0x| at )[0-9a-f]{6,}")


def describe(value: Any, depth: int = 0) -> Any:
    """Return what a value is, without a call of its class; two runs give equal descriptions."""
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if depth > _MAX_DEPTH:
        return kind.__name__
    parts: Any = None
    if list in kind.__mro__ or kind is tuple:
        parts = list(list.__iter__(value)) if kind is not tuple else list(value)
    elif kind is dict:
        parts = [part for pair in value.items() for part in pair]
    elif kind is types.FunctionType:
        return (value.__name__, value.__code__.co_code)
    elif kind is types.GeneratorType:
        return (kind.__name__, value.gi_frame is None or value.gi_frame.f_lasti)
    elif kind.__module__ == "__main__" and BaseException not in kind.__mro__:
        with contextlib.suppress(AttributeError):
            parts = object.__getattribute__(value, "__dict__")
            parts = list(parts.items()) if type(parts) is dict else None
    inner = [describe(part, depth + 1) for part in parts] if parts is not None else None
    return (kind.__name__, inner)


class Notebook:
    """A shell that runs notebooks one after another, each as in a new kernel.

    Without a head it has no extension either: the kernel of somebody who never heard of it.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.clean = dict(shell.user_ns)
        # What is there already need not be looked through after each notebook.
        gc.freeze()

    def run(self, cells: list[str], head: str) -> list[Any]:
        """Return for each cell what it printed, showed and raised, and then what the names hold."""
        (magics.load if head == LINE else magics.unload)(self.shell)
        self._reset()
        seen = [self._run(cell, head) for cell in cells]
        names = {n: v for n, v in self.shell.user_ns.items() if n not in self.clean}
        history = {"_", "__", "___", "_i", "_ii", "_iii", "_dh", "In", "Out", "_ih", "_oh"}
        values = {n: describe(v) for n, v in names.items() if n not in history and n[:2] != "_i"}
        return [*seen, values, random.random()]  # noqa: S311 - the state of the generator is compared

    def _reset(self) -> None:
        self.end()
        namespace = self.shell.user_ns
        namespace.clear()
        namespace.update(self.clean)
        namespace["_oh"].clear()
        self.shell.execution_count = 1
        self.shell.display_formatter.formatters["text/plain"].float_precision = ""
        self.shell.run_cell(SETUP)
        random.seed(7)

    def end(self) -> None:
        """Let go of what the cells left while the names that their objects use are still there."""
        namespace = self.shell.user_ns
        for name in [name for name in namespace if name not in self.clean]:
            del namespace[name]
        gc.collect()

    def _run(self, cell: str, head: str) -> Any:
        out, err = io.StringIO(), io.StringIO()
        watched = (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err))
        with watched[0], watched[1], warnings.catch_warnings():
            # Otherwise the second run does not show what the first one has shown.
            warnings.simplefilter("always")
            # Above another cell magic the line is dropped, elsewhere it becomes a comment.
            first = [] if cell.startswith("%%") and head != LINE else [head]
            result = self.shell.run_cell("\n".join([*first, cell]), store_history=True)
        error = result.error_before_exec or result.error_in_exec
        told = [line for line in err.getvalue().splitlines() if not line.startswith("MLOps Lab: ")]
        assert "fault of its own" not in err.getvalue(), err.getvalue()
        try:
            message = str(error)
        except Exception as broken:  # noqa: BLE001 - a class of the cell
            message = repr(broken)
        texts = [
            _ADDRESS.sub("0x", without_colours(text)) for text in (out.getvalue(), *told, message)
        ]
        return (*texts, type(error).__name__, describe(result.result))


@pytest.fixture
def notebook(shell, tmp_path, monkeypatch) -> Iterator[Notebook]:
    monkeypatch.chdir(tmp_path)
    made = Notebook(shell)
    yield made
    made.end()
    gc.unfreeze()


def check(notebook: Notebook, cells: list[str]) -> None:
    plain = notebook.run(cells, f"# {LINE}")
    tracked = notebook.run(cells, LINE)
    lines = [pprint.pformat(one, width=100).splitlines() for one in (plain, tracked)]
    assert tracked == plain, "\n".join(difflib.unified_diff(*lines, lineterm="", n=1))


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cells=notebooks)
@example(
    cells=["w = Loud()\nh = Hostile()\nc = Lying()\nxs = [w, c]\nw", "use = (w, h, c, xs)", "del w"]
)
@example(cells=["g = counted(3)\nf = iter([1])", "x = next(g)\ng, f", "list(g)"])
@example(
    cells=[
        "a = LoudFloat(2)\nb = LoudStr('y')\nc = LoudDict(k=1)\nxs = LoudList([1])",
        "a, b, c, xs",
    ]
)
@example(cells=["%%capture cap\nprint(1)\na = 1 / 0", "cap", "raise Broken"])
def test_random_cells_do_the_same_tracked(notebook: Notebook, cells: list[str]) -> None:
    check(notebook, cells)
