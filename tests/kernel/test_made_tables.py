"""Which tables that a cell binds itself are recorded as data: loaded ones, and those that it reads."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.data import DataVersion
from mlops_lab.stats.fingerprint import fingerprint

from .tracked_data import FRAME, Track, make_track


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path, tmp_path: Path, monkeypatch) -> Track:
    """Run a tracked cell on some names, and return the data of its run."""
    monkeypatch.chdir(tmp_path)
    return make_track(shell, spool_dir)


def roles(found: dict[str, DataVersion]) -> dict[str, str]:
    return {name: one.role for name, one in found.items()}


def test_an_array_of_objects_of_a_library_is_no_data(track: Track):
    """A fixed fault: the axes of a figure were read with all that hangs on them, for 12 seconds."""
    found = track(
        "import datetime, plotly.graph_objects as go\n"
        "axes = np.array([go.Figure(), go.Figure()], dtype=object)\n"
        "days = np.array([datetime.date(2013, 1, day) for day in (1, 2)], dtype=object)\n"
        "shown = [type(one) for one in axes], len(days)",
    )
    assert roles(found) == {"days": "made"}
    assert roles(track("count = len(given)", given=np.array(["a", "b", None], dtype=object))) == {
        "given": "input"
    }


SPLIT = """
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.tree import DecisionTreeClassifier
"""


def test_what_a_cell_splits_off_and_fits_on(track: Track):
    frame = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40) % 2})
    found = track(
        SPLIT + "X, y = df[['a']], df['b']\n"
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
        "model = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)\n"
        "pred = model.predict(X_test)\n"
        "unread = pred + 1\n"
        "folds = cross_val_score(model, X, y)\n"
        "folds.mean(), (pred == y_test).mean()",
        df=frame,
    )
    made = {"X", "y", "X_train", "X_test", "y_train", "y_test", "pred"}
    assert roles(found) == {"df": "input"} | dict.fromkeys(made, "made")
    names = InteractiveShell.instance().user_ns
    assert found["X_train"].digest == fingerprint(names["X_train"]).digest
    assert found["X_train"].notes == ["The cell made it; this is how the cell left it."]
    assert found["df"].notes == []


def test_a_frame_that_the_cell_loads_and_then_reads(track: Track, tmp_path: Path):
    FRAME.to_csv(tmp_path / "x.csv", index=False)
    code = "df = pd.read_csv('x.csv')\nsmall = df.dropna()\nsmall.describe()"
    assert roles(track(code)) == {"x.csv": "input", "df": "loaded", "small": "made"}


def test_a_name_that_the_cell_takes_and_binds_anew_is_told_twice(track: Track):
    found = track("df = df.dropna()\nn = len(df)", df=FRAME)
    assert roles(found) == {"df": "input", "df (made)": "made"}
    assert found["df"].digest == fingerprint(FRAME).digest
    assert found["df (made)"].digest == fingerprint(FRAME.dropna()).digest
    assert roles(track("df = df.dropna()", df=FRAME)) == {"df": "input"}


@pytest.mark.parametrize(
    "code",
    [
        "def total():\n    return made['a'].sum()\nmade = df * 1\nx = total()",
        "made = {'train': df * 1}\nx = len(made['train'])",
        "for _ in range(2):\n    made = df * 1\n    x = len(made)",
        "if len(made := df * 1):\n    x = made.shape",
        "made = df * 1\nx = earlier()",
    ],
)
def test_where_a_cell_may_read_what_it_made(track: Track, shell, code: str):
    shell.run_cell("def earlier():\n    return len(made)")
    numbers = pd.DataFrame({"a": [1.0, 2.0]})
    found = track(code, df=numbers)
    assert [one.role for name, one in found.items() if name.startswith("made")] == ["made"]


class ArrayImpl:
    """Has what JAX's array of this name and module has; JAX is no library of these tests."""

    ndim, shape = 1, (3,)

    def __init__(self, state: str) -> None:
        self.state = state

    def is_ready(self) -> bool:
        return self.state == "ready"

    def devices(self) -> list[SimpleNamespace]:
        if self.state == "deleted":
            raise RuntimeError("Array has been deleted.")
        return [SimpleNamespace(platform="gpu" if self.state == "elsewhere" else "cpu")]

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.arange(3.0)


def test_arrays_of_jax_are_read_where_that_costs_no_waiting(track: Track, monkeypatch):
    monkeypatch.setitem(sys.modules, "jaxlib", ModuleType("jaxlib"))
    monkeypatch.setattr(ArrayImpl, "__module__", "jaxlib._jax")
    states = {state: ArrayImpl(state) for state in ("ready", "computed", "deleted", "elsewhere")}
    found = track("x = ready, computed, deleted, elsewhere", **states)
    digest = fingerprint(np.arange(3.0)).digest
    assert found["ready"].digest == found["computed"].digest == digest
    assert found["ready"].library_type == "jax.Array"
    assert set(found) == {"ready", "computed"}


@pytest.mark.parametrize(
    "code",
    [
        "made = df * 1",
        "x = [made for made in (1, 2)]\nmade = df * 1",
        "def f(made):\n    return made\nmade = df * 1",
        "made = df * 1\nmade = 3\nx = made",
    ],
)
def test_what_a_cell_only_binds_is_not_data(track: Track, code: str):
    assert list(track(code, df=pd.DataFrame({"a": [1.0, 2.0]}))) == ["df"]


def test_what_an_earlier_cell_bound_is_not_what_a_failed_one_made(track: Track):
    code = "1 / 0\nmade = pd.DataFrame()\nread = pd.read_csv('x')\nmade.shape, read.shape"
    assert track(code, succeeds=False, made=FRAME, read=FRAME) == {}
    names = {"made": FRAME, "df": FRAME}
    found = track("made = df.dropna()\nmade.shape\n1 / 0", succeeds=False, **names)
    assert roles(found) == {"df": "input", "made": "made"}


def test_what_a_cell_made_is_bounded_masked_and_let_go(track: Track, spool_dir: Path):
    code = (
        "parts = [np.full(3, 4711 + n) for n in range(20)]\n"
        "more, again = [*parts], {n: one for n, one in enumerate(parts)}\n"
        "salary = np.array([3263, 3261]) / 4\n"
        "n = len(parts) + len(more) + len(again) + len(salary)"
    )
    found = track(code, line="--mask salary", salary=1)
    assert len(found) == 50
    track("salary = np.array([3263, 3261]) / 4\nn = len(salary)", line="--mask salary")
    written = "".join(path.read_text() for path in spool_dir.glob("*.jsonl"))
    assert "815.75" not in written
    names = InteractiveShell.instance().user_ns
    held = weakref.ref(names["parts"][0])
    for name in ("parts", "more", "again"):
        del names[name]
    gc.collect()
    assert held() is None
    assert track("made = df * 1\nn = len(made)", line="--no data", df=FRAME[["a"]]) == {}
