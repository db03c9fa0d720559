"""Owns what is read of a repository: commit, branch, what differs from the commit, and the remote."""

from __future__ import annotations

import os

import msgspec

from mlops_lab.core.facets import GitState

from .gitcommand import Git, GitAnswer
from .urls import without_credentials

DIFF_BYTES = 1_048_576
"""Of a longer diff the first lines up to this size are kept."""

MAX_UNTRACKED = 200
"""More untracked names than this are not recorded."""

_DIFF = (
    *("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)
_NOTEBOOKS = ".ipynb"


class Repository(msgspec.Struct, frozen=True):
    """A working tree: its top folder, and the folder of git that belongs to it."""

    top: str
    git_dir: str


class Refused(msgspec.Struct, frozen=True):
    """Git does not answer there, and why: usually that it distrusts the owner of the folder."""

    reason: str


class _Status(msgspec.Struct):
    commit: str | None = None
    branch: str | None = None
    upstream: str | None = None
    changed: list[str] = []
    untracked: list[str] = []


def find_repository(git: Git, folder: str) -> Repository | Refused | None:
    """Return the repository that ``folder`` is in; None where there is none.

    Raises:
        OSError: git cannot be started.
    """
    answer = git.ask(folder, ["rev-parse", "--show-toplevel", "--absolute-git-dir"])
    lines = answer.text.split("\n")
    if answer.code == 0 and len(lines) == 2:  # noqa: PLR2004 - one line for each question
        return Repository(os.path.realpath(lines[0]), lines[1])
    if "dubious ownership" in answer.error:
        return Refused(answer.error.partition("\n")[0])
    return None


def read_state(git: Git, repository: Repository) -> GitState:
    """Return the working tree as it is now.

    Raises:
        OSError: git cannot be started.
        TimeoutError: it did not even say the commit in time.
    """
    notes: list[str] = []
    top = repository.top
    status = _read_status(git, top, notes)
    remote = _remote(git, top, status.upstream)
    diff, size = "", 0
    if status.changed:
        diff, size = _read_diff(git, top, status, notes)
    shown = status.untracked[:MAX_UNTRACKED]
    if len(status.untracked) > len(shown):
        notes.append(f"{len(status.untracked) - len(shown):,} more untracked names.")
    return GitState(
        commit=status.commit,
        branch=status.branch,
        dirty=bool(status.changed),
        remote=remote,
        diff=diff,
        diff_bytes=size,
        untracked=shown,
        folder=top,
        note=" ".join(notes),
    )


def tracked_files(git: Git, repository: Repository, *, most: int) -> list[str] | None:
    """Return the tracked files, as paths; None if there are more than ``most``."""
    answer = git.ask(repository.top, ["ls-files", "-z"], keep=most * 200)
    names = answer.out.split(b"\0")[:-1]
    if answer.code != 0 or answer.size > len(answer.out) or len(names) > most:
        return None
    return [f"{repository.top}{os.sep}{os.fsdecode(name)}" for name in names]


def _read_status(git: Git, top: str, notes: list[str]) -> _Status:
    words = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files"]
    answer = git.ask(top, [*words[:-1], "--untracked-files=normal"])
    if answer.code is None:
        notes.append("Untracked names were not read: git took too long.")
        answer = git.ask(top, [*words[:-1], "--untracked-files=no"])
    if answer.code == 0:
        return _parse_status(answer)
    notes.append("Whether files were changed is not known: git took too long.")
    head = git.ask(top, ["rev-parse", "--verify", "--quiet", "HEAD"])
    if head.code is None:
        raise TimeoutError("git did not answer in time")
    branch = git.ask(top, ["symbolic-ref", "--quiet", "--short", "HEAD"])
    return _Status(commit=head.text or None, branch=branch.text or None)


def _parse_status(answer: GitAnswer) -> _Status:
    """Return what ``git status --porcelain=v2 --branch -z`` says; see git-status(1)."""
    status = _Status(changed=[], untracked=[])
    entries = iter(answer.out.decode("utf-8", "replace").split("\0"))
    for entry in entries:
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            if key == "branch.oid" and value != "(initial)":
                status.commit = value
            elif key == "branch.head" and value != "(detached)":
                status.branch = value
            elif key == "branch.upstream":
                status.upstream = value
        elif kind == "1":
            status.changed.append(rest.split(" ", 7)[-1])
        elif kind == "2":
            status.changed.append(rest.split(" ", 8)[-1])
            # The name that it had before follows as an entry of its own.
            status.changed.append(next(entries, ""))
        elif kind == "u":
            status.changed.append(rest.split(" ", 9)[-1])
        elif kind == "?":
            status.untracked.append(rest)
    return status


def _read_diff(git: Git, top: str, status: _Status, notes: list[str]) -> tuple[str, int]:
    """Return the diff against the commit, notebooks last: theirs are long, and code comes first."""
    base = status.commit or _empty_tree(git, top)
    parts: list[str] = []
    size = 0
    for words in (
        [*_DIFF, base, "--", ":/", f":(top,exclude,glob)**/*{_NOTEBOOKS}"],
        # Also where the attributes of the repository call notebooks binary.
        [*_DIFF, "--text", base, "--", f":(top,glob)**/*{_NOTEBOOKS}"],
    ):
        if words[-1].startswith(":(top,glob)") and not _has_notebook(status):
            continue
        left = DIFF_BYTES - sum(len(part.encode()) for part in parts)
        answer = git.ask(top, words, keep=max(0, left))
        size += answer.size
        parts.append(_whole_lines(answer))
        if answer.code is None:
            notes.append("The diff is not whole: git took too long.")
            break
    return "".join(parts), size


def _has_notebook(status: _Status) -> bool:
    return any(name.endswith(_NOTEBOOKS) for name in status.changed)


def _whole_lines(answer: GitAnswer) -> str:
    kept = answer.out
    if answer.size > len(kept):
        kept = kept[: kept.rfind(b"\n") + 1]
    return kept.decode("utf-8", "replace")


def _empty_tree(git: Git, top: str) -> str:
    """Return the digest of a tree without files, which git knows in every repository."""
    return git.ask(top, ["hash-object", "-t", "tree", "--stdin"]).text


def _remote(git: Git, top: str, upstream: str | None) -> str | None:
    answer = git.ask(top, ["config", "--null", "--get-regexp", r"^remote\..*\.url$"])
    urls: dict[str, str] = {}
    for entry in answer.out.decode("utf-8", "replace").split("\0"):
        key, newline, url = entry.partition("\n")
        if newline:
            urls.setdefault(key.removeprefix("remote.").removesuffix(".url"), url)
    wanted = [name for name in urls if upstream and upstream.startswith(f"{name}/")]
    for name in [*wanted, "origin", *urls]:
        if name in urls:
            return without_credentials(urls[name]) or None
    return None
