"""Which tables a cell is found to read, as they were before it, and what is recorded of them."""

from __future__ import annotations

import gc
import time
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.data import same_data
from mlops_lab.kernel.session import process_session
from mlops_lab.stats.fingerprint import fingerprint

from .tracked_data import FRAME, Track, make_track


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path, tmp_path: Path, monkeypatch) -> Track:
    """Run a tracked cell on some names, and return the data of its run."""
    monkeypatch.chdir(tmp_path)
    return make_track(shell, spool_dir)


def test_a_frame_that_the_cell_reads(track: Track):
    (found,) = track("n = len(df)", df=FRAME, unread=FRAME).values()
    assert (found.name, found.source, found.library_type) == ("df", "name", "pandas.DataFrame")
    assert (found.shape, found.sampled_rows, found.notes) == ([3, 2], None, [])
    assert found.digest == fingerprint(FRAME).digest
    assert found.content_digest == fingerprint(FRAME).content_digest
    assert [(one.name, one.type, one.missing) for one in found.columns] == [
        ("a", "int64", 0),
        ("b", "str", 1),
    ]
    assert found.columns[0].profile.mean == 2.0


@pytest.mark.parametrize(
    ("table", "library_type"),
    [
        (pd.Series([1, 2]), "pandas.Series"),
        (pl.DataFrame({"a": [1]}), "polars.DataFrame"),
        (pl.Series([1, 2]), "polars.Series"),
        (pa.table({"a": [1]}), "pyarrow.Table"),
        (pa.chunked_array([[1], [2]]), "pyarrow.ChunkedArray"),
        (np.arange(3), "numpy.ndarray"),
        (np.arange(6).reshape(2, 3), "numpy.ndarray"),
        (pd.DataFrame(), "pandas.DataFrame"),
        (FRAME.iloc[:0], "pandas.DataFrame"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "pandas.DataFrame"),
        (pd.DataFrame({"a": pd.Series([1, "x", [2], {"b": 3}], dtype=object)}), "pandas.DataFrame"),
        (pd.DataFrame({"a": ["x" * 5_000_000, "y"]}), "pandas.DataFrame"),
    ],
)
def test_tables_of_every_library(track: Track, table, library_type):
    (found,) = track("x = table", table=table).values()
    assert found.library_type == library_type
    assert found.digest == fingerprint(table).digest
    assert found.sampled_rows is None


def test_what_is_no_table_is_not_recorded_and_not_consumed(track: Track):
    frame = (n for n in range(3))
    names = {"frame": frame, "one": np.array([1]), "zero": np.array(3.0), "lazy": pl.LazyFrame()}
    assert (
        track("x = frame, one, zero, lazy, text, numbers", text="t", numbers=[1, 2], **names) == {}
    )
    assert next(frame) == 0


def test_the_inputs_are_told_as_they_were_before_the_cell(track: Track):
    df, array = FRAME.copy(), np.arange(1000)
    big = pd.DataFrame({"x": np.zeros(400_000), "y": np.zeros(400_000)})
    before = {"df": fingerprint(df), "array": fingerprint(array), "big": fingerprint(big)}
    code = "df.loc[0, 'a'] = 99; df['new'] = 1; array[:] = 7; big.iloc[:, 0] = 5.0; big += 1"
    found = track(code, df=df, array=array, big=big)
    assert {name: one.digest for name, one in found.items()} == {
        name: one.digest for name, one in before.items()
    }
    assert big.iloc[0, 0] == 6.0


def test_tables_behind_functions_containers_and_attributes(shell, track: Track):
    shell.run_cell(
        "def inner():\n    return len(hidden)\n"
        "def use():\n    return inner()\n"
        "class Holder:\n    @property\n    def boom(self):\n        raise AssertionError\n"
        "class Steps:\n    def run(self):\n        return len(self.table)\n"
        "def make(table):\n    return lambda: len(table)\n"
        "holder, steps = Holder(), Steps()"
    )
    shell.user_ns["steps"].table = FRAME
    shell.run_cell("step = make(steps.table)")
    shell.user_ns["holder"].data = FRAME
    shell.user_ns["holder"].other = FRAME
    found = track(
        "use(); frames; parts; holder.data; steps.run(); step()",
        hidden=FRAME,
        frames={"train": FRAME, "n": 3},
        parts=[FRAME, 2],
    )
    expected = {"hidden", "frames['train']", "parts[0]", "holder.data", "steps.table", "step.table"}
    assert set(found) == expected


def test_a_frame_that_the_cell_loads(track: Track, tmp_path: Path):
    FRAME.to_csv(tmp_path / "x.csv", index=False)
    code = "df = pd.read_csv('x.csv').dropna()\ncopy = df * 1\nother = pd.DataFrame({'a': [1]})"
    found = track(code)
    assert set(found) == {"df", "x.csv"}
    assert found["df"].shape == [2, 2]
    assert found["df"].notes == ["The cell loaded it; this is how the cell left it."]


def test_masked_columns_never_leave_the_process(track: Track, spool_dir: Path):
    salaries = pd.DataFrame({"id": [1, 2], "salary": [4711.25, 815.75]})
    (found,) = track("x = df", line="--mask 'sal*'", df=salaries).values()
    masked = found.columns[1]
    assert (masked.masked, masked.digest, masked.profile, masked.missing) == (
        True,
        None,
        None,
        None,
    )
    assert found.digest == fingerprint(salaries[["id"]].assign(salary=0), masked=["salary"]).digest
    assert found.notes == ["The digests leave out what is masked: salary."]
    names = {"salary": salaries["salary"].to_numpy(), "by": {"salary": salaries["salary"].array}}
    track("y = salary, by", line="--mask salary", **names)
    written = "".join(path.read_text() for path in spool_dir.glob("*.jsonl"))
    assert "4711.25" not in written


def test_secrets_among_frequent_values_are_masked(track: Track, spool_dir: Path):
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    track("x = df", df=pd.DataFrame({"note": [key, key, "b", "b"], "token": ["hush"] * 4}))
    written = "".join(path.read_text() for path in spool_dir.glob("*.jsonl"))
    assert key not in written
    assert "hush" not in written


def test_data_can_be_switched_off(track: Track):
    assert track("x = df", line="--no-data", df=FRAME) == {}


def test_a_large_array_that_could_change_is_sampled_the_same_each_time(track: Track):
    array = np.random.default_rng(0).normal(size=3_000_000)
    found = [track("x = array", array=array)["array"] for _ in range(2)]
    assert found[0].sampled_rows is not None
    assert "spread evenly" in found[0].notes[0]
    assert found[0].digest == found[1].digest
    array.flags.writeable = False
    assert track("x = array", array=array)["array"].digest == fingerprint(array).digest


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.random.default_rng(0).normal(size=900_000),
        lambda: np.random.default_rng(0).normal(size=(90_000, 12)),
        lambda: np.random.default_rng(0).normal(size=3_000_000),
        lambda: np.arange(9_000),
    ],
)
def test_the_load_of_the_machine_makes_no_data_differ(track: Track, monkeypatch, make):
    array = make()
    free = track("x = array", array=array)["array"]
    with monkeypatch.context() as busy:
        busy.setattr("mlops_lab.kernel.capture.base.BUDGET_S", 0.0)
        busy.setattr("mlops_lab.kernel.capture.base.BUDGET_SHARE", 0.0)
        hurried = track("x = array", array=array)["array"]
        array[:] = array[::-1].copy()
        changed = track("x = array", array=array)["array"]
    assert same_data(free, hurried) is True
    assert same_data(free, changed) is False


def test_no_table_is_kept_and_a_wide_one_is_bounded(track: Track):
    frame = pd.DataFrame(np.zeros((200_000, 4)))
    held = weakref.ref(frame)
    track("x = len(frame)", frame=frame)
    shell_names = InteractiveShell.instance().user_ns
    del frame, shell_names["frame"]
    gc.collect()
    assert held() is None
    (wide,) = track("x = wide", wide=pd.DataFrame(np.zeros((3, 10_000)))).values()
    assert (wide.shape, len(wide.columns)) == ([3, 10_000], 10_000)


def test_a_failing_cell_has_its_data_and_faults_of_ours_do_not_reach_it(track: Track, capsys):
    class Odd(pd.DataFrame):
        @property
        def _mgr(self):
            raise ValueError("odd")

        @_mgr.setter
        def _mgr(self, value):
            pass

    found = track("x = df, odd\n1 / 0", succeeds=False, df=FRAME, odd=Odd.__new__(Odd))
    assert set(found) == {"df"}
    assert "while reading the table 'odd'" in capsys.readouterr().err


def test_a_large_frame_adds_little_to_the_cell(track: Track, shell: InteractiveShell):
    rng = np.random.default_rng(0)
    big = pd.DataFrame({f"c{n}": rng.normal(size=2_000_000) for n in range(4)})
    track("x = small", small=FRAME)
    spent = []
    for _ in range(3):
        assert process_session().background.finish(timeout=60)
        started = time.thread_time()
        shell.user_ns["big"] = big
        assert shell.run_cell("%%track\nx = big.shape").success
        spent.append(time.thread_time() - started)
    assert min(spent) < 0.1
    assert track("x = big.shape")["big"].digest == fingerprint(big).digest
