"""Proves what holds of fingerprints whatever the table: process, chunks, masks, objects, properties."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import given, settings, strategies as st

from mlops_lab.stats import fingerprint as module, values
from mlops_lab.stats.fingerprint import fingerprint

from .test_fingerprint import every_kind, of

CODE = """
import numpy as np, pandas as pd
from decimal import Decimal
from mlops_lab.stats.fingerprint import fingerprint
frame = pd.DataFrame({
    "n": [1, 2, 3], "s": ["a", None, "ü"], "o": [{"b": 1, "a": {1, 2}}, ("x", 2.5), frozenset("abc")],
    "c": pd.Categorical(["x", "y", "x"]), "d": [Decimal("1.5")] * 3,
})
print(fingerprint(frame).digest, fingerprint(frame).content_digest)
"""


def test_the_process_makes_no_difference():
    answers = {
        subprocess.run(
            [sys.executable, "-c", CODE],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(module.__file__).parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def test_how_many_rows_are_read_at_a_time_makes_no_difference(monkeypatch):
    frame = pd.concat([every_kind()] * 50, ignore_index=True)
    whole = of(frame)
    monkeypatch.setattr(values, "CHUNK_ROWS", 7)
    monkeypatch.setattr(values, "OBJECT_CHUNK_ROWS", 7)
    assert of(frame) == whole


def test_masked_columns_are_left_out():
    one = pd.DataFrame({"id": [1, 2], "salary": [3, 4], "salary_old": [5, 6]})
    other = one.assign(salary=[7, 8], salary_old=[9, 9])
    found = fingerprint(one, masked=["salary*"])
    assert found == fingerprint(other, masked=["salary*"])
    assert [column.digest is None for column in found.columns] == [False, True, True]
    keyed = one.set_index("salary")
    assert fingerprint(keyed, masked=["salary"]) == fingerprint(
        other.set_index("salary").assign(salary_old=[5, 6]), masked=["salary"]
    )


def test_what_is_no_table_is_left_alone():
    class Loud:
        def __getattr__(self, name):
            raise AssertionError(name)

        __eq__ = __repr__ = __len__ = __iter__ = None

    reader = (n for n in range(3))
    for value in (reader, iter([1]), [1, 2], "text", None, Loud(), pd.DataFrame, pl.LazyFrame()):
        assert fingerprint(value) is None
    assert next(reader) == 0


def test_objects_are_told_by_content_and_never_called():
    class Point:
        def __init__(self, x):
            self.x = x

        def __eq__(self, other):
            raise AssertionError

        __hash__ = None
        __repr__ = __str__ = __reduce_ex__ = __getstate__ = __eq__

    def frame(*cells):
        return pd.DataFrame({"a": pd.Series(list(cells), dtype=object)})

    assert of(frame(Point(1), 2)) == of(frame(Point(1), 2))
    assert of(frame(Point(1), 2)).digest != of(frame(Point(2), 2)).digest
    assert of(frame({"a": 1, "b": 2}, 1)) == of(frame({"b": 2, "a": 1}, 1))
    different = [1, 1.0, True, "1", b"1", (1,), [1], {1}, np.int64(1), Decimal(1), 1 + 0j]
    assert len({of(frame(cell, "x")).digest for cell in different}) == len(different)
    loop: list = []
    loop.append(loop)
    assert of(frame(loop, 1)).digest


def test_texts_of_any_content_are_told_apart():
    texts = [
        ["a", "b"],
        ["a\0b", ""],
        ["", "a\0b"],
        ["ab", ""],
        ["", "ab"],
        ["\ud800", ""],
        [None, "ab"],
    ]
    columns = [pd.DataFrame({"a": pd.Series(one, dtype=object)}) for one in texts]
    assert len({of(one).digest for one in columns}) == len(texts)
    assert len({of(one).content_digest for one in columns}) == 5
    arrow = [pd.DataFrame({"a": pd.Series(one, dtype="str")}) for one in texts[:5]]
    assert len({of(one).digest for one in arrow}) == len(arrow)


def test_subclasses_of_frames_are_read_as_frames():
    class Shapes(pd.DataFrame):
        @property
        def _constructor(self):
            raise AssertionError

        def __getitem__(self, key):
            raise AssertionError

        def items(self):
            raise AssertionError

    plain = pd.DataFrame({"a": [1, 2]})
    assert of(Shapes(plain)) == of(plain)


CELLS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.none())
ROWS = st.lists(
    st.tuples(st.integers(-5, 5), st.floats(width=64), st.text(max_size=40), CELLS), max_size=30
)


def build(rows: list) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["n", "x", "s", "i"])
    frame["i"] = pd.array([row[3] for row in rows], dtype="Int64")
    return frame.astype({"n": "int64", "x": "float64", "s": object})


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, data=st.data())
def test_any_order_of_rows_and_columns_has_one_content_digest(rows, data):
    frame = build(rows)
    shuffled = build(data.draw(st.permutations(rows)))
    columns = data.draw(st.permutations(list(frame.columns)))
    assert of(shuffled[columns]).content_digest == of(frame).content_digest


@settings(max_examples=60, deadline=None)
@given(rows=ROWS.filter(len), data=st.data())
def test_any_changed_cell_changes_both_digests(rows, data):
    row = data.draw(st.integers(0, len(rows) - 1))
    place = data.draw(st.integers(0, 3))
    cell = data.draw(
        [st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=300), CELLS][place]
    )
    changed = [list(one) for one in rows]
    changed[row][place] = cell
    before, after = of(build(rows)), of(build(changed))
    same = rows[row][place] == cell
    assert (before.digest == after.digest) is same
    assert (before.content_digest == after.content_digest) is same
