"""Limits are stated in the message of the error that enforces them."""

import pytest

from mlops_lab.core.errors import LimitError
from mlops_lab.core.limits import MAX_KEY_CHARS, MAX_PARAM_BYTES, check_key, check_param_value


@pytest.mark.parametrize("name", ["auc", "größe", "学习率", "a/b c", "🙂" * MAX_KEY_CHARS])
def test_any_unicode_names_a_metric(name: str) -> None:
    assert check_key("metric", name) == name


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * (MAX_KEY_CHARS + 1)])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(LimitError):
        check_key("metric", name)


def test_an_empty_name_is_told_in_good_words() -> None:
    with pytest.raises(LimitError, match="An experiment needs a name"):
        check_key("experiment", " ")


def test_a_value_up_to_the_limit_is_kept_and_beyond_it_the_limit_is_named() -> None:
    assert check_param_value("text", "x" * MAX_PARAM_BYTES)
    with pytest.raises(LimitError, match=r"1,048,576"):
        check_param_value("text", "x" * (MAX_PARAM_BYTES + 1))
    with pytest.raises(LimitError, match="text"):
        check_param_value("text", "é" * (MAX_PARAM_BYTES // 2 + 1))
