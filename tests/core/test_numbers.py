"""Metric values survive JSON, the three that JSON lacks included."""

import math

import msgspec
import pytest

from mlops_lab.core.numbers import WireNumber, from_wire, to_wire


@pytest.mark.parametrize("value", [0.0, -1.5, 1e308, math.inf, -math.inf, 5e-324])
def test_a_value_comes_back_through_json(value: float) -> None:
    encoded = msgspec.json.encode(to_wire(value))
    assert from_wire(msgspec.json.decode(encoded, type=WireNumber)) == value


def test_nan_comes_back_as_nan() -> None:
    encoded = msgspec.json.encode(to_wire(math.nan))
    assert encoded == b'"NaN"'
    assert math.isnan(from_wire(msgspec.json.decode(encoded, type=WireNumber)))


def test_any_other_word_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'"many"', type=WireNumber)
