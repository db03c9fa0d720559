"""Fire times across daylight saving, and their words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.jobs import triggers

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN, *, fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.timestamp() * 1000)


def local(cron: str, after: str, count: int, zone: str = BERLIN) -> list[str]:
    times = triggers.next_fire_times(cron, zone, after=at(after, zone), count=count)
    moments = [datetime.fromtimestamp(time / 1000, tz=ZoneInfo(zone)) for time in times]
    return [moment.strftime("%m-%d %H:%M%z") for moment in moments]


SPRING = [
    # On 29 March 2026 the clocks of Berlin go from 02:00 to 03:00.
    ("30 2 * * *", ["03-28 02:30+0100", "03-29 03:00+0200", "03-30 02:30+0200"]),
    ("0,30 2 * * *", ["03-28 02:00+0100", "03-28 02:30+0100", "03-29 03:00+0200"]),
    ("0 3 * * *", ["03-28 03:00+0100", "03-29 03:00+0200", "03-30 03:00+0200"]),
]
AUTUMN = [
    # On 25 October 2026 they go from 03:00 back to 02:00.
    ("30 2 * * *", ["10-24 02:30+0200", "10-25 02:30+0200", "10-26 02:30+0100"]),
    (
        "0 2,3 * * *",
        ["10-24 02:00+0200", "10-24 03:00+0200", "10-25 02:00+0200", "10-25 03:00+0100"],
    ),
]


@pytest.mark.parametrize(("cron", "expected"), SPRING)
def test_a_local_time_in_the_spring_gap_runs_once_right_after_it(
    cron: str, expected: list[str]
) -> None:
    assert local(cron, "2026-03-27 12:00", len(expected)) == expected


@pytest.mark.parametrize(("cron", "expected"), AUTUMN)
def test_a_local_time_in_the_autumn_fold_runs_once(cron: str, expected: list[str]) -> None:
    assert local(cron, "2026-10-23 12:00", len(expected)) == expected


def test_the_second_of_two_equal_local_times_does_not_fire_again() -> None:
    after = at("2026-10-25 02:10", fold=1)
    following = triggers.next_fire_at("30 2 * * *", BERLIN, after)
    assert following == at("2026-10-26 02:30")


def test_hourly_and_shorter_follow_real_time() -> None:
    spring = local("0 * * * *", "2026-03-29 00:30", 3)
    assert spring == ["03-29 01:00+0100", "03-29 03:00+0200", "03-29 04:00+0200"]
    autumn = local("0 * * * *", "2026-10-25 01:30", 3)
    assert autumn == ["10-25 02:00+0200", "10-25 02:00+0100", "10-25 03:00+0100"]
    halves = local("*/30 * * * *", "2026-10-25 01:45", 4)
    assert halves == [
        "10-25 02:00+0200",
        "10-25 02:30+0200",
        "10-25 02:00+0100",
        "10-25 02:30+0100",
    ]


@pytest.mark.parametrize("weekday", ["0", "7", "sun", "SUN"])
def test_zero_and_seven_are_sunday(weekday: str) -> None:
    assert local(f"0 6 * * {weekday}", "2026-11-21 12:00", 1) == ["11-22 06:00+0100"]


def test_day_of_month_or_weekday() -> None:
    # 13 November 2026 is a Friday; Mondays are the 9th and the 16th.
    assert local("0 0 13 * 1", "2026-11-08 12:00", 3) == [
        "11-09 00:00+0100",
        "11-13 00:00+0100",
        "11-16 00:00+0100",
    ]


def test_leap_day_and_last_day() -> None:
    assert local("0 0 29 2 *", "2026-11-08 12:00", 1, "UTC") == ["02-29 00:00+0000"]
    assert local("0 0 L * *", "2027-02-08 12:00", 2, "UTC") == [
        "02-28 00:00+0000",
        "03-31 00:00+0000",
    ]


@given(
    cron=st.sampled_from(["30 2 * * *", "*/7 * * * *", "0 0 * * 1", "15 2,3 * * *", "@hourly"]),
    zone=st.sampled_from(
        [BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
    ),
    after=st.integers(1_760_000_000_000, 1_860_000_000_000),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_fire_times_ascend_and_none_lies_between(cron: str, zone: str, after: int) -> None:
    first, second = triggers.next_fire_times(cron, zone, after=after, count=2)
    assert after < first < second
    assert triggers.next_fire_at(cron, zone, first - 1) == first
    assert triggers.next_fire_at(cron, zone, first) == second


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
    ],
)
def test_an_unknown_timezone_is_refused_with_the_nearest_name(typed: str, meant: str) -> None:
    with pytest.raises(InvalidInputError, match=f"Did you mean '{meant}'"):
        triggers.find_zone(typed)


@pytest.mark.parametrize("typed", ["", "../etc/passwd", "/etc/passwd", "\x00", "x" * 5000])
def test_a_timezone_that_is_a_path_or_empty_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError, match="is not known"):
        triggers.find_zone(typed)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* * * * *", "every minute"),
        ("0 6 * * *", "every day at 06:00"),
        ("30 7 * * 1-5", "Monday to Friday at 07:30"),
        ("5 4 * * 0", "every Sunday at 04:05"),
        ("0 0 * * fri", "every Friday at 00:00"),
        ("@hourly", "at the start of every hour"),
        ("0 0 1 * *", "at 00:00 on the first day of every month"),
        ("0 0 13 * 1", "at 00:00 on the 13th day of month and on Monday"),
    ],
)
def test_description_in_words(cron: str, words: str) -> None:
    assert triggers.describe(cron) == words


def test_preview_has_times_and_words_of_its_own_zone() -> None:
    now = at("2026-11-21 07:00")
    preview = triggers.preview(cron="0 6 * * 1-5", timezone=BERLIN, now=now)
    assert preview.description == "Monday to Friday at 06:00"
    assert preview.next_fire_at == [at(f"2026-11-{day} 06:00") for day in (23, 24, 25)]
    assert preview.next_fire_words == [
        "Mon 23 Nov 2026 06:00 CET (in 47 hours)",
        "Tue 24 Nov 2026 06:00 CET (in 3 days)",
        "Wed 25 Nov 2026 06:00 CET (in 4 days)",
    ]


def test_words_of_a_zone_without_letters() -> None:
    words = triggers.fire_words(
        at("2026-11-23 06:00", "America/Sao_Paulo"), "America/Sao_Paulo", now=0
    )
    assert words.startswith("Mon 23 Nov 2026 06:00 UTC-03 (")


@pytest.mark.parametrize("count", [0, -1, 101])
def test_preview_refuses_a_count_out_of_range(count: int) -> None:
    with pytest.raises(InvalidInputError, match="outside 1-100"):
        triggers.preview(cron="* * * * *", timezone="UTC", now=0, count=count)


def test_of_missed_fire_times_the_latest_is_due() -> None:
    first, now = at("2026-11-21 06:00"), at("2026-11-21 09:30")
    due = triggers.latest_due("0 * * * *", BERLIN, first=first, now=now)
    assert (due.latest, due.skipped) == (at("2026-11-21 09:00"), 3)


def test_years_of_missed_minutes_are_not_counted_one_by_one() -> None:
    now = at("2026-11-21 09:30")
    due = triggers.latest_due("* * * * *", BERLIN, first=at("2016-01-01 00:00"), now=now)
    assert due.latest == now
    assert due.skipped > triggers.MAX_COUNTED
    rare = triggers.latest_due("* * 1 1 *", BERLIN, first=at("2020-01-01 00:00"), now=now)
    assert rare.latest == at("2026-01-01 23:59")
