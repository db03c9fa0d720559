"""Errors name the nearest thing that exists."""

from mlops_lab.core.errors import InvalidInputError, did_you_mean, nearest


def test_nearest_finds_a_slip_of_the_fingers() -> None:
    assert nearest("metirc", ["metric", "param", "tag"]) == "metric"
    assert nearest("zzz", ["metric", "param"]) is None


def test_did_you_mean_lists_what_exists_when_nothing_is_near() -> None:
    assert did_you_mean("aux", ["auc"]) == "Did you mean 'auc'?"
    assert did_you_mean("zzz", ["b", "a"]) == "Known: a, b."
    assert did_you_mean("zzz", []) == ""


def test_an_error_shows_message_and_hint() -> None:
    assert str(InvalidInputError("The cron is bad.", hint="Use five fields.")) == (
        "The cron is bad. Use five fields."
    )
    assert str(InvalidInputError("The cron is bad.")) == "The cron is bad."
