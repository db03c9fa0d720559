"""Owns the order facet: which earlier cells a run took names from, and what of them is not as it was."""

from __future__ import annotations

import builtins
from collections.abc import Container, Iterable
from typing import Any, Literal

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.facets import Dependency, Order
from mlops_lab.kernel.history import History, PastCell
from mlops_lab.kernel.notebookfile import NotebookFile, SavedNotebook, names_of_source

from .base import Outcome, Watched
from .origin import NOTEBOOK_FILE

MAX_DEPENDENCIES = 500
"""So many earlier cells are named at most; more of them tell a reader nothing new."""

_VSCODE_FILE = "__vsc_ipynb_file__"
_ANY = "*"

Problem = Literal["deleted", "edited", "out_of_order", "unknown"]


class Question(msgspec.Struct, frozen=True):
    """Whether the names of the cell at ``position`` come from where a reader would look for them."""

    position: int
    hidden: Container[str]
    file: str | None


class OrderCapture:
    """Follows the names of a tracked cell back through the history of the kernel, in the background."""

    kind: CaptureKind = "history"

    def __init__(self) -> None:
        self._notebook = NotebookFile()

    def before(self, cell: Watched) -> Question | None:
        """Note where the cell stands, and which names IPython itself gives."""
        history: History | None = cell.history
        position = history.position if history is not None else None
        if position is None:
            return None
        import os

        file = cell.namespace.get(_VSCODE_FILE) or os.environ.get(NOTEBOOK_FILE)
        # Not a copy: every cell adds names of its own, so copies would grow with the session.
        hidden = cell.shell.user_ns_hidden
        return Question(position, hidden, file if isinstance(file, str) else None)

    def after(self, cell: Watched, seen: Question | None, outcome: Outcome) -> None:  # noqa: ARG002 - the protocol
        """Have the order recorded, once there is time for it."""
        history: History | None = cell.history
        if seen is None or history is None:
            return
        run = cell.run

        def look() -> None:
            if run.order is not None:
                return
            order = find_order(history, seen, self._notebook.read(seen.file))
            if order is not None:
                run.order = order
                run.add_facet("order", "", order)

        run.find_order = look
        cell.later(look)


def find_order(history: History, asked: Question, saved: SavedNotebook | None) -> Order | None:
    """Return what the cell at the asked position depends on; None when it is not remembered."""
    cell = history.at(asked.position)
    if cell is None or names_of(cell) is None:
        return None
    used, undefined = _follow(history, cell, asked.hidden)
    chain = [(history.at(position), names) for position, names in sorted(used.items())]
    known = [(past, names) for past, names in chain if past is not None][:MAX_DEPENDENCIES]
    judge = _Judge(history, cell, saved, [past for past, _ in known])
    return Order(
        dependencies=[
            Dependency(
                position=past.position,
                names=sorted(names),
                cell_id=past.cell_id,
                execution_count=past.execution_count,
                problem=judge.problem_of(past, names),
            )
            for past, names in known
        ],
        looked_at="nothing" if saved is None else "saved notebook",
        undefined=sorted(undefined),
    )


def names_of(cell: PastCell) -> Any:
    """Return what a remembered cell does to names; of one from before the extension, by its source."""
    if cell.names is None and not cell.is_read:
        cell.is_read = True
        cell.names = names_of_source(cell.source)
    return cell.names


def _follow(
    history: History, target: PastCell, hidden: Container[str]
) -> tuple[dict[int, set[str]], set[str]]:
    """Return the positions that the target takes names from, and the names that nothing bound.

    What an earlier execution of the target itself set in a module, such as a seed, the target sets
    again: that execution is nothing that it depends on.
    """
    used: dict[int, set[str]] = {}
    undefined: set[str] = set()
    done: set[tuple[str, int]] = set()
    waiting = _reads(target, target.position)
    while waiting and len(used) <= MAX_DEPENDENCIES:
        name, before = waiting.pop()
        if (name, before) in done:
            continue
        done.add((name, before))
        sources = history.sources_of(name, before) or history.sources_of(_ANY, before)
        if not sources:
            if name not in hidden and not hasattr(builtins, name) and name != "__file__":
                undefined.add(name)
            continue
        for position in sources:
            past = history.at(position)
            if past is not None and name in past.modules and _is_again(past, target):
                continue
            is_new = position not in used
            used.setdefault(position, set()).add(name)
            if is_new and past is not None:
                waiting += _reads(past, target.position)
    return used, undefined


def _reads(cell: PastCell, end: int) -> list[tuple[str, int]]:
    """Return the names that a cell reads, and before which position they were bound.

    What only its functions read is looked up when they are called, so by the time of the target.
    """
    names = names_of(cell)
    if names is None:
        return []
    late = set(names.late)
    return [(name, end if name in late else cell.position) for name in names.reads]


def _is_again(past: PastCell, target: PastCell) -> bool:
    """Tell whether the target is the same cell, run once more."""
    if past.cell_id is not None and target.cell_id is not None:
        return past.cell_id == target.cell_id
    return past.source.strip() == target.source.strip()


class _Judge:
    """Holds earlier cells against the notebook as it was saved, and against the rest of the chain."""

    def __init__(
        self,
        history: History,
        target: PastCell,
        saved: SavedNotebook | None,
        chain: list[PastCell],
    ) -> None:
        self._history = history
        self._target = target
        self._saved = saved
        self._chain = [*chain, target]
        found = saved.find(target.cell_id, target.source) if saved is not None else None
        self._target_index = found.index if found is not None else None

    def problem_of(self, cell: PastCell, names: set[str]) -> Problem | None:
        """Return what is wrong with a dependency, None for what a reader would expect.

        A call of a module's function, such as ``plt.title()``, may leave something behind there, but
        in which order such cells ran is nothing to warn of.
        """
        calls_only = cell.modules.issuperset(names)
        if cell.cell_id is not None and cell.cell_id in self._history.deleted:
            return "deleted"
        later = self._history.latest_of(cell, until=self._target.position)
        if later is not None and later.source != cell.source and later is not self._target:
            return "edited"
        found = "out_of_order" if self._ran_twice(cell) else self._by_file(cell, names)
        return None if calls_only and found == "out_of_order" else found

    def _ran_twice(self, cell: PastCell) -> bool:
        return cell.cell_id is not None and any(
            other.cell_id == cell.cell_id and other.position > cell.position
            for other in self._chain
        )

    def _by_file(self, cell: PastCell, names: Iterable[str]) -> Problem | None:
        saved = self._saved
        if saved is None:
            return None
        found = saved.find(cell.cell_id, cell.source)
        was_saved_later = cell.started_at is not None and saved.saved_at > cell.started_at
        if found is None and (cell.cell_id is None or not saved.has_ids):
            return "unknown"
        if found is None:
            return "deleted" if was_saved_later else None
        if was_saved_later and found.source.strip() != cell.source.strip():
            return "edited"
        return "out_of_order" if self._is_out_of_order(found.index, names) else None

    def _is_out_of_order(self, index: int, names: Iterable[str]) -> bool:
        """Tell whether, from top to bottom, a cell at ``index`` would not give the target ``names``."""
        saved, target = self._saved, self._target_index
        if saved is None or target is None:
            return False
        return index > target or any(
            saved.binders(name, after=index, before=target)
            and not self._is_given_after(name, index)
            for name in names
        )

    def _is_given_after(self, name: str, index: int) -> bool:
        """Tell whether a cell of the chain that stands below ``index`` gave the name as well."""
        for other in self._chain[:-1]:
            known = names_of(other)
            if known is None or name not in {*known.bound, *known.changed}:
                continue
            found = self._saved.find(other.cell_id, other.source) if self._saved else None
            if found is not None and found.index > index:
                return True
        return False
