"""``mlops-lab runs trash`` and its kin, ``mlops-lab trash`` and ``mlops-lab audit``."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import pytest

from mlops_lab.core.errors import NotFoundError
from mlops_lab.lab import Lab

from .conftest import Answer

Cli = Callable[..., Answer]


def test_from_the_list_into_the_trash_and_back(
    cli: Cli, lab: Lab, add_run: Callable[..., str]
) -> None:
    one, two = add_run(name="one"), add_run(name="two")
    assert cli("trash", "list").out == "The trash is empty.\n"
    done = cli("runs", "trash", one, two)
    assert (done.code, done.out) == (0, "2 runs and 0 experiments in the trash.\n")
    assert cli("runs", "list", "--json").json()["runs"] == []
    listed = cli("trash", "list", "--limit", "1", "--json").json()
    assert len(listed["runs"]) == 1
    assert listed["next_cursor"]
    assert "one" in cli("trash", "list").out
    assert cli("runs", "restore", two, "--json").json()["runs"] == [two]
    assert [run["id"] for run in cli("runs", "list", "--json").json()["runs"]] == [two]


def test_the_latest_run_goes_into_the_trash_by_this_word(
    cli: Cli, lab: Lab, add_run: Callable[..., str]
) -> None:
    add_run(name="one")
    latest = lab.tracking.newest_run()
    assert latest is not None
    assert cli("runs", "trash", "latest", "--json").json()["runs"] == [latest.summary.id]


def test_a_purge_asks_first(cli: Cli, lab: Lab, add_run: Callable[..., str]) -> None:
    run_id = add_run()
    cli("runs", "trash", run_id)
    assert cli("runs", "purge", run_id).code == 1
    assert lab.tracking.get_run(run_id)
    assert cli("runs", "purge", run_id, "--yes").out.startswith("1 run and 0 experiments purged.")
    with pytest.raises(NotFoundError):
        lab.tracking.get_run(run_id)


def test_what_is_refused_is_named(cli: Cli, add_run: Callable[..., str]) -> None:
    run_id = add_run()
    done = cli("runs", "purge", run_id, "--yes")
    assert done.code == 1
    assert f"run {run_id} stays as it is: it is not in the trash" in done.err
    unknown = cli("runs", "trash", "0" * 32)
    assert unknown.code == 1
    assert unknown.err.endswith("List the runs to see their ids.\n")


def test_the_trash_is_emptied_by_age(cli: Cli, lab: Lab, add_run: Callable[..., str]) -> None:
    run_id = add_run()
    cli("runs", "trash", run_id)
    assert "0 runs" in cli("trash", "empty", "--older-than", "1", "--yes").out
    assert cli("trash", "empty", "--older-than", "-1", "--yes").code == 1
    assert cli("trash", "empty", "--yes").out.startswith("1 run and 0 experiments purged.")


def test_an_experiment_goes_with_its_runs(cli: Cli, add_run: Callable[..., str]) -> None:
    run_id = add_run()
    assert cli("experiments", "trash", "sums", "--json").json()["runs"] == [run_id]
    assert cli("experiments", "restore", "sums", "--json").json()["experiments"] == ["sums"]


def test_the_audit_says_who_did_what(cli: Cli, add_run: Callable[..., str]) -> None:
    run_id = add_run()
    cli("runs", "trash", run_id)
    cli("runs", "restore", run_id)
    cli("experiments", "set", "sums", "--metric", "total")
    shown = cli("audit").out
    assert [word in shown for word in ("trash", "restore", "primary_metric", run_id)] == [True] * 4
    entries = cli("audit", "--record", run_id, "--json").json()["entries"]
    assert [(one["action"], one["who"]) for one in entries] == [
        ("restore", getpass.getuser()),
        ("trash", getpass.getuser()),
    ]
    assert cli("audit", "--kind", "experiment", "--action", "update", "--json").json()["entries"]
    assert cli("audit", "--who", "nobody").out == "No entries.\n"
    assert cli("audit", "--since", "2999-01-01").out == "No entries.\n"
    assert cli("audit", "--until", "2001-01-01T00:00:00").out == "No entries.\n"
    assert run_id in cli("audit", "--since", "yesterday").out
    assert run_id in cli("audit", "--since", "2 hours ago", "--until", "2999-01-01 12:30").out
    assert cli("audit", "--until", "yesterday").out == "No entries.\n"
    odd = cli("audit", "--since", "the other day")
    assert (odd.code, "--since 'the other day' is no time" in odd.err) == (1, True)
    assert "2 hours ago" in odd.err
    wrong = cli("audit", "--kind", "runs")
    assert (wrong.code, "'run'" in wrong.err) == (1, True)


def test_a_policy_is_set_shown_tried_and_applied(cli: Cli, add_run: Callable[..., str]) -> None:
    run_id = add_run()
    assert cli("retention", "show").out == "No policy: everything is kept.\n"
    said = cli("retention", "set", "sums", "--runs", "3", "--mask", "size").out
    assert said.startswith("sums: runs 3 days, artifacts kept, masked size.")
    assert "3 days" in cli("retention", "show").out
    tried = cli("retention", "run", "--dry-run", "--json").json()
    assert tried == [{"experiment": "sums", "runs": 1, "artifacts": 0, "masked": 1}]
    assert cli("retention", "run", "--json").json() == tried
    assert cli("runs", "show", run_id).code == 1
    assert cli("retention", "set", "sums", "--remove").out == "sums has no policy of its own.\n"
    assert cli("retention", "set", "--runs", "-1").code == 1
    early = cli("retention", "set", "nope", "--runs", "3").out
    assert early.startswith("There is no experiment 'nope' yet: the policy waits for one.\nnope: ")


def test_runs_are_archived_and_taken_out(cli: Cli, add_run: Callable[..., str]) -> None:
    one, two = add_run(name="one"), add_run(name="two")
    assert cli("runs", "archive", one).out == "1 run archived.\n"
    listed = cli("runs", "list", "--archived", "no", "--json").json()["runs"]
    assert [run["id"] for run in listed] == [two]
    assert cli("runs", "unarchive", one, "--json").json() == {"runs": [one], "refused": []}
    refused = cli("runs", "archive", "0" * 32)
    assert refused.code == 1
    assert "stays as it is" in refused.err
