"""Owns the replay of a run: which cells are run again, in which order, and in which form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode

from mlops_lab.core.facets import HistoryCell
from mlops_lab.core.secrets import mask_text
from mlops_lab.core.tracking import Cell

from .literals import INJECTED_TAG, PARAMETERS_TAG, tags
from .read import DEFAULT_KERNEL
from .source import PlacedCell, cut, our_lines, place

METADATA_KEY = "mlops_lab"

_INSTALLS = re.compile(
    r"^\s*(?:[^\W\d][\w.]*\s*=\s*)?[%!]*.*?(?<![\w.-])(?:pip[\d.]*|uv|conda|mamba|micromamba|apt|apt-get)\s"
    r"(?:.*\s)?(?:install|uninstall|add|remove|sync|update|upgrade)\b"
)
_TARGET = re.compile(r"\s*([^\W\d][\w.]*\s*=)\s*!")
_OUR_READING = re.compile(r"\s*%(?:runs|compare|unload_ext\s+mlops_lab)\b")
_RESET = re.compile(r"(\s*%reset)\s*(?:#.*)?$")
_SHELLS = frozenset({"bash", "sh", "script", "system", "sx", "!"})
_MASKED = re.compile(r"""(?:["'=:]|//[^\s"']*:)\*\*\*(?:["'@\s]|$)""")
_LEFT_OPEN = re.compile(r"^(?!.*\bwith\b).*\bstart_run\s*\(", re.MULTILINE)
_NOTHING = "pass"
_TELLING_CHARS = 10_000
_STARTS_RUN = re.compile(r"\bstart_run\s*\(")


class ReplayCell(msgspec.Struct, frozen=True):
    """A cell to run again: as the history has it, and the source that is run in its place.

    ``own`` tells that it is a cell of the run itself, not one that ran before.
    """

    recorded: HistoryCell
    source: str
    own: bool

    @property
    def may_fail(self) -> bool:
        """Whether an error here is no news: it failed then too, or how it ended is not known."""
        return self.recorded.status != "ok"


class Replay(msgspec.Struct, frozen=True):
    """The cells in the order in which they ran, and what the reader must know of them, in words."""

    cells: list[ReplayCell]
    notes: list[str]


def plan_replay(
    history: Sequence[HistoryCell],
    cells: Sequence[Cell],
    *,
    run_id: str,
    ended_well: bool = True,
) -> Replay:
    """Return what must be run to get the run again.

    Args:
        history: the cells that ran in the kernel, as far as they are known.
        cells: the cells of the run itself; taken where the history does not have them.
        run_id: the run.
        ended_well: how the run's last cell ended, where the history does not tell.
    """
    ordered = sorted({cell.position: cell for cell in history}.values(), key=lambda c: c.position)
    known = _own_cells(ordered, cells, run_id)
    if known:
        ordered = [known.get(c.position, c) for c in ordered if c.position <= max(known)]
    places = [_place_of(cell) for cell in known.values()]
    # Those that ran in another kernel, or in one that died before it could tell of them.
    rest = [cell for cell in cells if _place_of(cell) not in places]
    first = ordered[-1].position + 1 if ordered else 0
    added = _as_history(rest, first=first, run_id=run_id, ended_well=ended_well)
    own = known.keys() | {cell.position for cell in added}
    ordered = [*ordered, *added]
    planned, installs = [], 0
    for cell in (one for one in ordered if one.source.strip()):
        source, found = runnable(cell.source, own=cell.position in own)
        installs += found
        planned.append(ReplayCell(recorded=cell, source=source, own=cell.position in own))
    notes = [*_gaps(ordered, own), *_unknown(planned), *_masked(planned), *_open_end(planned)]
    if installs:
        notes.append(f"Lines that install packages, not run again: {installs}.")
    return Replay(cells=planned, notes=notes)


def own_history(
    history: Sequence[HistoryCell], cells: Sequence[Cell], *, run_id: str
) -> Sequence[HistoryCell]:
    """Return the part of the history that began with a run, if a cell of the run is in it; or nothing."""
    return history if _own_cells(history, cells, run_id) else []


def as_script(replay: Replay, *, file: str, arguments: Sequence[str]) -> Replay:
    """Return the replay of a script: a cell before it gives it the arguments that it was started with."""
    lines = [
        f"__file__ = {file!r}",
        f"__import__('sys').argv[:] = {[file, *arguments]!r}",
        f"__import__('sys').path.insert(0, {str(PurePath(file).parent)!r})",
    ]
    start = HistoryCell(position=-1, source="", status="ok")
    cell = ReplayCell(recorded=start, source="\n".join(lines), own=False)
    return Replay(cells=[cell, *replay.cells], notes=replay.notes)


def plan_job(
    notebook: NotebookNode,
    *,
    parameters: Mapping[str, Any],
    executed: Sequence[HistoryCell] = (),
    tracked: Sequence[int],
    run_id: str,
) -> Replay:
    """Return the replay of a job: every code cell, below its parameters those that it was given.

    Args:
        notebook: the notebook of the job's revision.
        parameters: those that differ from their defaults.
        executed: what the job executed, as far as it is known.
        tracked: the indexes of the cells that belong to the run; without any, all do.
        run_id: the run of the job.
    """
    sources: list[tuple[str, bool]] = []
    at = next((i for i, c in enumerate(notebook.cells) if PARAMETERS_TAG in tags(c)), -1)
    given = "".join(f"{name} = {value!r}\n" for name, value in parameters.items())
    if given and at < 0:
        sources.append((given, False))
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and INJECTED_TAG not in tags(cell):
            sources.append((cell.source, not tracked or index in tracked))
        if given and index == at:
            sources.append((given, False))
    written = [(source, own) for source, own in sources if source.strip()]
    known = {cell.position: cell for cell in executed}
    planned = []
    for position, (source, own) in enumerate(written):
        found = known.get(position)
        if found is None or not _is_of(found, source, given=given):
            known.clear()
            found = HistoryCell(position=position, source=source, status="ok")
        recorded = msgspec.structs.replace(found, run_id=run_id if own else None)
        planned.append(ReplayCell(recorded=recorded, source=source, own=own))
    return Replay(cells=planned, notes=[])


def _is_of(executed: HistoryCell, source: str, *, given: str) -> bool:
    """Tell whether a job executed this cell; that of its parameters may be written in another way."""
    return source == given or _first(executed.source) == _first(mask_text(source))


def _first(source: str) -> str:
    return source.strip()[:_TELLING_CHARS]


def runnable(source: str, *, own: bool) -> tuple[str, int]:
    """Return a cell's source as it is run again, and how many lines that install packages it lost.

    Magics of ours that load, track and show are taken out; ``%%track`` stays on a cell of the run,
    and is put on one that was tracked without it.
    """
    placed = place(source)
    cuts = [found for found in our_lines(placed) if not (own and _is_track(source, found[0]))]
    lines, installs = _other_lines(placed)
    result = cut(source, [*cuts, *lines])
    if own and not placed.tracked and _STARTS_RUN.search(source) is None:
        result = f"%%track\n{result}"
    if not result.strip():
        result = _NOTHING
    return result, installs


def replay_notebook(replay: Replay, *, kernel_name: str | None) -> NotebookNode:
    """Return the notebook that is executed."""
    return _notebook([(cell, cell.source) for cell in replay.cells], kernel_name=kernel_name)


def restored_notebook(replay: Replay, *, kernel_name: str | None, about: str) -> NotebookNode:
    """Return a notebook for a reader: each cell as it was typed, below a few words ``about`` it."""
    notebook = _notebook(
        [(cell, cell.recorded.source) for cell in replay.cells if cell.recorded.source],
        kernel_name=kernel_name,
    )
    words = "\n".join([about, *(f"- {note}" for note in replay.notes)])
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(words, id="about"))  # type: ignore[no-untyped-call]
    return notebook


def _notebook(cells: Sequence[tuple[ReplayCell, str]], *, kernel_name: str | None) -> NotebookNode:
    name = kernel_name or DEFAULT_KERNEL
    notebook: NotebookNode = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    notebook.metadata["kernelspec"] = {"name": name, "display_name": name, "language": "python"}
    for number, (cell, source) in enumerate(cells):
        facts: dict[str, Any] = {"position": cell.recorded.position, "of_the_run": cell.own}
        if cell.recorded.cell_id:
            facts["cell_id"] = cell.recorded.cell_id
        notebook.cells.append(
            nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
                source,
                id=f"replay-{number}",
                execution_count=cell.recorded.execution_count,
                metadata={METADATA_KEY: facts},
            )
        )
    return notebook


def _own_cells(
    history: Sequence[HistoryCell], cells: Sequence[Cell], run_id: str
) -> dict[int, HistoryCell]:
    """Return the cells of the history that are the run's, whole; known by its id or by their sources."""
    whole = {_place_of(cell): cell.source for cell in cells}
    own = [cell for cell in history if cell.run_id == run_id]
    own = own or [cell for cell in history if _place_of(cell) in whole]
    return {
        cell.position: msgspec.structs.replace(
            cell, source=whole.get(_place_of(cell), cell.source), run_id=run_id
        )
        for cell in own
    }


def _place_of(cell: HistoryCell | Cell) -> tuple[int | None, str]:
    """Return what tells a cell of a kernel from others; a long one may be cut in the history."""
    return cell.execution_count, cell.source[:_TELLING_CHARS]


def _as_history(
    cells: Sequence[Cell], *, first: int, run_id: str, ended_well: bool
) -> list[HistoryCell]:
    return [
        HistoryCell(
            position=position,
            source=cell.source,
            cell_id=cell.cell_id,
            execution_count=cell.execution_count,
            status="ok" if ended_well or position < first + len(cells) - 1 else "error",
            run_id=run_id,
        )
        for position, cell in enumerate(cells, first)
    ]


def _gaps(ordered: Sequence[HistoryCell], own: set[int]) -> list[str]:
    before = [cell for cell in ordered if cell.position not in own]
    start = min(own, default=0)
    counts = [cell.execution_count for cell in ordered if cell.position == start]
    if not before and counts and (counts[0] or 0) > 1:
        return ["The cells before it were not recorded: only the run's own cell was run again."]
    notes = []
    missing = sum(b.position - a.position - 1 for a, b in pairwise(ordered))
    missing += ordered[0].position if ordered else 0
    if missing:
        cells = (
            "1 cell that ran before was"
            if missing == 1
            else f"{missing} cells that ran before were"
        )
        notes.append(f"{cells} not recorded.")
    return notes


def _unknown(planned: Sequence[ReplayCell]) -> list[str]:
    """Return a note if nobody saw how cells ended; of one that only loads the extension one knows."""
    count = sum(
        cell.recorded.status == "unknown" and not cell.own and cell.source != _NOTHING
        for cell in planned
    )
    if not count:
        return []
    which = f"{count} cell{'s'[: count != 1]} ran before the extension was loaded"
    return [f"{which}: only the effect on the metrics could be compared."]


def _masked(planned: Sequence[ReplayCell]) -> list[str]:
    count = sum(_MASKED.search(cell.recorded.source) is not None for cell in planned)
    if not count:
        return []
    return [
        f"{count} cell{'s'[: count != 1]} held a secret that was not recorded: *** stands in its place."
    ]


def _open_end(planned: Sequence[ReplayCell]) -> list[str]:
    """Return a note on a run that its cell opened without saying where it ends."""
    own = [cell.recorded.source for cell in planned if cell.own]
    if len(own) != 1 or _LEFT_OPEN.search(own[0]) is None or "end_run" in own[0]:
        return []
    return ["The run may have gone on in later cells: only the one that opened it was run again."]


def _is_track(source: str, start: int) -> bool:
    return source.startswith("%%track", start)


def _other_lines(placed: PlacedCell) -> tuple[list[tuple[int, int, str]], int]:
    """Return the cuts that take out what must not run again, and how many install packages."""
    is_shell = not _SHELLS.isdisjoint(placed.magics)
    cuts: list[tuple[int, int, str]] = []
    installs, at, number = 0, 0, 0
    while number < len(placed.lines):
        first, text = at, placed.lines[number]
        number += 1
        at += len(text)
        is_magic = number in placed.masked and not text.lstrip().startswith("%%")
        if not (is_magic or is_shell or placed.tree is None):
            continue
        if (reset := _RESET.match(text.rstrip("\r\n"))) is not None:
            cuts.append((first, at, f"{reset[1]} -f\n"))
            continue
        is_install = _INSTALLS.match(text) is not None
        if not is_install and _OUR_READING.match(text) is None:
            continue
        while placed.lines[number - 1].rstrip("\r\n").endswith("\\") and number < len(placed.lines):
            at += len(placed.lines[number])
            number += 1
        installs += is_install
        cuts.append((first, at, _in_place_of(text, is_shell=is_shell)))
    return cuts, installs


def _in_place_of(text: str, *, is_shell: bool) -> str:
    if is_shell:
        return ":\n"
    indent = text[: len(text) - len(text.lstrip())]
    target = _TARGET.match(text)
    if target is not None:
        return f"{indent}{target[1]} []\n"
    return f"{indent}pass  # not run again: {text.strip()}\n"
