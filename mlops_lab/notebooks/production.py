"""Owns the production form of a notebook: plain papermill, with a cell of parameters and no magic of ours."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode

from mlops_lab.core.jobs import Parameter
from mlops_lab.core.kernelenv import cell_digest

from .imports import find_uses, guard_source
from .literals import (
    INJECTED_TAG,
    PARAMETERS_TAG,
    Literal,
    find_literals,
    find_parameters_cell,
    placed_cells,
    tags,
)
from .read import DEFAULT_KERNEL, kernel_name
from .source import PlacedCell, cut, our_lines

METADATA_KEY = "mlops_lab"
_VOLATILE = ("execution", "papermill", "collapsed", "scrolled")
_HINTS = {"none": "None"}


class Production(msgspec.Struct, frozen=True):
    """A production notebook, the digests of its tracked cells, and what was changed, in words."""

    notebook: NotebookNode
    tracked_cells: list[str]
    notes: list[str]


def make_production(
    notebook: NotebookNode,
    *,
    parameters: Sequence[Parameter],
    record: Mapping[str, Any],
    tracked: Collection[int] | None = None,
) -> Production:
    """Return the production form of a notebook; the one that is given stays as it is.

    Args:
        notebook: a Python notebook in format 4.5.
        parameters: the chosen parameters, with their defaults: literals of the notebook that can be
            parameters together.
        record: what to remember under the notebook's metadata.
        tracked: the indexes of the cells whose metrics belong to the run of a job; all that have
            the magic by default.
    """
    chosen = {parameter.name: parameter for parameter in parameters}
    literals = {item.name: item for item in find_literals(notebook).found if item.name in chosen}
    work = _Work(notebook, literals)
    _place_parameters(work, _parameters_source(chosen, literals))
    _place_guard(work)
    result = _finish(work, record)
    digests = work.tracked_cells(tracked)
    return Production(notebook=result, tracked_cells=digests, notes=work.notes)


class _Work:
    """The cells while they are changed. New sources are kept by index; new cells by where they go."""

    def __init__(self, notebook: NotebookNode, literals: Mapping[str, Literal]) -> None:
        self.notebook = notebook
        self.literals = literals
        self.placed = placed_cells(notebook)
        self.declared = find_parameters_cell(notebook)
        self.notes: list[str] = []
        self.sources = {index: self._cut(index, cell) for index, cell in self.placed.items()}
        self.before: dict[int, list[NotebookNode]] = {}
        self.moved: dict[int, str] = {}
        self.dropped = {i for i, c in enumerate(notebook.cells) if INJECTED_TAG in tags(c)}
        self.dropped |= {
            index
            for index, source in self.sources.items()
            if not source.strip() and notebook.cells[index].source.strip()
        }
        self._note_removals()

    def _cut(self, index: int, cell: PlacedCell) -> str:
        numbers = {x.statement for x in self.literals.values() if x.cell_index == index}
        source = cut(cell.source, [*our_lines(cell), *_statement_cuts(cell, numbers)])
        if cell.magics and numbers and len(numbers) == len(cell.body):
            # IPython refuses a cell magic without a body.
            source = f"{source.rstrip()}\npass"
        # A cut leaves the line end above it, or the blank lines below.
        if not cell.source.endswith("\n"):
            source = source.removesuffix("\n")
        return source if cell.source.startswith("\n") else source.lstrip("\r\n")

    def _note_removals(self) -> None:
        if any(our_lines(cell) for cell in self.placed.values()):
            self.notes.append("The lines %%track and %load_ext mlops_lab were taken out.")
        if any(INJECTED_TAG in tags(cell) for cell in self.notebook.cells):
            self.notes.append("The cell that papermill injected was left out.")

    def first_code(self) -> int:
        """Return the index of the first code cell."""
        codes = (i for i, c in enumerate(self.notebook.cells) if c.cell_type == "code")
        return next(codes, len(self.notebook.cells))

    def can_stay(self, index: int) -> bool:
        """Tell whether the parameters cell of the notebook can go on being it."""
        cell = self.placed.get(index)
        return cell is not None and cell.tree is not None and not cell.magics

    def insert(self, index: int, source: str, *, name: str, tag: str | None = None) -> None:
        """Put a new code cell before the cell at ``index``, after those put there already."""
        taken = {cell.id for cell in self.notebook.cells}
        taken |= {cell.id for cells in self.before.values() for cell in cells}
        numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
        cell_id = name if name not in taken else next(x for x in numbered if x not in taken)
        metadata = {"tags": [tag]} if tag else {}
        cell = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
            source, id=cell_id, metadata=metadata
        )
        self.before.setdefault(index, []).append(cell)

    def tracked_cells(self, wanted: Collection[int] | None) -> list[str]:
        """Return the digests of the wanted tracked cells as papermill will execute them."""
        have = [i for i, cell in self.placed.items() if cell.tracked and i not in self.dropped]
        taken = [index for index in have if wanted is None or index in wanted]
        if len(taken) < len(have):
            self.notes.append(
                "Only the cell of the run is tracked in jobs; what other %%track cells compute is "
                "not recorded."
            )
        return [cell_digest(self.moved.get(index, self.sources[index])) for index in taken]


def _statement_cuts(cell: PlacedCell, numbers: set[int]) -> list[tuple[int, int, str]]:
    """Return the cuts that take statements out: whole lines where nothing else stands on them."""
    cuts: list[tuple[int, int, str]] = []
    for group in sorted({cell.line_group(number) for number in numbers}):
        first, last = group
        spans = {number: cell.span(cell.body[number]) for number in range(first, last + 1)}
        kept = [number for number in spans if number not in numbers]
        if not kept:
            cuts.append((spans[first][0], cell.tail(first)[0], ""))
            continue
        before = [number for number in numbers & spans.keys() if number < kept[-1]]
        cuts.extend((spans[number][0], spans[number + 1][0], "") for number in before)
        if kept[-1] != last:
            cuts.append((spans[kept[-1]][1], spans[last][1], ""))
    return cuts


def _parameters_source(chosen: Mapping[str, Parameter], literals: Mapping[str, Literal]) -> str:
    lines = []
    for name, literal in literals.items():
        parameter = chosen[name]
        # By their texts: 1 and True, or 0.0 and -0.0, are equal and yet not the same.
        is_same = repr(parameter.default) == repr(literal.value)
        text = literal.text if is_same else repr(parameter.default)
        hint = _HINTS.get(parameter.type, parameter.type)
        comment = f"  # {parameter.comment}" if parameter.comment else ""
        lines.append(f"{name}: {hint} = {text}{comment}")
    return "\n".join(lines)


def _place_parameters(work: _Work, source: str) -> None:
    declared = work.declared
    if not source:
        return
    literals = work.literals.values()
    homes = [literal.cell_index for literal in literals]
    after = max(literal.after for literal in literals)
    if declared is None or not work.can_stay(declared) or not after < declared <= min(homes):
        # A literal must stand before the cell that needs it, and below what may bind its name.
        if declared is not None:
            _untag(work, declared)
        needed_at = min(literal.needed_at for literal in literals)
        at = work.first_code() if after < 0 else needed_at
        work.insert(at, source, name=PARAMETERS_TAG, tag=PARAMETERS_TAG)
        return
    rest = work.sources[declared]
    work.dropped.discard(declared)
    cell = work.placed[declared]
    has_code = len(cell.body) > sum(1 for home in homes if home == declared)
    if has_code:
        work.sources[declared] = source
        work.moved[declared] = rest
        work.insert(declared + 1, rest, name="derived-parameters")
        work.notes.append("Lines derived from parameters were moved below the parameters cell.")
        return
    work.sources[declared] = f"{rest.rstrip()}\n{source}" if rest.strip() else source


def _untag(work: _Work, index: int) -> None:
    cells = [copy.deepcopy(cell) for cell in work.notebook.cells]
    kept = [tag for tag in tags(cells[index]) if tag != PARAMETERS_TAG]
    cells[index].metadata["tags"] = kept
    work.notebook = copy.copy(work.notebook)
    work.notebook["cells"] = cells


def _place_guard(work: _Work) -> None:
    uses, binds_lab = find_uses(work.placed)
    if not uses:
        return
    work.insert(uses[0], guard_source(binds_lab=binds_lab), name="mlops-lab-guard")
    work.notes.append("Logging calls do nothing where mlops_lab is not installed.")


def _finish(work: _Work, record: Mapping[str, Any]) -> NotebookNode:
    result = copy.deepcopy(work.notebook)
    cells: list[NotebookNode] = []
    for index, cell in enumerate(result.cells):
        cells.extend(work.before.get(index, ()))
        if index in work.dropped:
            continue
        cell["source"] = work.sources.get(index, cell.source)
        cells.append(_cleared(cell))
    cells.extend(work.before.get(len(result.cells), ()))
    result["cells"] = cells
    for key in ("papermill", "widgets"):
        result.metadata.pop(key, None)
    result.metadata[METADATA_KEY] = dict(record)
    _name_kernel(result)
    return result


def _cleared(cell: NotebookNode) -> NotebookNode:
    if cell.cell_type == "code":
        cell["outputs"] = []
        cell["execution_count"] = None
        for key in _VOLATILE:
            cell.metadata.pop(key, None)
    return cell


def _name_kernel(notebook: NotebookNode) -> None:
    # papermill refuses a notebook that does not say which kernel and language it is for.
    spec = dict(notebook.metadata.get("kernelspec") or {})
    spec.setdefault("name", kernel_name(notebook) or DEFAULT_KERNEL)
    spec.setdefault("display_name", spec["name"])
    if not (notebook.metadata.get("language_info") or {}).get("name"):
        spec.setdefault("language", "python")
    notebook.metadata["kernelspec"] = spec
