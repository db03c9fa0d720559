"""Shows what other runs tell of a difference: pairs, trends, groups and noise on constructed runs."""

from __future__ import annotations

import pytest

from mlops_lab.tracking.evidence import (
    Groups,
    Noise,
    Observed,
    Pairs,
    as_number,
    find_groups,
    find_noise,
    find_pairs,
    find_trend,
)


def seen(value: float, *, seeds: tuple[str, ...] = (), **features: str) -> Observed:
    return Observed("r", value, features, frozenset(seeds))


def test_pairs_differ_in_one_thing_alone() -> None:
    runs = [
        seen(0.80, depth="3", rate="1"),
        seen(0.84, depth="5", rate="1"),
        seen(0.70, depth="3", rate="2"),
        seen(0.72, depth="5", rate="2"),
        seen(0.10, depth="5", rate="3"),
        seen(0.90, depth="7", rate="1"),
    ]
    found = find_pairs(runs, ["depth"], "3", "5")
    assert found is not None
    assert (found.count, found.effect) == (2, pytest.approx(0.03))
    assert find_pairs(runs, ["depth"], "3", "9") is None
    assert find_pairs(runs, ["rate"], "1", "2") == Pairs(2, pytest.approx(-0.11))


def test_what_goes_with_a_param_does_not_part_a_pair() -> None:
    runs = [seen(0.5, depth="3", inner="3"), seen(0.6, depth="5", inner="5")]
    assert find_pairs(runs, ["depth"], "3", "5") is None
    assert find_pairs(runs, ["depth", "inner"], "3", "5") == Pairs(1, pytest.approx(0.1))


def test_seeds_do_not_part_a_pair() -> None:
    runs = [
        seen(0.5, depth="3", seed="1", seeds=("seed",)),
        seen(0.6, depth="5", seed="2", seeds=("seed",)),
    ]
    assert find_pairs(runs, ["depth"], "3", "5") == Pairs(1, pytest.approx(0.1))


def test_a_feature_that_was_not_set() -> None:
    runs = [seen(0.5, rate="1"), seen(0.6, rate="1", extra="2")]
    assert find_pairs(runs, ["extra"], None, "2") == Pairs(1, pytest.approx(0.1))


def test_trends() -> None:
    rising = [seen(value, depth=str(value)) for value in (1, 2, 3, 4)]
    found = find_trend(rising, "depth")
    assert found is not None
    assert (found.runs, found.correlation) == (4, pytest.approx(1.0))
    falling = [seen(-value, depth=str(value)) for value in (1, 2, 2, 9)]
    found = find_trend(falling, "depth")
    assert found is not None
    assert found.correlation == pytest.approx(-1.0)


@pytest.mark.parametrize(
    "runs",
    [
        [seen(1, depth="1"), seen(2, depth="2"), seen(3, depth="3")],
        [seen(1, depth="1"), seen(2, depth="2"), seen(3, depth="1"), seen(4, depth="2")],
        [seen(1, depth="1"), seen(1, depth="2"), seen(1, depth="3"), seen(1, depth="4")],
        [seen(1, depth="'a'"), seen(2, depth="'b'"), seen(3, depth="'c'"), seen(4, depth="'d'")],
    ],
    ids=["too few", "two values", "one result", "no numbers"],
)
def test_no_trend(runs: list[Observed]) -> None:
    assert find_trend(runs, "depth") is None


def test_groups() -> None:
    runs = [seen(v, kind=k) for v, k in [(1, "a"), (3, "a"), (5, "b"), (7, "b"), (9, "c")]]
    assert find_groups(runs, "kind", "a", "b") == Groups((2, 2), (2.0, 6.0), 1.0)
    assert find_groups(runs, "kind", "a", "c") is None


def test_noise_is_of_runs_that_differ_in_seeds_alone() -> None:
    runs = [seen(v, depth="3", seed=s, seeds=("seed",)) for v, s in [(0.5, "1"), (0.54, "2")]]
    asked = [
        seen(0.52, depth="3", seed="3", seeds=("seed",)),
        seen(0.9, depth="5", seed="1", seeds=("seed",)),
    ]
    found = find_noise(runs, asked)
    assert found is not None
    assert (found.runs, found.range) == (3, pytest.approx(0.04))


def test_the_two_runs_are_no_noise_of_each_other() -> None:
    asked = [seen(0.1, depth="3"), seen(0.9, depth="3")]
    assert find_noise([], asked) is None
    assert find_noise([seen(0.2, depth="3")], asked) == Noise(pytest.approx(0.7), 4)


def test_noise_of_others_where_the_two_have_none() -> None:
    runs = [seen(0.5, depth="7"), seen(0.6, depth="7"), seen(0.1, depth="8")]
    asked = [seen(0.1, depth="3"), seen(0.9, depth="4")]
    assert find_noise(runs, asked) == Noise(pytest.approx(0.1), 2)


@pytest.mark.parametrize(
    ("literal", "number"),
    [
        ("3", 3.0),
        ("'0.1'", 0.1),
        ("1e-3", 0.001),
        ("'a'", None),
        ("nan", None),
        (None, None),
        ("[1]", None),
    ],
)
def test_numbers_of_params(literal: str | None, number: float | None) -> None:
    assert as_number(literal) == number
