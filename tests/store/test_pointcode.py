"""Holds the packed form of points to giving back every bit."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

from mlops_lab.store.pointcode import pack, unpack
from mlops_lab.store.rows import INT64_MAX, INT64_MIN

POINT = st.tuples(
    st.integers(INT64_MIN, INT64_MAX),
    st.one_of(st.integers(-3, 3), st.integers(INT64_MIN, INT64_MAX)),
    st.floats(allow_nan=False),
)


@given(st.lists(POINT, max_size=50))
def test_columns_come_back(points: list[tuple[int, int, float]]) -> None:
    steps = [step for step, _, _ in points]
    times = [time for _, time, _ in points]
    values = [value for _, _, value in points]
    (steps_back, times_back), values_back = unpack(pack([steps, times], values), 2)
    assert (steps_back, times_back) == (steps, times)
    assert struct.pack(f"{len(values)}d", *values) == struct.pack(
        f"{len(values_back)}d", *values_back
    )


def test_a_nan_comes_back() -> None:
    _, values = unpack(pack([], [float("nan"), 1.0]), 0)
    assert values[0] != values[0]
    assert values[1] == 1.0


def test_a_constant_and_a_rising_column_take_next_to_nothing() -> None:
    assert len(pack([list(range(1_000)), [5] * 1_000], [0.5] * 1_000)) < 100


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="does not know"):
        unpack(b"\x02" + pack([], [1.0])[1:], 0)
