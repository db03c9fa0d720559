"""Shows ``jobs`` and ``definitions`` on a store with both of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlops_lab.commands.wait import wait_for_job
from mlops_lab.core.errors import ConflictError
from mlops_lab.core.jobs import NewJob
from mlops_lab.lab import Lab

from .conftest import Answer

Cli = Callable[..., Answer]
AddRun = Callable[..., str]


@pytest.fixture
def definition(cli: Cli, add_run: AddRun) -> str:
    add_run()
    return cli("promote", "latest", "--json").json()["id"]


@pytest.fixture
def job(lab: Lab, definition: str) -> str:
    order = NewJob(definition_id=definition, parameters={"size": 5})
    return lab.jobs.submit(order, user="ada").id


def test_empty_lists_say_what_to_type(cli: Cli) -> None:
    assert "mlops-lab jobs submit NAME" in cli("jobs", "list").out
    assert "mlops-lab promote latest" in cli("definitions", "list").out
    assert "--cron" in cli("schedules", "list").out
    assert "There is no job yet." in cli("jobs", "show", "latest").err


def test_jobs_are_listed_shown_and_cancelled(cli: Cli, job: str) -> None:
    row = cli("jobs", "list").out.splitlines()[1]
    assert (row.split()[0], "sums r1" in row, "queued" in row) == (job, True, True)
    assert cli("jobs", "list", "--state", "failed", "--json").json()["jobs"] == []
    assert cli("jobs", "list", "--definition", "sums", "--json").json()["jobs"][0]["id"] == job
    shown = cli("jobs", "show", job[-8:]).out
    assert "sums, revision 1" in shown
    assert cli("jobs", "show", "latest", "--json").json()["parameters"]["size"] == 5
    assert cli("jobs", "cancel", job, "--json").json()["state"] == "cancelled"
    again = cli("jobs", "cancel", job)
    assert (again.code, "cancelled" in again.err) == (1, True)


def test_the_log_of_a_job(cli: Cli, lab: Lab, job: str) -> None:
    folder = lab.settings.jobs_dir / job
    folder.mkdir(parents=True, exist_ok=True)
    text = "één\n" * 50_000
    (folder / "log.txt").write_text(text)
    lab.jobs.cancel(job, user="ada")
    assert cli("jobs", "logs", job).out == text
    assert cli("jobs", "logs", job, "--follow").out == text
    assert cli("jobs", "logs", job, "--json").json()["text"].startswith("één")


def test_waiting_ends_when_nobody_serves_the_queue(
    lab: Lab, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.commands.wait._UNSERVED_S", 0.0)
    with pytest.raises(ConflictError, match="no worker is alive"):
        wait_for_job(lab, lab.jobs.get_job(job))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "nothing"),
        (("sums", "-p", "siez=1"), "Did you mean 'size'?"),
        (("sums", "-p", "size=large"), "'size'"),
        (("sums", "--revision", "9"), "9"),
    ],
)
def test_a_job_that_cannot_be_submitted(
    cli: Cli, lab: Lab, definition: str, words: tuple[str, ...], said: str
) -> None:
    answer = cli("jobs", "submit", *words)
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err
    assert not lab.jobs.list_jobs().jobs


def test_definitions_are_listed_and_shown(cli: Cli, definition: str) -> None:
    cli("promote", "latest", "--set", "size=9")
    assert "sums" in cli("definitions", "list").out
    listed = cli("definitions", "list", "--json").json()["definitions"]
    assert [item["id"] for item in listed] == [definition]
    shown = cli("definitions", "show", "sums", "--json").json()
    assert [revision["number"] for revision in shown["revisions"]] == [2, 1]
    text = cli("definitions", "show", definition[-8:]).out
    assert "how many" in text
    assert "Revisions" in text
    assert cli("definitions", "show", "sms").code == 1
