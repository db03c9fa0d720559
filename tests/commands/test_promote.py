"""Shows ``promote`` at the command line, and that what it refuses leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_lab.lab import Lab

from .conftest import Answer

Cli = Callable[..., Answer]
AddRun = Callable[..., str]


def parameters(definition: dict) -> dict:
    return {p["name"]: (p["type"], p["default"]) for p in definition["revision"]["parameters"]}


def test_promote_takes_the_params_of_the_run(cli: Cli, add_run: AddRun) -> None:
    run = add_run()
    definition = cli("promote", "latest", "--json").json()
    assert (definition["name"], definition["revision"]["source_run_id"]) == ("sums", run)
    assert parameters(definition) == {"size": ("int", 3), "ratio": ("float", 0.5)}
    shown = cli("promote", run[-8:], "--name", "sums").out
    for text in ("Revision    2", "how many", "Schedule    none", "%%track"):
        assert text in shown


def test_defaults_are_edited_and_literals_chosen_or_left(cli: Cli, add_run: AddRun) -> None:
    add_run()
    options = ("--set", "ratio=2", "--set", "place=5", "--constant", "size", "--name", "mine")
    definition = cli("promote", "latest", *options, "--json").json()
    assert definition["name"] == "mine"
    assert parameters(definition) == {"place": ("str", "5"), "ratio": ("float", 2.0)}


def test_a_notebook_is_promoted_without_a_run(cli: Cli, notebook_file: Path) -> None:
    definition = cli("promote", str(notebook_file), "--json").json()
    assert definition["revision"]["source_run_id"] is None
    assert parameters(definition) == {"size": ("int", 3), "ratio": ("float", 0.5)}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--set", "siez=1"), "Did you mean 'size'?"),
        (("--set", "size"), "name=value"),
        (("--set", "size=1", "--set", "size=2"), "twice"),
        (("--set", "size=big"), "'size'"),
        (("--constant", "siez"), "siez"),
        (("--constant", "size", "--set", "size=1"), "--set"),
        (("--cron", "61 * * * *"), "61"),
        (("--cron", "0 6 * * *", "--timezone", "Mars/Base"), "Mars/Base"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing(
    cli: Cli, lab: Lab, add_run: AddRun, options: tuple[str, ...], words: str
) -> None:
    add_run()
    answer = cli("promote", "latest", *options)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.err
    assert not lab.jobs.list_definitions().definitions


def test_a_file_that_is_no_notebook(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text('{"cells": [}')
    assert "not valid JSON" in cli("promote", str(path)).err
    assert "no notebook at" in cli("promote", str(tmp_path / "gone.ipynb")).err
