"""Proves what a fingerprint tells apart and what it does not, on real tables of every library."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mlops_lab.stats.fingerprint import Fingerprint, fingerprint


def of(value: object) -> Fingerprint:
    found = fingerprint(value)
    assert found is not None
    return found


def every_kind() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "int": [1, 2, 3, 4],
            "float": [0.5, np.nan, -1.0, np.inf],
            "text": ["a", None, "ü", ""],
            "mixed": [1, "x", None, 2.5],
            "bool": [True, False, True, True],
            "time": pd.to_datetime(["2020-01-01", None, "2021-01-01", "2022-01-01"]),
            "zoned": pd.date_range("2020", periods=4, tz="Europe/Berlin"),
            "category": pd.Categorical(["x", "y", None, "x"]),
            "Int": pd.array([1, None, 3, 4], dtype="Int64"),
            "string": pd.array(["a", None, "c", "d"], dtype="string"),
            "period": pd.period_range("2020-01", periods=4, freq="M"),
            "interval": list(pd.interval_range(0, 4)),
            "sparse": pd.arrays.SparseArray([0, 0, 1.0, 0]),
            "arrow": pd.array([1, None, 3, 4], dtype=pd.ArrowDtype(pa.int32())),
            "lists": [[1], [2, 3], None, []],
            "dicts": [{"a": 1}, {}, {"b": [1]}, None],
            "bytes": [b"a", b"", None, b"c"],
            "decimal": [Decimal("1.5"), None, Decimal(0), Decimal(2)],
            "complex": [1j, 2, 3, 4],
        }
    )


CHANGED = {
    "int": 9,
    "float": 0.25,
    "text": "b",
    "mixed": 1.0,
    "bool": False,
    "time": pd.Timestamp("2020-01-02"),
    "zoned": pd.Timestamp("2020-01-02", tz="Europe/Berlin"),
    "category": "y",
    "Int": 9,
    "string": "b",
    "period": pd.Period("2021-01", freq="M"),
    "interval": pd.Interval(5, 6),
    "arrow": 9,
    "lists": [2],
    "dicts": {"a": 2},
    "bytes": b"b",
    "decimal": Decimal("1.6"),
    "complex": 2j,
}


@pytest.mark.parametrize("column", list(CHANGED))
def test_one_changed_value_changes_both_digests_and_that_of_its_column_only(column):
    before, frame = of(every_kind()), every_kind()
    place = frame.columns.get_loc(column)
    values_of = frame[column].tolist()
    values_of[0] = CHANGED[column]
    frame[column] = pd.Series(values_of, dtype=frame[column].dtype)
    after = of(frame)
    assert after.digest != before.digest
    assert after.content_digest != before.content_digest
    changed = [
        n for n, (a, b) in enumerate(zip(before.columns, after.columns, strict=True)) if a != b
    ]
    assert changed == [place]


def test_missing_values_are_counted():
    missing = dict(
        zip(every_kind().columns, (c.missing for c in of(every_kind()).columns), strict=True)
    )
    with_one = ("float", "text", "mixed", "time", "category", "Int", "string", "arrow")
    assert {name for name, count in missing.items() if count} == {
        *with_one, "lists", "dicts", "bytes", "decimal",
    }  # fmt: skip
    assert set(missing.values()) == {0, 1}


def test_order_counts_for_the_digest_only():
    frame, before = every_kind(), of(every_kind())
    rows = frame.iloc[[2, 0, 3, 1]]
    for other in (rows, rows.reset_index(drop=True), frame[frame.columns[::-1]]):
        assert of(other).digest != before.digest
        assert of(other).content_digest == before.content_digest


def test_names_types_and_labels_count():
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    others = [
        frame.rename(columns={"a": "z"}),
        frame.astype({"a": "int32"}),
        frame.astype({"a": "float64"}),
        frame.astype({"a": "Int64"}),
        frame.set_axis(["x", "y"]),
        frame.rename_axis("key"),
        frame.rename(columns={"a": 1}),
        pd.DataFrame({"a": [1, 2, 2], "b": [3, 4, 4]}),
        frame.iloc[:0],
    ]
    digests = {of(one).digest for one in [frame, *others]}
    content = {of(one).content_digest for one in [frame, *others]}
    assert len(digests) == len(content) == 1 + len(others)
    assert of(frame.set_axis([5, 6])).digest != of(frame).digest
    assert of(frame.set_axis([5, 6])).content_digest == of(frame).content_digest


def test_indexes_and_columns_of_several_levels():
    frame = pd.DataFrame({"k": ["a", "a", "b"], "n": [1, 2, 1], "v": [1.0, 2.0, 3.0]})
    keyed = frame.set_index(["k", "n"])
    shuffled = keyed.iloc[[2, 0, 1]]
    assert of(keyed).digest != of(shuffled).digest
    assert of(keyed).content_digest == of(shuffled).content_digest
    moved = keyed.set_axis(keyed.index.set_levels(["a", "c"], level=0))
    assert of(keyed).content_digest != of(moved).content_digest
    deep = frame[["v"]].set_axis(pd.MultiIndex.from_tuples([("x", "y")]), axis=1)
    assert of(deep).digest != of(frame[["v"]]).digest


def test_columns_of_one_name():
    two = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    swapped = pd.DataFrame([[2, 1], [3, 4]], columns=["a", "a"])
    assert of(two).digest != of(swapped).digest
    assert of(two).content_digest != of(swapped).content_digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(12.0).reshape(3, 4), np.asfortranarray(np.arange(12.0).reshape(3, 4))),
        (np.arange(12.0), np.arange(24.0)[::2] / 2),
        (np.arange(12.0), np.arange(12.0).astype(">f8")),
        (np.arange(3, dtype=">i2"), np.arange(3, dtype="<i2")),
        (np.array(["a", "bb"]), np.array(["a", "bb"], dtype="U9")),
        (np.array([0.0, np.nan]), np.array([-0.0, -np.nan])),
        (
            np.array([(1, 2.0)], dtype=[("a", "i1"), ("b", "f8")]),
            np.array([(1, 2.0)], dtype=np.dtype([("a", "i1"), ("b", ">f8")], align=True)),
        ),
        (pd.Series(["a", None]), pd.Series(["a", np.nan])),
        (
            pd.Series(["a", None], dtype="string[python]"),
            pd.Series(["a", None], dtype="string[pyarrow]"),
        ),
        (pd.Series(pd.Categorical(["b"])), pd.Series(pd.Categorical(["b"], categories=["b"]))),
        (
            pd.Series(pd.Categorical(["b", "a"], categories=["a", "b"])),
            pd.Series(pd.Categorical(["b", "a"], categories=["b", "a"])),
        ),
        (pd.DataFrame({"a": [0, 1]}), pd.DataFrame({"a": [0, 1]}, index=[0, 1])),
        (pa.table({"a": ["x"]}), pa.table({"a": pa.array(["x"], pa.large_string())})),
        (pa.table({"a": ["x" * 20]}), pa.table({"a": pa.array(["x" * 20], pa.string_view())})),
    ],
)
def test_layout_makes_no_difference(one, other):
    assert of(one).digest == of(other).digest
    assert of(one).content_digest == of(other).content_digest


def test_libraries_agree_on_numbers_and_text():
    columns = {"n": [1, 2], "x": [0.5, 1.5]}
    assert of(pd.DataFrame(columns)) == of(pl.DataFrame(columns)) == of(pa.table(columns))
    text = {"s": ["a", None, "ü" * 300]}
    assert of(pl.DataFrame(text)) == of(pa.table(text))


@pytest.mark.parametrize(
    "one",
    [
        pa.table(
            {
                "n": [1, None, 3],
                "s": ["a", None, "c" * 300],
                "b": [True, None, False],
                "list": [[1, 2], None, [3]],
                "struct": [{"a": 1, "b": "x"}, None, {"a": 2, "b": None}],
                "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
                "code": pa.array(["x", None, "x"]).dictionary_encode(),
                "decimal": [Decimal("1.5"), None, Decimal(2)],
                "fixed": pa.array([[1, 2], [3, 4], None], pa.list_(pa.int32(), 2)),
                "nothing": [None] * 3,
            }
        ),
    ],
)
def test_chunks_slices_and_what_lies_under_nulls_make_no_difference(one):
    thrice = pa.concat_tables([one] * 3)
    assert of(thrice).digest == of(thrice.combine_chunks()).digest
    assert of(thrice.slice(3, 3)) == of(one)
    assert of(one.take([2, 0, 1])).content_digest == of(one).content_digest
    assert of(one.take([2, 0, 1])).digest != of(one).digest
    hidden = pa.Array.from_buffers(
        pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(np.array([7, 99]).tobytes())]
    )
    assert of(pa.table({"a": hidden})) == of(pa.table({"a": [7, None]}))


def test_polars_of_every_type():
    frame = pl.DataFrame(
        {
            "n": pl.Series([1, None, 3], dtype=pl.Int8),
            "x": [0.5, float("nan"), None],
            "s": ["a", None, "c" * 300],
            "list": [[1, 2], None, []],
            "array": pl.Series([[1, 2], [3, 4], None], dtype=pl.Array(pl.Int32, 2)),
            "struct": [{"a": 1, "b": "x"}, None, {"a": 2, "b": "y"}],
            "category": pl.Series(["x", "y", None], dtype=pl.Categorical),
            "enum": pl.Series(["x", "y", "y"], dtype=pl.Enum(["x", "y"])),
            "decimal": [Decimal("1.5"), None, Decimal("2.5")],
            "bytes": [b"a", b"", None],
            "nothing": [None] * 3,
        }
    )
    found = of(frame)
    assert [column.missing for column in found.columns] == [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 3]
    assert of(frame.vstack(frame).slice(3, 3)) == found
    assert of(frame[[1, 2, 0]]).content_digest == found.content_digest
    for name in frame.columns[:-1]:
        changed = frame.with_columns(frame[name].reverse())
        assert of(changed).digest != found.digest, name


def test_arrays_tensors_and_matrices():
    torch, sparse = pytest.importorskip("torch"), pytest.importorskip("scipy.sparse")
    array = np.arange(6.0).reshape(2, 3)
    shapes = [array, array.reshape(3, 2), array.reshape(6), array.reshape(1, 2, 3), np.array(3.0)]
    shapes += [np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((2, 300)), np.zeros((3, 300), "u1")]
    assert len({of(one).digest for one in shapes}) == len(shapes)
    giant = np.zeros((2, 3, 400_000))
    assert of(giant).digest == of(np.asfortranarray(giant)).digest
    giant[1, 2, 3] = 1
    assert of(giant).digest not in {of(np.zeros((2, 3, 400_000))).digest, of(giant[:1]).digest}
    assert of(torch.tensor(array)).digest == of(array).digest
    assert of(torch.tensor(array, requires_grad=True)).digest == of(array).digest
    assert fingerprint(torch.tensor([1.0, 2.0], dtype=torch.bfloat16)) is not None
    matrix = sparse.csr_matrix(np.eye(3))
    assert of(matrix).digest != of(sparse.csr_matrix(2 * np.eye(3))).digest
    assert of(sparse.coo_matrix(matrix)).digest == of(matrix).digest
