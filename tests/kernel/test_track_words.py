"""Proves the words of ``%track``, the switches, and what is shown below cells and by ``%runs``."""

from __future__ import annotations

import json

import pytest
from traitlets import TraitError

from mlops_lab.core.capture import NO_CAPTURE
from mlops_lab.core.records import (
    CellCaptured,
    CellExecuted,
    FacetCaptured,
    MetricLogged,
    ParamLogged,
    RunFinished,
    RunIdentified,
    RunResumed,
    RunStarted,
    TagSet,
)
from mlops_lab.kernel import magics
from mlops_lab.kernel.session import is_tracked_by_on, process_session

from .spool_reader import of_kind, read_records


def test_on_makes_every_cell_a_child_of_one_run(shell, spool_dir, capsys):
    shell.run_cell('%track on "my notebook"')
    assert "each cell is a child of the run my notebook" in capsys.readouterr().out
    shell.run_cell("a = 1 + 1")
    shell.run_cell("%precision 3\n# nothing else")
    shell.run_cell("")
    shell.run_cell("%load_ext mlops_lab")
    shell.run_cell("%%time\nb = 2 + 2")
    shell.run_cell("%%track named\nc = 3 + 3")
    shell.run_cell("1 / 0")
    shell.run_cell("%track status")
    assert "Every cell is tracked, in the run my notebook" in capsys.readouterr().out
    shell.run_cell("%track off")
    shell.run_cell("d = 4 + 4")
    parent, *children = of_kind(spool_dir, RunStarted)
    assert parent.name == "my notebook"
    assert len(children) == 4
    assert children[2].name == "named"
    assert {child.parent_run_id for child in children} == {parent.run_id}
    names = [record.name for record in of_kind(spool_dir, MetricLogged)]
    assert names == ["a", "b", "c"]
    ended = [record.status for record in of_kind(spool_dir, RunFinished)]
    assert ended == ["finished", "finished", "finished", "failed", "finished"]
    assert of_kind(spool_dir, RunFinished)[-1].run_id == parent.run_id
    shell.run_cell("%track off")
    assert "Tracking was not on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "tracked"),
    [
        ("x = 1", True),
        ("%time x = 1", False),
        ("%%bash\nls", True),
        ("%%track\nx = 1", False),
        ("  \n", False),
        ("# only words", False),
        ("!pip list", False),
        ("print?", False),
        ("%matplotlib inline\nimport os", True),
    ],
)
def test_which_cells_are_runs_while_tracking_is_on(cell, tracked):
    assert is_tracked_by_on(cell) is tracked


def test_resume_goes_on_with_a_run_until_it_is_off(shell, spool_dir, capsys):
    shell.run_cell("%%track first\nauc = 0.5 * 1\nlr = 1")
    (first,) = of_kind(spool_dir, RunStarted)
    shell.run_cell(f"%track resume {first.run_id[-6:]}")
    assert "go on with the run first" in capsys.readouterr().out
    shell.run_cell("%%track\nauc = 0.5 * 3\nlr = 2")
    shell.run_cell("%%track\nauc = 0.5 * 4")
    shell.run_cell("%track off")
    shell.run_cell("%%track other\nauc = 0.5 * 5")
    assert [run.name for run in of_kind(spool_dir, RunStarted)] == ["first", "other"]
    assert [record.run_id for record in of_kind(spool_dir, RunResumed)] == [first.run_id] * 2
    found = [
        (p.value, p.step) for p in of_kind(spool_dir, MetricLogged) if p.run_id == first.run_id
    ]
    assert found == [(0.5, 0), (1.5, 1), (2.0, 2)]
    assert len([c for c in of_kind(spool_dir, CellCaptured) if c.run_id == first.run_id]) == 3
    shell.run_cell("%track resume")
    assert "which run?" in capsys.readouterr().err
    shell.run_cell("%track resume feedfeed")
    assert "feedfeed" in capsys.readouterr().err


def test_resume_finds_a_run_of_an_earlier_kernel(shell, store, spool_dir, capsys):
    shell.run_cell("%%track first\nfor i in range(3): lab.log_metric('loss', i)\nlr = 1")
    (first,) = of_kind(spool_dir, RunStarted)
    magics.unload(shell)
    magics.load(shell)
    shell.run_cell(f"%track resume {first.run_id}")
    shell.run_cell("%%track\nlab.log_metric('loss', 9)")
    last = of_kind(spool_dir, MetricLogged)[-1]
    assert (last.run_id, last.step) == (first.run_id, 3)


def test_a_note_is_a_tag_that_a_later_note_corrects(shell, spool_dir, capsys):
    shell.run_cell("%track note too early")
    assert "nothing has been tracked" in capsys.readouterr().err
    shell.run_cell("%%track\nx = 1")
    shell.run_cell("%track note looks good")
    shell.run_cell("%track note looks bad")
    found = [(tag.name, tag.value) for tag in of_kind(spool_dir, TagSet)]
    assert found == [("mlflow.note.content", "looks good"), ("mlflow.note.content", "looks bad")]
    assert all(tag.time for tag in of_kind(spool_dir, TagSet))


@pytest.mark.parametrize(
    ("kind", "gone"),
    [
        ("code", CellCaptured),
        ("history", CellExecuted),
        ("params", ParamLogged),
        ("metrics", MetricLogged),
    ],
)
@pytest.mark.parametrize("by", ["option", "setting", "environment"])
def test_each_kind_can_be_switched_off(  # noqa: PLR0917 - fixtures and parameters
    shell, spool_dir, monkeypatch, kind, gone, by
):
    if by == "environment":
        monkeypatch.setenv(NO_CAPTURE, f"chip, {kind}")
        magics.unload(shell)
        magics.load(shell)
    if by == "setting":
        shell.run_line_magic("config", f"TrackMagics.no_capture = ['{kind}']")
    shell.run_cell("before = 2", store_history=True)
    option = f"--no {kind}" if by == "option" else ""
    cell = f"%%track {option}\nn = before\nm = n * 2"
    shell.run_cell(cell, store_history=True).raise_error()
    kinds = {CellCaptured, CellExecuted, ParamLogged, MetricLogged}
    found = {type(record) for record in read_records(spool_dir)} & kinds
    assert found == kinds - {gone}


def test_everything_can_be_switched_off(shell, spool_dir):
    shell.run_cell("%%track --no all\nn = 1\nm = n * 2\nm", store_history=True)
    process_session().background.finish(timeout=30)
    kinds = {type(record) for record in read_records(spool_dir)}
    assert kinds <= {RunStarted, RunFinished, RunIdentified}
    (ended,) = of_kind(spool_dir, RunFinished)
    assert (ended.cpu_ms, ended.peak_memory) == (None, None)


def test_an_unknown_kind_is_named_with_the_nearest(shell, spool_dir, capsys):
    result = shell.run_cell("%%track --no metrix\nx = 1")
    assert not result.success
    assert "Did you mean 'metrics'?" in capsys.readouterr().err
    with pytest.raises(TraitError, match="Did you mean 'data'"):
        shell.magics_manager.registry["TrackMagics"].no_capture = ["dat"]


def test_a_bad_environment_captures_nothing_rather_than_too_much(shell, monkeypatch, capsys):
    monkeypatch.setenv(NO_CAPTURE, "dataa")
    magics.unload(shell)
    magics.load(shell)
    assert "Did you mean 'data'?" in capsys.readouterr().err
    assert "code" in process_session().switches.off


def test_masked_columns_come_from_option_and_setting(shell):
    switches = process_session().switches
    shell.run_line_magic("config", "TrackMagics.masked_columns = ['name']")
    transform = shell.magics_manager.registry["TrackMagics"].transform
    options = transform.options_of("%%track --mask salary,age\nx = 1")
    assert switches.masked_for(options) == {"name", "salary", "age"}


def test_a_chip_says_name_result_and_difference_to_the_best(chips, spool_dir, capsys):
    chips.run_cell("factor = 1")
    chips.run_cell("%%track one -m auc:max\nauc = factor * 0.5")
    ended = of_kind(spool_dir, RunStarted)[0].run_id[-8:]
    told = capsys.readouterr().out
    assert told == f"Run one ({ended}) finished | auc 0.5 | mlops-lab runs show {ended}\n"
    chips.run_cell("%%track two -m auc:max\nauc = factor * 0.75")
    assert "| auc 0.75 (new best, +0.25) |" in capsys.readouterr().out
    chips.run_cell("%%track three -m auc:max --no chip\nauc = factor * 0.6")
    assert capsys.readouterr().out == ""
    chips.run_cell("%%track four -m auc:max\nauc = factor * 0.25")
    assert "| auc 0.25 (-0.5 to the best, 0.75) |" in capsys.readouterr().out
    chips.run_cell("%%track\n1 / 0")
    assert ") failed | " in capsys.readouterr().out


def test_the_same_again_says_so_before_it_runs(chips, spool_dir, capsys):
    chips.run_cell("rate = 0.5\ndef score(n):\n    return rate * n")
    cell = "%%track {}\nprint('runs')\nauc = score(3)  # {}"
    chips.run_cell(cell.format("one", "a comment"))
    capsys.readouterr()
    chips.run_cell(cell.format("two", "another"))
    first, second, *_ = capsys.readouterr().out.splitlines()
    run = of_kind(spool_dir, RunStarted)[0]
    assert first.startswith(
        f"Code, data and params are those of the run one ({run.run_id[-8:]}), auc 1.5."
    )
    assert second == "runs"
    found = of_kind(spool_dir, RunIdentified)
    assert [record.same_as for record in found] == [None, run.run_id]
    chips.run_cell("rate = 0.25")
    chips.run_cell(cell.format("three", ""))
    assert "Code, data and params" not in capsys.readouterr().out
    chips.run_cell("rate = 0.5\ndef score(n):\n    return rate * n * 1")
    chips.run_cell(cell.format("four", ""))
    assert "Code, data and params" not in capsys.readouterr().out


@pytest.mark.parametrize("make", ["{}", "__import__('numpy').array({})", "{}.iloc[::-1]"])
def test_the_same_on_a_large_table_is_told_by_a_sample(chips, spool_dir, capsys, make):
    frame = "pd.DataFrame({'x': np.arange(2_000_000) % 97, 'y': 0.5})"
    chips.run_cell(f"import numpy as np, pandas as pd\ndf = {make.format(frame)}")
    cell = "%%track {}\nm = len(df) / 2"
    chips.run_cell(cell.format("one"))
    # Another object of the same content, as after a restart.
    chips.run_cell(f"df = {make.format(frame)}")
    capsys.readouterr()
    chips.run_cell(cell.format("two"))
    told = capsys.readouterr().out
    assert told.startswith(
        "Code, data (large tables by a sample) and params are those of the run one"
    )
    chips.run_cell(f"df = {make.format(frame)} + 1")
    chips.run_cell(cell.format("three"))
    assert "are those of the run" not in capsys.readouterr().out
    assert [one.same_as is None for one in of_kind(spool_dir, RunIdentified)] == [True, False, True]


def test_cells_without_code_are_not_the_same(chips, spool_dir, capsys):
    for cell in ("%%track", "%%track  \n\n", "%%track\n# only words"):
        chips.run_cell(cell)
    assert "Code, data and params" not in capsys.readouterr().out
    assert of_kind(spool_dir, RunIdentified) == []
    assert [run.status for run in of_kind(spool_dir, RunFinished)] == ["finished"] * 3


@pytest.mark.parametrize("state", ["model", "file"])
def test_what_cannot_be_told_apart_is_not_called_the_same(
    chips, spool_dir, tmp_path, capsys, state
):
    path = tmp_path / "in.txt"
    path.write_text("1")
    chips.run_cell("class Model:\n    pass\nmodel = Model()")
    body = (
        "value = str(model)[:0]"
        if state == "model"
        else f"import pathlib\nvalue = pathlib.Path({str(path)!r}).read_text()"
    )
    chips.run_cell(f"%%track\n{body}\nm = 1 + 1")
    path.write_text("22")
    chips.run_cell(f"%%track\n{body}\nm = 1 + 1")
    assert "Code, data and params" not in capsys.readouterr().out


def test_runs_and_compare_show_tables(shell, store, spool_dir, monkeypatch):
    shown = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, *_, **__: shown.append(data))
    for name, depth in (("low", 2), ("high", 8)):
        shell.run_cell(
            f"%%track {name}\ndepth = {depth}\n"
            "for i in range(3): lab.log_metric('loss', i * depth)\nauc = depth / 10"
        )
    shell.run_cell("%runs metrics.auc > 0.1").raise_error()
    (table,) = shown
    assert "<td>high</td>" in table["text/html"]
    assert "high  finished  auc 0.8" in table["text/plain"]
    ids = [run.run_id[-8:] for run in of_kind(spool_dir, RunStarted)]
    shell.run_cell(f"%compare {' '.join(ids)}").raise_error()
    compared, figure = shown[1:]
    lines = compared["text/plain"].splitlines()
    assert [line.split() for line in lines if line.startswith("param")] == [
        ["param", "depth", "2", "8"]
    ]
    assert [line.split() for line in lines if line.startswith("metric auc")] == [
        ["metric", "auc", "0.2", "0.8", "*"]
    ]
    assert lines[-1].endswith("* is the best of its row.")
    curves = figure["application/vnd.plotly.v1+json"]["data"]
    assert [curve["y"] for curve in curves] == [[0, 2, 4], [0, 8, 16]]
    assert json.dumps(figure)
    assert "loss" in figure["text/plain"]


def test_a_bad_filter_or_too_few_runs_is_one_clear_line(shell, store, capsys):
    shell.run_cell("%runs metrics. >")
    shell.run_cell("%compare one")
    told = capsys.readouterr().err
    assert "UsageError: %runs: " in told
    assert "%compare: name two or more runs" in told


def test_reset_keeps_tracking_and_the_name(shell, spool_dir):
    shell.run_cell("x = 1", store_history=True)
    shell.run_cell("%reset -f", store_history=True)
    assert "x" not in shell.user_ns
    shell.run_cell("%%track\ny = 1 + 1\nlab.log_metric('m', 1)", store_history=True).raise_error()
    assert {record.name for record in of_kind(spool_dir, MetricLogged)} == {"y", "m"}


@pytest.mark.filterwarnings("ignore:To exit")
def test_a_clean_exit_is_no_failure(shell, spool_dir, capsys):
    shell.run_cell("%%track\nimport sys\nsys.exit()")
    shell.run_cell("%%track\nimport sys\nsys.exit(3)")
    assert [r.status for r in of_kind(spool_dir, RunFinished)] == ["finished", "failed"]


def test_captures_look_at_cells_of_other_languages(shell, spool_dir, capfd):
    shell.run_cell("%%track\n%%bash\necho hello")
    shell.run_cell("%%track\n%%no_such_magic\nx")
    process_session().background.finish(timeout=30)
    runs = [run.run_id for run in of_kind(spool_dir, RunStarted)]
    for run_id in runs:
        kinds = {f.kind for f in of_kind(spool_dir, FacetCaptured) if f.run_id == run_id}
        assert "environment" in kinds


def test_the_clock_may_be_set_back(shell, spool_dir, monkeypatch):
    shell.run_cell("import time")
    shell.run_cell(
        "%%track\nreal = time.time_ns\ntime.time_ns = lambda: real() - 10**15\n"
        "lab.log_metric('m', 1)\ntime.time_ns = real"
    ).raise_error()
    (ended,) = of_kind(spool_dir, RunFinished)
    assert 0 <= ended.duration_ms < 60_000
