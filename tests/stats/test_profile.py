"""Proves what a profile says of columns of every kind, and that it is bounded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mlops_lab.core.data import ColumnVersion
from mlops_lab.stats.fingerprint import fingerprint
from mlops_lab.stats.formats import detect_format
from mlops_lab.stats.profile import PROFILE_ROWS, stretches
from mlops_lab.stats.tables import open_table
from mlops_lab.stats.versions import PROFILED_COLUMNS, describe_columns


def columns_of(value: object, *, masked: tuple[str, ...] = ()) -> dict[str, ColumnVersion]:
    table = open_table(value)
    found = fingerprint(value, masked=masked)
    columns, _notes = describe_columns(table, found, masked=masked)
    return {column.name: column for column in columns}


def column_of(values: object) -> ColumnVersion:
    return columns_of(pd.DataFrame({"a": values}))["a"]


def test_numbers():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=10_001)
    profile = column_of(numbers).profile
    assert profile.rows == 10_001
    assert profile.mean == pytest.approx(numbers.mean())
    assert profile.std == pytest.approx(numbers.std())
    np.testing.assert_allclose(profile.quantiles, np.quantile(numbers, np.linspace(0, 1, 101)))
    counts, edges = np.histogram(numbers, bins=20)
    np.testing.assert_allclose(profile.edges, edges)
    assert profile.counts == counts.tolist()
    assert profile.distinct == 10_001


def test_a_large_column_is_sampled_but_for_its_moments():
    numbers = np.random.default_rng(0).normal(size=3 * PROFILE_ROWS + 11) * 1e6 + 1e9
    profile = column_of(numbers).profile
    assert 0.5 * PROFILE_ROWS < profile.rows <= PROFILE_ROWS
    assert profile.mean == pytest.approx(numbers.mean(), rel=1e-12)
    assert profile.std == pytest.approx(numbers.std(), rel=1e-9)
    assert (profile.quantiles[0], profile.quantiles[-1]) == (numbers.min(), numbers.max())
    ranks = np.searchsorted(np.sort(numbers), profile.quantiles[1:-1]) / len(numbers)
    assert np.abs(ranks - np.linspace(0, 1, 101)[1:-1]).max() < 0.005


@pytest.mark.parametrize(
    ("values", "mean", "distinct", "low", "high"),
    [
        ([np.nan] * 3, None, 0, None, None),
        ([5, 5, 5], 5.0, 1, 5.0, 5.0),
        ([1.0, np.inf, -np.inf, np.nan], 1.0, 3, "-Infinity", "Infinity"),
        ([1e308, -1e308, 1e308], pytest.approx(1e308 / 3), 2, -1e308, 1e308),
        (pd.array([1, None, 3], dtype="Int64"), 2.0, 2, 1.0, 3.0),
        (np.array([1, 2], dtype=">i4"), 1.5, 2, 1.0, 2.0),
        (pd.array([1, None], dtype=pd.ArrowDtype(pa.int8())), 1.0, 1, 1.0, 1.0),
        ([True, False, True, True], 0.75, 2, 0.0, 1.0),
        (np.array([]), None, 0, None, None),
    ],
)
def test_numbers_of_every_form(values, mean, distinct, low, high):
    profile = column_of(values).profile
    assert (profile.mean, profile.distinct) == (mean, distinct)
    ends = (profile.quantiles[0], profile.quantiles[-1]) if profile.quantiles else (None, None)
    assert ends == (low, high)
    assert len(profile.edges) == len(profile.counts) + bool(profile.counts)


def test_times_are_milliseconds():
    column = column_of(pd.to_datetime(["1970-01-02", None, "1970-01-04"]))
    assert (column.kind, column.missing) == ("time", 1)
    assert column.profile.quantiles[0] == 86_400_000.0
    assert column.profile.mean == 2 * 86_400_000.0
    date = columns_of(pl.DataFrame({"a": [None, pd.Timestamp("1970-01-02").date()]}))["a"]
    assert date.profile.quantiles[0] == 86_400_000.0
    assert column_of(pd.period_range("2020", periods=3, freq="M")).profile.distinct == 3


def test_texts_and_categories():
    column = column_of(["b", "a", "b", None] * 5)
    assert (column.kind, column.missing, column.profile.distinct) == ("text", 5, 2)
    assert [(one.value, one.count) for one in column.profile.top] == [("b", 10), ("a", 5)]
    category = column_of(pd.Categorical(["x", "y", None]))
    assert category.kind == "category"
    assert {one.value for one in category.profile.top} == {"x", "y"}
    mixed = column_of(pd.Series([1, "x", None, 1, "x"] * 3, dtype=object))
    assert (mixed.kind, mixed.profile.distinct) == ("other", 2)
    nested = column_of([[1], [2]])
    assert (nested.kind, nested.profile.top) == ("nested", [])


def test_values_that_could_tell_who_it_is_are_not_kept():
    names = column_of([f"Jane Doe {n}" for n in range(100)])
    assert (names.profile.distinct, names.profile.top) == (100, [])
    secret = columns_of(pd.DataFrame({"api_key": ["k", "k", "k"]}))["api_key"]
    assert (secret.profile.top, secret.format) == ([], None)
    long = column_of(["x" * 500] * 4)
    assert len(long.profile.top[0].value) == 100


def test_masked_columns_say_their_name_and_type_only():
    columns = columns_of(pd.DataFrame({"id": [1], "salary": [2.5]}), masked=("sal*",))
    assert columns["salary"] == ColumnVersion("salary", "float64", "number", None, masked=True)
    assert columns["id"].profile is not None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2024-01-31", "2023-12-01"], "%Y-%m-%d"),
        (["2024-13-31"], None),
        (["31.12.2024"], "%d.%m.%Y"),
        (["12/31/2024", "01/02/2024"], "%m/%d/%Y"),
        (["31/12/2024", "01/02/2024"], "%d/%m/%Y"),
        (["2024-01-31T10:00:00Z"], "%Y-%m-%dT%H:%M:%S%z"),
        (["2024-01-31 10:00:00.123"], "%Y-%m-%d %H:%M:%S.%f"),
        (["12:30", "9:15"], "%H:%M"),
        (["1", "-20"], "int-like"),
        (["1", "2.5", "1e-3"], "float-like"),
        (["true", "False"], "bool-like"),
        (["a@b.org"], "email"),
        (["https://a.org/x"], "url"),
        (["1", "x"], None),
        (["", "1"], None),
        ([], None),
    ],
)
def test_formats_of_texts(texts, expected):
    assert detect_format(texts) == expected


def test_tables_of_every_library_have_profiles():
    for table in (
        pl.DataFrame({"n": [1, None], "s": ["a", "a"]}),
        pa.table({"n": [1, None], "s": ["a", "a"]}),
        pd.DataFrame({"n": [1, None], "s": ["a", "a"]}),
    ):
        found = columns_of(table)
        assert (found["n"].missing, found["n"].profile.mean) == (1, 1.0)
        assert found["s"].profile.top[0].value == "a"
    matrix = columns_of(np.arange(6).reshape(3, 2))
    assert [matrix[name].profile.mean for name in ("0", "1")] == [2.0, 3.0]


def test_what_is_kept_of_a_wide_table_is_bounded():
    table = open_table(np.zeros((2, 200)))
    found = fingerprint(np.zeros((2, 200)))
    columns, notes = describe_columns(table, found, until=0.0)
    assert (len(columns), notes) == (
        200,
        ["200 columns have no profile: it would have taken too long."],
    )
    wide = pd.DataFrame(np.zeros((1, PROFILED_COLUMNS + 5)))
    columns, notes = describe_columns(open_table(wide), fingerprint(wide))
    assert sum(column.profile is not None for column in columns) == PROFILED_COLUMNS
    assert notes


def test_stretches_stay_within_the_table():
    for rows in (0, 1, 1_024, 5_000, 1_000_003):
        found = list(stretches(rows, 10_000))
        assert all(0 <= start < stop <= rows for start, stop in found)
        assert sum(stop - start for start, stop in found) <= max(10_000, 0) or rows <= 10_000
