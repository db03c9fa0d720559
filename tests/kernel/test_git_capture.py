"""Proves that runs have the state of their repository, read when it must be and not more often."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from mlops_lab.kernel.capture import gitreader
from mlops_lab.kernel.capture.git import GitCapture
from mlops_lab.kernel.capture.gitcommand import Git
from mlops_lab.kernel.capture.gitreader import GitReader

from .facet_reader import documents_of, last_facet, read_facets
from .repositories import git, head, make_repository
from .spool_reader import read_records, wait_until


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "project")


class Run:
    """The part of a run that the state of git is put on."""

    def __init__(self) -> None:
        self.digests: list[str] = []

    def add_document(self, _kind, _name, document, *, key):
        assert key
        self.digests.append(document.digest)
        return document.digest


class CountingGit(Git):
    """Counts how often the state is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def ask(self, folder, words, *, keep=16_777_216):
        self.reads += words[0] == "status"
        return super().ask(folder, words, keep=keep)


def test_a_state_is_reused_until_something_changes(repository):
    asked = CountingGit()
    reader = GitReader(asked)
    first = reader.state_at(str(repository), time.monotonic())
    again = reader.state_at(str(repository), time.monotonic())
    assert (asked.reads, again) == (1, first)
    (repository / "train.py").write_text("rate = 22\n")
    changed = reader.state_at(str(repository), time.monotonic())
    assert asked.reads == 2
    assert "+rate = 22" in changed.document.text
    git(repository, "commit", "-q", "-a", "-m", "second")
    assert reader.state_at(str(repository), time.monotonic()).commit == head(repository)
    git(repository, "checkout", "-q", "-b", "other")
    assert '"other"' in reader.state_at(str(repository), time.monotonic()).document.text


def test_a_cell_that_started_long_after_the_reading_has_it_read_anew(repository):
    asked = CountingGit()
    reader = GitReader(asked)
    reader.state_at(str(repository), time.monotonic())
    reader.state_at(str(repository), time.monotonic() + 60)
    assert asked.reads == 2
    # A reading that began after the start of a cell serves all that waited for it.
    reader.state_at(str(repository), time.monotonic() - 60)
    assert asked.reads == 2


def test_runs_have_the_state_of_the_notebook_s_folder(start_kernel, spool_dir, repository):
    (repository / "train.py").write_text("password = 'hunter2'\nrate = 3\n")
    notebook = str(repository / "note.ipynb")
    kernel = start_kernel(JPY_SESSION_NAME=notebook)
    kernel.run("%load_ext mlops_lab")
    for number in range(6):
        assert kernel.run(f"%%track\nn = {number}").text("stderr") == ""
    found = last_facet(spool_dir, "git")
    assert (found.commit, found.branch, found.dirty) == (head(repository), "main", True)
    assert "+rate = 3" in found.diff
    wait_until(lambda: all(read_facets(spool_dir, "git")), what="a state of git on each run")
    assert len(documents_of(spool_dir, "git")) == 1
    (repository / "train.py").write_text("rate = 4\n")
    kernel.run("%%track\nn = 7")
    assert "+rate = 4" in last_facet(spool_dir, "git", lambda state: "rate = 4" in state.diff).diff
    keys = {r.key for r in read_records(spool_dir) if getattr(r, "kind", "") == "git"}
    assert keys == {head(repository)}


def test_secrets_in_the_diff_are_masked(repository, shell, spool_dir, monkeypatch):
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    (repository / "train.py").write_text(f"value = '{secret}'\n")
    monkeypatch.chdir(repository)
    shell.run_cell("%%track\nn = 1")
    assert "+value" in last_facet(spool_dir, "git").diff
    assert all(secret not in path.read_text() for path in spool_dir.glob("*.jsonl"))


def test_secrets_in_the_diffs_of_many_files_are_masked_also_where_one_changed_later(repository):
    for name in ("a.py", "b.py", "c.py"):
        (repository / name).write_text("x = 1\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "more")
    for name in ("a.py", "b.py", "c.py"):
        (repository / name).write_text(f"api_key = 'hunter-two-{name[0]}'\n")
    reader = GitReader(Git())
    first = reader.state_at(str(repository), time.monotonic()).document.text
    (repository / "b.py").write_text("api_key = 'hunter-three'\nrate = 2\n")
    second = reader.state_at(str(repository), time.monotonic()).document.text
    assert "hunter" not in first + second
    assert first.count("api_key") == second.count("api_key") == 3
    assert "rate = 2" in second
    assert "rate = 2" not in first


def test_cells_that_are_checked_together_have_git_asked_once(repository, monkeypatch):
    monkeypatch.chdir(repository)
    monkeypatch.setattr(gitreader, "QUIET_S", 1.0)
    asked = CountingGit()
    capture = GitCapture(asked)
    waiting: list[Callable[[], None]] = []
    runs = [Run() for _ in range(50)]
    for number, run in enumerate(runs):
        if number == 1:
            waiting.pop()()
            (repository / "train.py").write_text("rate = 2\n")
            before = asked.reads
        capture.before(SimpleNamespace(run=run, source="n = 1", later=waiting.append))
    wait_until(lambda: waiting, what="the cells are to be checked")
    waiting.pop()()
    assert asked.reads == before + 1
    assert [run.digests[-1] for run in runs[1:]] == [runs[1].digests[-1]] * 49
    assert runs[1].digests[-1] != runs[0].digests[-1]


def test_a_cell_that_waits_for_its_children_is_not_given_git(
    repository, shell, spool_dir, monkeypatch
):
    monkeypatch.chdir(repository)
    shell.run_cell(
        "%%track\nimport os\nfor _ in range(20):\n    pid = os.fork()\n"
        "    if pid == 0: os._exit(7)\n    found, status = os.wait()\n"
        "    assert (found, os.waitstatus_to_exitcode(status)) == (pid, 7)\nall_mine = 1"
    )
    assert shell.user_ns["all_mine"] == 1
    assert last_facet(spool_dir, "git").commit == head(repository)


def test_outside_a_repository_nothing_is_recorded_nor_said(
    shell, spool_dir, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    shell.run_cell("%%track\nn = 1")
    last_facet(spool_dir, "environment", lambda found: found.memory_bytes is not None)
    assert read_facets(spool_dir, "git") == [None]
    assert "MLOps Lab" not in capsys.readouterr().err


def test_it_can_be_switched_off(repository, shell, spool_dir, monkeypatch):
    monkeypatch.chdir(repository)
    shell.run_cell("%%track --no git\nn = 1")
    last_facet(spool_dir, "environment", lambda found: found.memory_bytes is not None)
    assert read_facets(spool_dir, "git") == [None]
