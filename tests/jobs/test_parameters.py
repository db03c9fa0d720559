"""What parameters may be declared, and what a job may be given."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mlops_lab.core.errors import InvalidInputError, LimitError
from mlops_lab.core.jobs import Parameter
from mlops_lab.jobs.parameters import check_declared, effective, overrides

DECLARED = [
    Parameter("n", "int", 3),
    Parameter("rate", "float", 0.5),
    Parameter("name", "str", "a"),
    Parameter("deep", "bool", False),
    Parameter("layers", "list", [1]),
    Parameter("options", "dict", {}),
    Parameter("limit", "none", None),
]


@pytest.mark.parametrize("name", ["x=1;import os #", "class", "", "1a", "a b", "a-b", "a\n"])
def test_a_name_that_cannot_be_assigned_is_refused(name: str) -> None:
    with pytest.raises((InvalidInputError, LimitError)):
        check_declared([Parameter(name, "int", 1)])


def test_a_parameter_declared_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="twice"):
        check_declared([Parameter("n", "int", 1), Parameter("n", "int", 2)])


def test_a_default_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"'n' is '1' .str., but its type is int"):
        check_declared([Parameter("n", "int", "1")])


def test_unicode_names_are_names() -> None:
    check_declared([Parameter("größe", "int", 1), Parameter("数", "int", 2)])


def test_defaults_hold_until_a_value_is_given() -> None:
    values = effective(DECLARED, {"n": 4, "rate": 1})
    assert values["n"] == 4
    assert values["rate"] == 1.0
    assert isinstance(values["rate"], float)
    assert values["name"] == "a"
    assert overrides(DECLARED, values) == {"n": 4, "rate": 1.0}


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match=r"no parameter 'nmae'. Did you mean 'name'"):
        effective(DECLARED, {"nmae": "b"})
    with pytest.raises(InvalidInputError, match="has no parameters"):
        effective([], {"x": 1})


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("n", 1.5, "float"),
        ("n", "3", "str"),
        ("n", True, "bool"),
        ("n", None, "none"),
        ("rate", "0.5", "str"),
        ("rate", False, "bool"),
        ("name", 3, "int"),
        ("deep", 1, "int"),
        ("layers", {}, "dict"),
        ("options", [], "list"),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: Any, given: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        effective(DECLARED, {name: value})
    assert repr(name) in caught.value.message
    assert f"({given})" in caught.value.message


@pytest.mark.parametrize("value", [1, "a", None, [1, {"a": None}], True])
def test_a_parameter_without_a_type_takes_any_json(value: Any) -> None:
    assert effective(DECLARED, {"limit": value})["limit"] == value


@pytest.mark.parametrize("value", [math.nan, math.inf, b"x", {1, 2}, object(), "\ud800"])
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="cannot be written as JSON"):
        effective(DECLARED, {"limit": value})


def test_a_huge_value_is_refused_with_the_limit() -> None:
    with pytest.raises(InvalidInputError, match="1,048,576 bytes"):
        effective(DECLARED, {"name": "x" * 1_048_577})


def test_an_integer_beyond_float_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="too large for a float"):
        effective(DECLARED, {"rate": 10**400})


def test_true_is_not_one_for_an_untyped_parameter() -> None:
    declared = [Parameter("x", "none", 1)]
    assert overrides(declared, {"x": True}) == {"x": True}
    assert overrides(declared, {"x": 1}) == {}
