"""Filters of the registry and traces are read as MLflow writes them, or refused with the place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from mlops_lab.core.clauses import Clause, OrderBy, parse_clauses, parse_order
from mlops_lab.core.errors import InvalidInputError


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("name = 'a'", [Clause("", "name", "=", "a")]),
        ("tags.mlflow.x='it''s'", [Clause("tags", "mlflow.x", "=", "it's")]),
        ('tags."a b" != "c"', [Clause("tags", "a b", "!=", "c")]),
        ("metrics.`a and b` >= -1.5e3", [Clause("metrics", "a and b", ">=", -1500.0)]),
        ("`run_id` in ('a', \"b\")", [Clause("", "run_id", "IN", ("a", "b"))]),
        ("tags.a is  not null", [Clause("tags", "a", "IS NOT NULL", None)]),
        (
            "a = 'x AND y' and  b<3",
            [Clause("", "a", "=", "x AND y"), Clause("", "b", "<", 3.0)],
        ),
        ("  ", []),
        (None, []),
    ],
)
def test_forms(text: str | None, clauses: list[Clause]) -> None:
    assert parse_clauses(text) == clauses


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInputError):
        assert all(one.key for one in parse_clauses(text))


def test_order() -> None:
    assert parse_order("tags.a  desc") == OrderBy("tags", "a", ascending=False)
    with pytest.raises(InvalidInputError):
        parse_order("a sideways")
