"""Proves that the options of ``%track on`` hold for every cell, and which it does not take."""

from __future__ import annotations

import pytest

from mlops_lab.core.records import (
    ExperimentSet,
    FacetCaptured,
    ParamLogged,
    RunStarted,
    TagSet,
)

from .spool_reader import all_of_kind


def test_the_options_of_on_hold_for_every_cell(shell, spool_dir, capsys):
    shell.run_cell(
        '%track on "my notebook" -e flights -t owner=ada -m rmse --no environment,git,params'
    )
    shell.run_cell("a = 1\nrmse = 1 / 2")
    shell.run_cell("%%track named -t owner=bob --no hardware\nb = 2 * 2")
    shell.run_cell("%track status")
    assert "Not captured: chip, environment, git, params" in capsys.readouterr().out
    shell.run_cell("%track off")
    shell.run_cell("%%track\nc = 3")
    parent, *children, last = all_of_kind(spool_dir, RunStarted)
    assert parent.primary_metric == "rmse"
    assert [run.experiment for run in (parent, *children)] == ["flights"] * 3
    assert last.experiment != "flights"
    tags = [
        (tag.run_id, tag.value) for tag in all_of_kind(spool_dir, TagSet) if tag.name == "owner"
    ]
    ids = [run.run_id for run in (parent, *children)]
    assert tags == list(zip(ids, ["ada", "ada", "bob"], strict=True))
    (goal,) = all_of_kind(spool_dir, ExperimentSet)
    assert (goal.name, goal.primary_metric, goal.direction) == ("flights", "rmse", "min")
    assert [param.run_id for param in all_of_kind(spool_dir, ParamLogged)] == [last.run_id]
    kinds = {(f.run_id, f.kind) for f in all_of_kind(spool_dir, FacetCaptured)}
    assert not {kind for run_id, kind in kinds if run_id in ids} & {"environment", "git"}
    assert (children[0].run_id, "resources") in kinds
    assert (children[1].run_id, "resources") not in kinds
    assert (last.run_id, "environment") in kinds


def test_a_named_parent_takes_the_run_of_the_notebook(shell, spool_dir):
    shell.run_cell("%%track above\na = 1")
    (above,) = all_of_kind(spool_dir, RunStarted)
    shell.run_cell(f"%track on below --parent {above.run_id[-8:]}")
    assert all_of_kind(spool_dir, RunStarted)[-1].parent_run_id == above.run_id


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-p lr=1", "%track on: -p is for one cell"),
        ("--nested", "%track on: --nested is for one cell"),
        ("--experment x", "%track on: unknown option '--experment'. Did you mean '--experiment'?"),
        ("--no dta", "%track on: "),
        ("two words", "%track on: a run has one name"),
        ('"open', "%track on: No closing quotation"),
        ("-t owner", "%track on: the tag 'owner' has no value"),
        ("--parent feedfeed", "%track on: "),
    ],
)
def test_options_that_on_cannot_take_turn_nothing_on(shell, spool_dir, capsys, line, told):
    shell.run_cell(f"%track on {line}")
    assert told in capsys.readouterr().err
    shell.run_cell("a = 1")
    assert all_of_kind(spool_dir, RunStarted) == []
