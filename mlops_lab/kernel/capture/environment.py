"""Owns the capture of what the code ran in: Python, packages, machine, variables' names, and seeds."""

from __future__ import annotations

import ast
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.facets import Environment
from mlops_lab.kernel.document import Document, make_document

from .base import Outcome, Watched
from .gitcommand import Git, may_wait
from .machine import Machine, environment_of, machine_at_once, machine_whole, variables_now
from .origin import find_origin
from .packages import Packages, Stamp
from .script import Script, find_script
from .seeds import SeedCall, find_seeds, seed_values, variables_read

if TYPE_CHECKING:
    from mlops_lab.core.facets import Package
    from mlops_lab.kernel.run import RunLog

MAX_KNOWN = 16
"""So many environments are kept encoded; a process meets few."""


class _Seen:
    """What a cell's environment depends on besides the machine and the packages."""

    __slots__ = ("asked", "calls", "pid", "run", "seeds", "stamp", "variables")

    def __init__(
        self, run: RunLog, stamp: Stamp, variables: frozenset[str], calls: list[SeedCall]
    ) -> None:
        self.pid = os.getpid()
        self.run = run
        self.stamp = stamp
        self.variables = variables
        self.calls = calls
        self.seeds: dict[str, str] = {}
        self.asked: Stamp | None = None


class EnvironmentCapture:
    """Records the environment with each run: as names at once, with the details from the background.

    The document of an environment that did not change is made and stored once.
    """

    kind: CaptureKind = "environment"

    def __init__(self, git: Git) -> None:
        self._git = git
        self._packages = Packages()
        self._machine: Machine | None = None
        self._machine_is_whole = False
        self._kernel_name: str | None = None
        self._script = Script()
        self._details: tuple[Stamp, list[Package]] | None = None
        self._documents: dict[tuple[Any, ...], Document] = {}
        self._lock = threading.Lock()

    def before(self, cell: Watched) -> Any:
        """Record what is known at once, and have the rest read in the background."""
        if self._machine is None:
            self._machine = machine_at_once()
            self._kernel_name = find_origin(cell.shell).kernel_name
            self._script = find_script(cell.shell)
        calls: list[SeedCall] = []
        variables = variables_now()
        tree = cell.tree or _parsed(cell.source)
        if tree is not None:
            calls = find_seeds(tree, cell.source)
            variables |= frozenset(variables_read(tree, cell.source))
        seen = _Seen(cell.run, self._packages.stamp(), variables, calls)
        self._record(seen)
        if not may_wait(cell.source):
            self._have_completed(cell, seen)
        return seen

    def after(self, cell: Watched, seen: Any, outcome: Outcome) -> None:  # noqa: ARG002 - any end
        """Record the environment anew where the cell set seeds or installed packages."""
        if seen.pid != os.getpid():
            # In a forked child the background, which may hold the lock, does not exist.
            return
        stamp = self._packages.stamp()
        seeds = seed_values(seen.calls, cell.namespace)
        if stamp != seen.stamp or seeds:
            seen.stamp, seen.seeds = stamp, seeds
            self._record(seen)
        self._have_completed(cell, seen)

    def _have_completed(self, cell: Watched, seen: _Seen) -> None:
        is_known = self._details is not None and self._details[0] == seen.stamp
        if not is_known and seen.asked != seen.stamp:
            seen.asked = seen.stamp
            cell.later(lambda: self._complete(seen))

    def _complete(self, seen: _Seen) -> None:
        """Read what takes time, and record the environment with it."""
        stamp = seen.stamp
        if self._details is None or self._details[0] != stamp:
            if not self._machine_is_whole:
                self._machine, self._machine_is_whole = machine_whole(), True
            self._details = (stamp, self._packages.records(stamp, self._commit_of))
        self._record(seen)

    def _record(self, seen: _Seen) -> None:
        # With the lock: of two writers the one that knows more must write last.
        with self._lock:
            document = self._document(seen)
            seen.run.add_document("environment", "", document)

    def _document(self, seen: _Seen) -> Document:
        machine = self._machine or machine_at_once()
        details = self._details
        packages = details[1] if details is not None and details[0] == seen.stamp else None
        key = (
            seen.stamp,
            seen.variables,
            *seen.seeds.items(),
            packages is None,
            machine.platform,
        )
        known = self._documents.get(key)
        if known is not None:
            return known
        if len(self._documents) >= MAX_KNOWN:
            self._documents.clear()
        if packages is None:
            packages = self._packages.names(seen.stamp)
        content = self._environment(machine, seen, packages)
        made = self._documents[key] = make_document(content, what="environment")
        return made

    def _environment(self, machine: Machine, seen: _Seen, packages: list[Package]) -> Environment:
        content = environment_of(machine, variables=seen.variables, kernel_name=self._kernel_name)
        return msgspec.structs.replace(
            content,
            packages=packages,
            seeds=_sorted(seen.seeds),
            script=self._script.file,
            arguments=self._script.arguments,
            folder=self._script.folder,
        )

    def _commit_of(self, url: str) -> str | None:
        """Return the commit of the folder ``file:///...``, and whether files of it were changed."""
        folder = _folder_of(url)
        if folder is None or not self._git.exists():
            return None
        try:
            head = self._git.ask(folder, ["rev-parse", "--verify", "--quiet", "HEAD"])
            if head.code != 0:
                return None
            words = ["status", "--porcelain", "--untracked-files=no"]
            changed = self._git.ask(folder, words).out
        except OSError:
            return None
        return f"{head.text}-dirty" if changed else head.text


def _parsed(source: str) -> ast.Module | None:
    """Return the tree of what a run was opened in by a call; None where that is no Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _folder_of(url: str) -> str | None:
    from urllib.request import url2pathname

    if not url.startswith("file://"):
        return None
    folder = url2pathname(url.removeprefix("file://"))
    return folder if Path(folder).is_dir() else None


def _sorted(texts: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(texts.items()))
