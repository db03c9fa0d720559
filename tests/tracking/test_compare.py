"""Holds the comparison to what users read: which rows differ, and the lines of the code diff."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from mlops_lab.core.tracking import Cell, Run, RunSummary
from mlops_lab.tracking import compare
from mlops_lab.tracking.compare import compare_values, diff_code
from mlops_lab.tracking.differences import Surroundings


def make_run(run_id: str, *sources: str) -> Run:
    summary = RunSummary(
        id=run_id,
        name="n",
        experiment="e",
        status="finished",
        source="notebook",
        user="u",
        notebook_path=None,
        cell_id=None,
        started_at=0,
        ended_at=None,
        duration_ms=None,
        primary_metric=None,
        error_name=None,
        job=None,
    )
    cells = [Cell(source=source) for source in sources]
    return Run(summary, None, None, [], [], [], cells, None, [])


def test_rows_that_differ_come_first_then_by_name() -> None:
    columns: list[dict[str, str]] = [
        {"b": "1", "a": "1", "z": "1", "y": "1"},
        {"b": "1", "a": "1", "z": "2"},
    ]
    rows = compare_values(columns)
    assert [(row.name, row.values, row.equal) for row in rows] == [
        ("y", ["1", None], False),
        ("z", ["1", "2"], False),
        ("a", ["1", "1"], True),
        ("b", ["1", "1"], True),
    ]


def test_the_same_code_is_equal() -> None:
    diff = diff_code(make_run("a", "x = 1\n"), make_run("b", "x = 1"))
    assert diff.equal
    assert diff.lines == []


def test_a_diff_shows_three_lines_around_and_skips_the_rest() -> None:
    lines = [f"line {number}" for number in range(30)]
    changed = [*lines]
    changed[10] = "new"
    diff = diff_code(make_run("a", "\n".join(lines)), make_run("b", "\n".join(changed)))
    assert not diff.equal
    assert [(line.kind, line.text) for line in diff.lines] == [
        ("skipped", "7 lines"),
        ("same", "line 7"),
        ("same", "line 8"),
        ("same", "line 9"),
        ("removed", "line 10"),
        ("added", "new"),
        ("same", "line 11"),
        ("same", "line 12"),
        ("same", "line 13"),
        ("skipped", "16 lines"),
    ]


def test_runs_without_code() -> None:
    assert diff_code(make_run("a"), make_run("b")).equal
    diff = diff_code(make_run("a"), make_run("b", "x"))
    assert [(line.kind, line.text) for line in diff.lines] == [("added", "x")]


_sources = strategies.lists(strategies.sampled_from(["a", "b", "c", ""]), max_size=30)


@given(_sources, _sources)
def test_a_diff_gives_back_the_second_text(before: list[str], after: list[str]) -> None:
    diff = diff_code(make_run("a", "\n".join(before)), make_run("b", "\n".join(after)))
    old = "\n".join(before).splitlines()
    rebuilt: list[str] = []
    at = 0
    for line in diff.lines if not diff.equal else []:
        if line.kind == "skipped":
            count = int(line.text.split()[0])
            rebuilt += old[at : at + count]
            at += count
            continue
        if line.kind != "added":
            assert old[at] == line.text
            at += 1
        if line.kind != "removed":
            rebuilt.append(line.text)
    expected = "\n".join(after).splitlines()
    assert (old if diff.equal else rebuilt) == expected


def test_only_the_lines_that_differ_are_worth_an_effort() -> None:
    same = [f"x{number} = {number}" for number in range(100_000)]
    first = make_run("a", "\n".join(same))
    other = make_run("b", "\n".join([*same[:50_000], "new", *same[50_001:]]))
    lines = diff_code(first, other).lines
    assert [(line.kind, line.text) for line in lines if line.kind != "same"] == [
        ("skipped", "49997 lines"),
        ("removed", "x50000 = 50000"),
        ("added", "new"),
        ("skipped", "49996 lines"),
    ]


def test_code_that_is_too_long_is_told_and_not_compared() -> None:
    first = make_run("a", "\n".join(f"x{number % 7}" for number in range(50_000)))
    other = make_run("b", "\n".join(f"x{number % 11}" for number in range(60_002)))
    diff = diff_code(first, other)
    assert not diff.equal
    assert [line.kind for line in diff.lines] == ["skipped", "skipped"]
    assert diff.lines[0].text == "4 lines"
    assert "are too many to be compared" in diff.lines[1].text


def test_all_runs_of_a_comparison_share_one_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "MAX_WHOLE_EFFORT", 10)
    runs = [make_run(run_id, text) for run_id, text in [("a", "x"), ("b", "y"), ("c", "longer")]]
    found = compare.compare_runs(
        runs, [], data=[[], [], []], surroundings=[Surroundings(None, None, [])] * 3
    )
    assert [line.kind for line in found.code[0].lines] == ["removed", "added"]
    assert [line.kind for line in found.code[1].lines] == ["skipped"]
