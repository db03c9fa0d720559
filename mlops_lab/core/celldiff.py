"""Owns the structs that say how the cells of two runs differ, in the words of their code."""

from __future__ import annotations

from typing import Literal

import msgspec

CellChange = Literal["same", "changed", "added", "removed"]

LiteralPlace = Literal["assigned", "keyword", "argument", "default", "item", "other"]
"""Where a literal stands: assigned to a name, passed by keyword or by place, the default of a
parameter, an item of a dict, or anywhere else."""


class DiffLine(msgspec.Struct, frozen=True):
    """A line of a code diff between the baseline and another run; ``skipped`` counts equal lines."""

    kind: Literal["same", "added", "removed", "skipped"]
    text: str


class Rename(msgspec.Struct, frozen=True):
    """A variable that has another name everywhere, and is otherwise used as before."""

    before: str
    after: str


class LiteralChange(msgspec.Struct, frozen=True):
    """A literal that has another value; None where it is not written in that run.

    ``name`` is the variable, keyword, parameter or key that it belongs to, empty where it has none;
    ``of`` is what is called, defined or assigned, such as ``RandomForestClassifier``. ``line`` is
    the line of the cell in the other run, from 1; of what is gone, in the baseline.
    """

    name: str
    before: str | None
    after: str | None
    place: LiteralPlace = "assigned"
    of: str = ""
    line: int = 0


class CellDiff(msgspec.Struct, frozen=True):
    """A cell of the baseline beside the one of the other run that it became.

    ``places`` counts the cells of each run from 0, None where the run lacks it. ``moved`` says that
    it ran in another order among its neighbours. ``cosmetic`` says that only comments, blank lines,
    docstrings or formatting differ, ``rewritten`` that some code is neither renamed nor a literal that
    differs. ``lines`` is what renames and literals leave to be told, with
    some lines around; of a cell that only one run has, the whole source. ``understood`` is False
    where the code could not be read as Python, so that lines alone are compared.
    """

    change: CellChange
    places: list[int | None]
    cell_ids: list[str | None]
    moved: bool = False
    cosmetic: bool = False
    understood: bool = True
    rewritten: bool = False
    renames: list[Rename] = []
    literals: list[LiteralChange] = []
    lines: list[DiffLine] = []


class CellsDiff(msgspec.Struct, frozen=True):
    """How the cells of ``run_id``, in the order in which they ran, differ from the baseline's.

    They are its own and the earlier ones that it took names from. ``equal`` says that no cell
    differs in more than comments and formatting, and none has moved.
    """

    run_id: str
    equal: bool
    cells: list[CellDiff]
