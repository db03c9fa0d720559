"""Shows ``promote`` at the command line, and that what it refuses leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import NewSchedule
from mlops_lab.core.tracking import JobLink, NewRun
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


def test_latest_is_never_a_run_of_a_job(cli: Cli, lab: Lab, add_run: AddRun) -> None:
    run = add_run()
    link = JobLink(new_id(), new_id(), "sums", 1, run)
    for _ in range(3):
        lab.tracking.open_run(NewRun(name="j", experiment="e", user="ada", job=link))
    assert cli("promote", "latest", "--json").json()["revision"]["source_run_id"] == run
    assert cli("runs", "show", "latest", "--json").json()["summary"]["id"] == run


def test_a_schedule_stays_with_the_next_revision(cli: Cli, lab: Lab, add_run: AddRun) -> None:
    add_run()
    definition = cli("promote", "latest", "--json").json()
    new = NewSchedule(cron="0 6 * * 1", timezone="Europe/Berlin")
    before = lab.jobs.set_schedule(definition["id"], new, user="ada")
    after = cli("promote", "latest", "--json").json()
    assert after["revision"]["number"] == 2
    assert after["schedule"]["id"] == before.id
    cli("schedules", "pause", "sums")
    assert cli("promote", "latest", "--json").json()["schedule"]["paused"] is True


def test_literals_that_cannot_be_chosen_together_are_named(
    cli: Cli, lab: Lab, notebook_file: Path
) -> None:
    notebook = nbformat.read(notebook_file, as_version=4)
    notebook.cells.insert(1, nbformat.v4.new_code_cell("from math import *"))
    nbformat.write(notebook, notebook_file)
    answer = cli("promote", str(notebook_file), "--set", "place=there")
    assert (answer.code, "place and size cannot both be parameters" in answer.err) == (1, True)
    assert not lab.jobs.list_definitions().definitions
    done = cli("promote", str(notebook_file), "--json").json()
    assert parameters(done) == {"size": ("int", 3), "ratio": ("float", 0.5)}


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
        (("--cron", ""), "Five fields"),
        (("--name", ""), "name"),
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
