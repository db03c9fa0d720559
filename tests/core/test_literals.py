"""Proves that the text of a param comes back exactly as it was logged."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from mlops_lab.core.literals import literal_of, plain_value


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("0.1", "0.1"),
        ("True", "True"),
        ("None", "None"),
        ("[1, 'a']", "[1, 'a']"),
        ("{'a': 1}", "{'a': 1}"),
        ("adam", "'adam'"),
        ("nan", "'nan'"),
        ("'quoted'", "\"'quoted'\""),
        ("'a', 'b'", "\"'a', 'b'\""),
        ("", "''"),
    ],
)
def test_numbers_and_containers_stay_and_texts_are_quoted(text: str, literal: str) -> None:
    assert literal_of(text) == literal
    assert plain_value(literal) == text


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert plain_value(literal_of(text)) == text
