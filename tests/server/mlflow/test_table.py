"""Proves that the table of routes in the documentation is that of the code."""

from __future__ import annotations

from pathlib import Path

from mlops_lab.server.mlflow.table import routes_table

PAGE = Path(__file__).parents[3] / "docs" / "user" / "mlflow.md"


def test_the_table_of_routes_is_up_to_date() -> None:
    assert routes_table() in PAGE.read_text(encoding="utf-8"), "renew it: ./scripts/contract"
