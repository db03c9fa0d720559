"""Shows how profiles of columns differ: numbers in short, distances, categories gained and lost."""

from __future__ import annotations

import pytest

from mlops_lab.core.data import ColumnProfile, ColumnVersion, TopValue
from mlops_lab.core.differences import ProfileDiff
from mlops_lab.tracking.profilediff import diff_profiles


def numbers(*quantiles: float, missing: int = 0) -> ColumnVersion:
    profile = ColumnProfile(rows=100, mean=1.0, std=2.0, quantiles=list(quantiles), distinct=50)
    return ColumnVersion("x", "float64", "number", missing, profile=profile)


def words(distinct: int | None = None, rows: int = 100, **counts: int) -> ColumnVersion:
    top = [TopValue(value, count) for value, count in counts.items()]
    known = len(top) if distinct is None else distinct
    return ColumnVersion(
        "c", "str", "text", 0, profile=ColumnProfile(rows=rows, distinct=known, top=top)
    )


def between(one: ColumnVersion, other: ColumnVersion) -> ProfileDiff:
    found = diff_profiles(one, other, rows=[100, 200])
    assert found is not None
    return found


def test_numbers_in_short() -> None:
    before, after = between(numbers(0, 1, 2, missing=10), numbers(0, 2, 4, missing=10)).stats
    assert (before.low, before.median, before.high) == (0, 1, 2)
    assert (before.missing, after.missing) == (0.1, 0.05)
    assert (before.mean, before.std, before.distinct, before.rows) == (1.0, 2.0, 50, 100)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4), 0.0),
        ((0, 1, 2, 3, 4), (1, 2, 3, 4, 5), 0.25),
        ((0, 1, 2), (10, 11, 12), 1.0),
        ((0, 0, 0, 1), (0, 1, 1, 1), 0.6667),
        ((5, 5), (5, 5), 0.0),
        ((5, 5), (6, 6), 1.0),
    ],
)
def test_how_far_numbers_lie_apart(
    one: tuple[float, ...], other: tuple[float, ...], distance: float
) -> None:
    assert between(numbers(*one), numbers(*other)).distance == distance
    assert between(numbers(*other), numbers(*one)).distance == distance


def test_an_infinite_quantile_has_no_distance() -> None:
    assert between(numbers(0, float("inf")), numbers(0, 1)).distance is None


def test_categories_gained_and_lost() -> None:
    found = between(words(a=60, b=40), words(a=60, c=40))
    assert (found.gained, found.lost, found.distance) == (["c"], ["b"], 0.4)


def test_a_rare_category_may_be_there_unnamed() -> None:
    found = between(words(distinct=50, a=60, b=5), words(distinct=60, a=60, c=4))
    assert (found.gained, found.lost) == ([], ["b"])


def test_columns_without_profiles() -> None:
    bare = ColumnVersion("x", "float64", "number", 0)
    assert diff_profiles(bare, numbers(1, 2), rows=[1, 1]) is None
    assert diff_profiles(None, numbers(1, 2), rows=[1, 1]) is None
    assert between(numbers(), words(a=1)).distance is None
