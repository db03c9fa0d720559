"""Identifiers are unique, sort by time, and have the form that MLflow clients expect."""

import time

from mlops_lab.core.ids import is_id, new_id, short_id


def test_ids_are_32_hex_digits_and_differ() -> None:
    made = {new_id() for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(is_id(one) for one in made)


def test_ids_sort_by_the_time_they_were_made() -> None:
    first = new_id()
    time.sleep(0.003)
    assert first < new_id()


def test_what_is_no_id() -> None:
    for text in ("", "g" * 32, "A" * 32, "0" * 31, "0" * 33, "../" + "0" * 29):
        assert not is_id(text)


def test_short_id_is_the_random_end() -> None:
    assert short_id("0" * 24 + "12345678") == "12345678"
