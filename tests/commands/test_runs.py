"""Shows ``runs list``, ``show`` and ``compare``, for people and for programs."""

from __future__ import annotations

import re
from collections.abc import Callable

from mlops_lab.core.tracking import ErrorInfo
from mlops_lab.lab import Lab

from .conftest import Answer

Cli = Callable[..., Answer]
AddRun = Callable[..., str]


def test_an_empty_list_says_what_to_type(cli: Cli) -> None:
    assert "Put %%track on a cell" in cli("runs", "list").out
    assert cli("runs", "list", "--json").json()["runs"] == []


def test_a_piped_table_has_whole_ids_and_one_line_a_run(cli: Cli, add_run: AddRun) -> None:
    ids = [add_run(name="long " * 40), add_run(name="two\nlines \x1b[31m")]
    lines = cli("runs", "list").out.splitlines()
    assert lines[0].split()[:4] == ["RUN", "NAME", "STATUS", "METRIC"]
    assert sorted(line.split()[0] for line in lines[1:]) == sorted(ids)
    assert "\x1b" not in cli("runs", "list").out
    assert "total 3" in lines[1]


def test_runs_are_filtered_and_limited(cli: Cli, add_run: AddRun) -> None:
    add_run(name="apple")
    add_run(name="pear")
    found = cli("runs", "list", "--filter", "apple", "--json").json()["runs"]
    assert [run["name"] for run in found] == ["apple"]
    assert "1 of 2 runs" in cli("runs", "list", "--limit", "1").out
    assert cli("runs", "list", "--notebook", "other.ipynb", "--json").json()["runs"] == []


def test_show_takes_an_id_a_part_of_it_or_latest(cli: Cli, add_run: AddRun) -> None:
    run = add_run(metrics=(("total", 3.0), ("odd", "NaN")))
    for name in (run, run[-8:], "latest"):
        assert cli("runs", "show", name, "--json").json()["summary"]["id"] == run
    shown = cli("runs", "show", "latest").out
    for text in (run, "size", "ratio", "total", "NaN", "%%track", "sums.ipynb"):
        assert text in shown


def test_show_prints_the_error_of_a_failed_run(cli: Cli, add_run: AddRun) -> None:
    run = add_run(error=ErrorInfo("ValueError", "bad", "Traceback ...\nValueError: bad"))
    shown = cli("runs", "show", run).out
    assert "failed" in shown
    assert "ValueError: bad" in shown


def test_compare_shows_only_what_differs(cli: Cli, add_run: AddRun) -> None:
    first = add_run(size=3, metrics=(("total", 3.0), ("same", 1.0)))
    second = add_run(size=4, metrics=(("total", 6.0), ("same", 1.0)))
    shown = cli("runs", "compare", first, "latest").out
    assert "Params (1 equal)" in shown
    assert "Metrics (1 equal)" in shown
    assert "ratio " not in shown.partition("Code")[0]
    assert "- size = 3  # how many\n+ size = 4  # how many" in shown
    rows = cli("runs", "compare", first, second, "--json").json()["params"]
    assert [row["name"] for row in rows if not row["equal"]] == ["size"]


def test_compare_marks_the_best_and_tells_why(cli: Cli, add_run: AddRun) -> None:
    first = add_run(size=3, metrics=(("loss", 3.0), ("auc", 0.8)))
    second = add_run(size=4, metrics=(("loss", 2.0), ("auc", 0.7)))
    shown = cli("runs", "compare", first, second).out
    assert re.search(r"loss +low +3 +2 \*", shown)
    assert re.search(r"auc +high +0.8 \* +0.7", shown)
    why = shown.partition("\nWhy\n")[2]
    assert "1. size is 4 instead of 3" in why
    back = cli("runs", "compare", first, second, "--baseline", second)
    assert "1. size is 3 instead of 4" in back.out
    found = cli("runs", "compare", first, second, "--baseline", second, "--json").json()
    assert (found["baseline"], [run["id"] for run in found["runs"]]) == (second, [first, second])
    third = add_run(size=5, metrics=(("loss", 1.0),))
    assert "\nWhy\n" not in cli("runs", "compare", first, second, third).out


def test_what_does_not_exist_is_one_line_with_a_hint(cli: Cli, add_run: AddRun) -> None:
    run = add_run()
    unknown = cli("runs", "show", "0" * 32)
    assert (unknown.code, unknown.out, unknown.err.count("\n")) == (1, "", 1)
    assert cli("runs", "compare", run).code == 1
    assert cli("runs", "compare", run, run).code == 1


def test_latest_without_runs(cli: Cli, lab: Lab) -> None:
    answer = cli("runs", "show", "latest")
    assert answer.code == 1
    assert "There is no run of a notebook yet." in answer.err
