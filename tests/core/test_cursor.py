"""A cursor gives its place back, and nothing else is one."""

import base64

import pytest
from hypothesis import given, strategies

from mlops_lab.core.cursor import read_cursor, write_cursor
from mlops_lab.core.errors import InvalidInputError

IDS = strategies.text("0123456789abcdef", min_size=32, max_size=32)


@given(time=strategies.integers(-(2**63), 2**63 - 1), record_id=IDS)
def test_a_cursor_is_read_as_it_was_written(time: int, record_id: str) -> None:
    cursor = write_cursor((time, record_id))
    assert read_cursor(cursor) == (time, record_id)
    assert "=" not in cursor


@pytest.mark.parametrize("place", [(2**63, "a" * 32), (1, "a" * 31), (1, "g" * 32)])
def test_a_place_that_cannot_be_is_refused(place: tuple[int, str]) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_cursor(write_cursor(place))


@given(text=strategies.text())
def test_any_text_is_a_place_or_refused(text: str) -> None:
    try:
        time, record_id = read_cursor(text)
    except InvalidInputError:
        return
    assert base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().endswith(record_id)
    assert -(2**63) <= time < 2**63
