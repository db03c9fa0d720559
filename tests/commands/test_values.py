"""Shows how ``name=value`` is read, and how times and numbers are written."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_lab.commands.values import read_values
from mlops_lab.commands.words import age, duration, literal, number, plain
from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.jobs import ParameterType


@pytest.mark.parametrize(
    ("text", "declared", "value"),
    [
        ("5", "int", 5),
        ("5", "str", "5"),
        ("true", "str", "true"),
        ('"5"', "str", "5"),
        ("a=b", "str", "a=b"),
        ("", "str", ""),
        ("null", "none", None),
        ("None", "int", None),
        ("True", "bool", True),
        ("[1, {}]", "list", [1, {}]),
        ("1e-3", "float", 0.001),
        ("large", "int", "large"),
        ("[1", "list", "[1"),
    ],
)
def test_values_are_read_as_json_then_as_text(
    text: str, declared: ParameterType, value: Any
) -> None:
    assert read_values([f"x={text}"], types={"x": declared}) == {"x": value}


@pytest.mark.parametrize("given", [["x"], ["=1"], ["y=1"], ["x=1", "x=2"]])
def test_what_is_no_value_is_refused(given: list[str]) -> None:
    with pytest.raises(InvalidInputError):
        read_values(given, types={"x": "int"})


def test_words_for_people() -> None:
    assert [duration(x) for x in (None, 4_200, 65_000, 3_900_000)] == [
        "-",
        "4.2 s",
        "1 min 5 s",
        "1 h 5 min",
    ]
    ages = [age(now_ms() - x) for x in (0, 3 * 60_000, 2 * 3_600_000, 5 * 86_400_000)]
    assert ages == ["0 s ago", "3 min ago", "2 h ago", "5 d ago"]
    assert [number(x) for x in (None, "NaN", 0.123456789, 3.0)] == ["-", "NaN", "0.123457", "3"]
    assert plain("a\n\x1b[1mé") == "a\\n\\x1b[1mé"
    assert len(literal("x" * 100)) == 60
