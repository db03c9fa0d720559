"""Colours and cursor movements go, the text stays."""

import pytest

from mlops_lab.core.text import without_colours


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;5;28mx\x1b[39m = 1", "x = 1"),
        ("\x1b[?25lhidden\x1b[2K", "hidden"),
        ("a[0] is 1", "a[0] is 1"),
    ],
)
def test_only_control_sequences_go(text: str, plain: str) -> None:
    assert without_colours(text) == plain
