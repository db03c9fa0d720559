"""``mlops-lab models`` registers, moves aliases, and tells what one meant then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_register_move_and_look_back(cli: Callable[..., Any], add_run: Callable[..., str]) -> None:
    run_id = add_run()
    assert "No registered models" in cli("models", "list").out
    made = cli("models", "register", "churn", "latest", "--json").json()
    assert (made["version"], made["run_id"], made["source"]) == (1, run_id, f"runs:/{run_id}/model")
    cli("models", "register", "churn", run_id, "--model", "forest")
    assert "version 2" in cli("models", "alias", "churn", "champion", "2").out
    assert cli("models", "alias", "churn", "best", "champion", "--json").json()["version"] == 2
    assert "champion=2" in cli("models", "list", "--filter", "name LIKE 'ch%'").out
    shown = cli("models", "show", "churn")
    assert f"runs:/{run_id}/forest" in shown.out
    assert [
        one["version"] for one in cli("models", "show", "churn", "--json").json()["versions"]
    ] == [
        2,
        1,
    ]
    cli("models", "alias", "churn", "champion", "--remove")
    history = cli("models", "history", "churn", "--alias", "champion", "--json").json()
    assert [move["version"] for move in history["moves"]] == [None, 2]
    before = cli("models", "history", "churn", "--alias", "champion", "--at", "2020-01-01")
    assert "pointed at nothing" in before.out


def test_words_that_say_too_little(cli: Callable[..., Any]) -> None:
    assert "Give a version, or --remove" in cli("models", "alias", "churn", "champion").err
    assert "Add --alias" in cli("models", "history", "churn", "--at", "2020-01-01").err
    assert "is no time" in cli("models", "history", "churn", "--alias", "a", "--at", "May").err
    assert "not found" in cli("models", "show", "churn").err
