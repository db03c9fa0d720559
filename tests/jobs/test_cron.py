"""What a cron expression may be, and what is said of a bad one."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.jobs.cron import normalize


@pytest.mark.parametrize(
    ("cron", "five_fields"),
    [
        ("  0   6 * *  1-5 ", "0 6 * * 1-5"),
        ("@hourly", "0 * * * *"),
        ("@Daily", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("0 0 * JAN-MAR mon,FRI", "0 0 * JAN-MAR mon,FRI"),
        ("0 0 L * *", "0 0 L * *"),
        ("0 0 * * 5L", "0 0 * * 5L"),
        ("0 0 * * 1#2", "0 0 * * 1#2"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("59 23 31 12 7", "59 23 31 12 7"),
    ],
)
def test_a_valid_expression_becomes_five_fields(cron: str, five_fields: str) -> None:
    assert normalize(cron) == five_fields


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("", ["empty", "Five fields"]),
        ("* * * *", ["has 4 fields, not 5"]),
        ("5", ["has 1 field, not 5"]),
        ("0 0 6 * * *", ["has 6 fields", "seconds is not supported"]),
        ("@dayly", ["not a known preset", "'@daily'"]),
        ("61 * * * *", ["Field 1 (minute)", "61 is outside 0-59"]),
        ("* 24 * * *", ["Field 2 (hour)", "24 is outside 0-23"]),
        ("* 5-2 * * *", ["Field 2 (hour)", "'5-2' runs backwards"]),
        ("* * 0 * *", ["Field 3 (day of month)", "0 is outside 1-31"]),
        ("0 0 L-3 * *", ["Field 3 (day of month)", "'L' is not a number"]),
        ("* * * 13 *", ["Field 4 (month)", "13 is outside 1-12"]),
        ("* * * FOO *", ["Field 4 (month)", "'FOO' is not a number or a name"]),
        ("* * * * 8", ["Field 5 (weekday)", "8 is outside 0-7"]),
        ("a * * * *", ["Field 1 (minute)", "'a' is not a number"]),
        ("1,,2 * * * *", ["Field 1 (minute)", "empty item"]),
        ("*/0 * * * *", ["Field 1 (minute)", "step '0' is not a number above 0"]),
        ("*/x * * * *", ["Field 1 (minute)", "step 'x' is not a number above 0"]),
        ("*/90 * * * *", ["Field 1 (minute)", "step 90 is larger than the whole range 0-59"]),
        ("-5 * * * *", ["Field 1 (minute)", "'' is not a number"]),
        ("\u0661 * * * *", ["Field 1 (minute)", "is not a number"]),
        ("0 0 30 2 *", ["never comes", "day of month, is '30'"]),
        ("0 0 31 4,6 *", ["never comes", "month, is '4,6'"]),
        ("* " * 300, ["characters"]),
    ],
)
def test_a_bad_expression_is_refused_with_position_and_reason(cron: str, said: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        normalize(cron)
    for part in said:
        assert part in str(caught.value)
    assert caught.value.hint
