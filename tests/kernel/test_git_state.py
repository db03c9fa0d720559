"""Proves what is read of real repositories, whatever state they are in."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from mlops_lab.kernel.capture.gitcommand import Git
from mlops_lab.kernel.capture.gitreader import GitReader
from mlops_lab.kernel.capture.gitstate import (
    DIFF_BYTES,
    Refused,
    Repository,
    find_repository,
    read_state,
)

from .repositories import NOTEBOOK, git, head, make_repository


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "project")


def state_of(folder: Path):
    asked = Git()
    found = find_repository(asked, str(folder))
    assert isinstance(found, Repository)
    return read_state(asked, found)


def test_a_clean_working_tree(repository):
    found = state_of(repository)
    assert (found.commit, found.branch, found.dirty) == (head(repository), "main", False)
    assert (found.diff, found.diff_bytes, found.untracked, found.remote) == ("", 0, [], None)
    assert found.folder == str(repository.resolve())
    assert found.note == ""


def test_uncommitted_changes_also_of_notebooks_and_staged_ones(repository):
    (repository / "train.py").write_text("rate = 2\n")
    git(repository, "add", "train.py")
    (repository / "note.ipynb").write_text(NOTEBOOK % 2)
    (repository / "new.py").write_text("new")
    found = state_of(repository)
    assert found.dirty
    assert "-rate = 1\n+rate = 2\n" in found.diff
    assert '+{"cells": [{"cell_type": "code", "source": ["x = 2"]}], "nbformat": 4}' in found.diff
    assert found.diff.index("train.py") < found.diff.index("note.ipynb")
    assert found.diff_bytes == len(found.diff.encode())
    assert found.untracked == ["new.py"]


def test_the_diff_brings_the_state_back(repository, tmp_path):
    (repository / "train.py").write_text("rate = 2\nmore = 'ä'\n")
    (repository / "note.ipynb").write_text(NOTEBOOK % 3)
    (repository / "added ö.py").write_text("x\n")
    git(repository, "add", ".")
    git(repository, "mv", "train.py", "fit.py")
    found = state_of(repository)
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", str(repository), str(copy))
    git(copy, "checkout", "-q", found.commit)
    (tmp_path / "diff").write_text(found.diff)
    git(copy, "apply", str(tmp_path / "diff"))
    for name in ("fit.py", "note.ipynb", "added ö.py"):
        assert (copy / name).read_text() == (repository / name).read_text()
    assert not (copy / "train.py").exists()


def test_untracked_files_alone_are_not_dirty(repository):
    (repository / "new.py").write_text("new")
    found = state_of(repository)
    assert (found.dirty, found.untracked) == (False, ["new.py"])


def test_many_untracked_names_are_bounded(repository):
    for number in range(230):
        (repository / f"n{number:03}.txt").write_text("")
    found = state_of(repository)
    assert len(found.untracked) == 200
    assert found.note == "30 more untracked names."


def test_no_commit_yet(tmp_path):
    git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / "a.py").write_text("a = 1\n")
    git(tmp_path, "add", ".")
    found = state_of(tmp_path)
    assert (found.commit, found.branch, found.dirty) == (None, "trunk", True)
    assert "+a = 1" in found.diff


def test_a_detached_head(repository):
    git(repository, "checkout", "-q", "--detach")
    found = state_of(repository)
    assert (found.commit, found.branch) == (head(repository), None)


def test_a_worktree_has_its_own_branch_and_changes(repository, tmp_path):
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "-q", "-b", "trial", str(tree))
    (tree / "train.py").write_text("rate = 5\n")
    found = state_of(tree)
    assert (found.branch, found.dirty, found.folder) == ("trial", True, str(tree.resolve()))
    assert not state_of(repository).dirty


def test_a_submodule_is_a_repository_and_its_changes_are_seen_outside(repository, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "--quiet", "add", str(repository), "inner")
    git(outer, "commit", "-q", "-m", "with a submodule")
    (outer / "inner" / "train.py").write_text("rate = 9\n")
    inside, outside = state_of(outer / "inner"), state_of(outer)
    assert "+rate = 9" in inside.diff
    assert inside.commit == head(repository)
    assert outside.dirty
    assert "-dirty" in outside.diff


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ada:t0ken@git.example.org/a/b.git", "https://git.example.org/a/b.git"),
        ("git@git.example.org:a/b.git", "git@git.example.org:a/b.git"),
    ],
)
def test_the_remote_has_no_credentials(repository, url, expected):
    git(repository, "remote", "add", "other", "https://other.example.org/x.git")
    git(repository, "remote", "add", "origin", url)
    assert state_of(repository).remote == expected


def test_the_upstream_of_the_branch_is_the_remote(repository):
    git(repository, "remote", "add", "origin", "https://a.example.org/x.git")
    git(repository, "remote", "add", "fork", "https://b.example.org/x.git")
    git(repository, "config", "branch.main.remote", "fork")
    git(repository, "config", "branch.main.merge", "refs/heads/main")
    assert state_of(repository).remote == "https://b.example.org/x.git"


def test_a_long_diff_is_cut_at_a_line_and_code_comes_first(repository):
    (repository / "note.ipynb").write_text(
        "".join(f'"line {n} {"x" * 90}"\n' for n in range(20_000))
    )
    (repository / "zz.py").write_text("last = 1\n")
    git(repository, "add", ".")
    found = state_of(repository)
    assert found.diff_bytes > 1_900_000
    assert len(found.diff.encode()) <= DIFF_BYTES
    assert found.diff.endswith('"\n')
    assert "+last = 1" in found.diff


def test_programs_of_the_repository_s_configuration_do_not_run(repository, tmp_path):
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    trap.chmod(0o755)
    for name in ("diff.external", "diff.nb.command", "diff.nb.textconv", "core.fsmonitor"):
        git(repository, "config", name, str(trap))
    git(repository, "config", "core.pager", str(trap))
    git(repository, "config", "color.ui", "always")
    git(repository, "config", "diff.noprefix", "true")
    (repository / ".gitattributes").write_text("*.ipynb diff=nb\n*.py -diff\n")
    (repository / "note.ipynb").write_text(NOTEBOOK % 4)
    found = state_of(repository)
    assert "+++ b/note.ipynb" in found.diff
    assert "\x1b" not in found.diff
    assert not (tmp_path / "ran").exists()


def test_a_notebook_that_is_called_binary_is_in_the_diff(repository):
    (repository / ".gitattributes").write_text("*.ipynb binary\n")
    (repository / "note.ipynb").write_text(NOTEBOOK % 5)
    assert '"x = 5"' in state_of(repository).diff


def test_no_lock_is_taken(repository):
    (repository / ".git" / "index.lock").write_text("")
    (repository / "train.py").write_text("rate = 3\n")
    before = (repository / ".git" / "index").stat().st_mtime_ns
    assert "+rate = 3" in state_of(repository).diff
    assert (repository / ".git" / "index").stat().st_mtime_ns == before


def test_a_command_that_takes_too_long_is_ended_with_what_it_started(repository, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 600\n")
    slow.chmod(0o755)
    git(repository, "config", "filter.slow.clean", str(slow))
    (repository / ".gitattributes").write_text("*.py filter=slow\n")
    (repository / "train.py").write_text("rate = 7\n")
    asked = Git(timeout_s=0.5)
    found = find_repository(asked, str(repository))
    assert isinstance(found, Repository)
    started = time.monotonic()
    state = read_state(asked, found)
    assert time.monotonic() - started < 20
    assert state.commit == head(repository)
    assert "git took too long" in state.note


def test_a_folder_that_git_distrusts_is_refused_with_the_reason(repository, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    found = find_repository(Git(), str(repository))
    assert isinstance(found, Refused)
    assert "dubious ownership" in found.reason


def test_no_git_and_no_repository_are_nothing(repository, tmp_path, monkeypatch):
    reader = GitReader(Git())
    assert reader.state_at(str(tmp_path), time.monotonic()) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert GitReader(Git()).state_at(str(repository), time.monotonic()) is None


def test_a_bare_repository_is_nothing(tmp_path):
    git(tmp_path, "init", "-q", "--bare")
    assert find_repository(Git(), str(tmp_path)) is None


def test_a_hook_s_repository_is_not_taken_for_the_notebook_s(repository, tmp_path, monkeypatch):
    commit = head(repository)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert state_of(repository).commit == commit


def test_the_state_is_part_of_the_contract(repository):
    state = state_of(repository)
    assert msgspec.json.decode(msgspec.json.encode(state), type=type(state)) == state
