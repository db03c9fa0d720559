"""Proves what a kernel without a server knows of an experiment, and when it reads the store for it."""

from __future__ import annotations

import threading

import pytest

from mlops_lab.core.capture import NO_CAPTURE
from mlops_lab.kernel import magics
from mlops_lab.kernel.session import process_session

from .spool_reader import wait_until


@pytest.fixture
def chips(shell, monkeypatch):
    """The shell, as a front end has it that draws no chips."""
    monkeypatch.delenv(NO_CAPTURE)
    start_anew(shell)
    return shell


def start_anew(shell):
    """Do what a new kernel does: nothing is known but what is on disk."""
    magics.unload(shell)
    magics.load(shell)


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "mlops-lab-briefing"]


CELL = "%%track {}\nauc = 0.5 * 3"


def test_the_next_kernel_knows_what_the_last_one_saw(chips, capsys):
    chips.run_cell(CELL.format("one"))
    start_anew(chips)
    capsys.readouterr()
    chips.run_cell(CELL.format("two"))
    told, chip = capsys.readouterr().out.splitlines()
    assert told.startswith("Code, data and params are those of the run one (")
    assert "auc 1.5 (as the best)" in chip
    chips.run_cell("%%track three\nauc = 0.5 * 4")
    start_anew(chips)
    chips.run_cell("%%track four\nauc = 0.5 * 2")
    assert "(-1 to the best, 2)" in capsys.readouterr().out
    assert readers() == []


def test_no_secret_is_kept(chips):
    chips.run_cell("password = 'correct horse'")
    chips.run_cell(CELL.format("'a correct horse'"))
    folder = process_session().find_spool().folder / "standing"
    start_anew(chips)
    (file,) = folder.iterdir()
    assert b"correct horse" not in file.read_bytes()


def test_children_are_no_best(chips, capsys):
    chips.run_cell("%track on")
    chips.run_cell("auc = 0.5 * 9")
    chips.run_cell("%track off")
    chips.run_cell("%%track top\nauc = 0.5 * 1")
    capsys.readouterr()
    chips.run_cell("%%track next\nauc = 0.5 * 2")
    assert "(new best, +0.5)" in capsys.readouterr().out


def test_a_run_is_shown_by_the_metric_of_the_first_of_its_experiment(chips, capsys):
    chips.run_cell("%%track one\nauc = 0.5 * 3")
    chips.run_cell("%%track two\nauc = 0.5 * 4\nacc = 0.5 * 1")
    assert "auc 2 (new best, +0.5)" in capsys.readouterr().out
    start_anew(chips)
    chips.run_cell("%%track three\nauc = 0.5 * 2\nacc = 0.5 * 1")
    assert "auc 1 (-1 to the best, 2)" in capsys.readouterr().out
    chips.run_cell("%%track four -m acc\nauc = 0.5 * 2\nacc = 0.5 * 1")
    assert "acc 0.5 |" in capsys.readouterr().out


def test_the_store_is_read_once_and_again_only_when_it_has_changed(chips, store, capsys):
    chips.run_cell(CELL.format("one"))
    for reader in readers():
        reader.join(60)
    start_anew(chips)
    capsys.readouterr()
    chips.run_cell(CELL.format("two"))
    assert readers() == []
    assert "those of the run one (" in capsys.readouterr().out
    (file,) = (process_session().find_spool().folder / "standing").iterdir()
    before = file.stat().st_mtime_ns
    with store.write() as tx:
        tx.exec_driver_sql("CREATE TABLE something (new INTEGER)")
    start_anew(chips)
    chips.run_cell("%%track three\nauc = 0.5 * 4")
    wait_until(lambda: file.stat().st_mtime_ns > before, what="the store was read anew")


def test_without_the_chip_nobody_reads_the_store(shell, store):
    shell.run_cell(CELL.format("one"))
    assert readers() == []


def test_a_file_that_cannot_be_read_is_as_none(chips, capsys):
    chips.run_cell(CELL.format("one"))
    folder = process_session().find_spool().folder / "standing"
    start_anew(chips)
    (file,) = folder.iterdir()
    start_anew(chips)
    file.write_text("{")
    capsys.readouterr()
    chips.run_cell(CELL.format("two"))
    assert "finished | auc 1.5 | mlops-lab" in capsys.readouterr().out
