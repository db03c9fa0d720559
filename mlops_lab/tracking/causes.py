"""Owns what may be why two runs differ: their differences as candidates, each told once (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from mlops_lab.core.celldiff import CellsDiff, LiteralChange
from mlops_lab.core.data import DataVersion
from mlops_lab.core.explanation import CauseKind, Remark, RemarkWord
from mlops_lab.core.literals import plain_value
from mlops_lab.core.tracking import Cell, Param, Run
from mlops_lab.notebooks.celldiff import diff_cells

from .candidate import PRIOR, Candidate, changed
from .datacauses import data_candidates
from .differences import Surroundings, diff_data, diff_surroundings
from .features import CODE, is_default, is_seed, param_feature
from .remarks import in_english, lines
from .surroundingcauses import surrounding_candidates

_AMBIGUOUS = frozenset({"True", "False", "None"})
_SHOWN = 80
_CELL_WORDS: dict[str, RemarkWord] = {"added": "cell_added", "removed": "cell_removed"}


class Side(msgspec.Struct, frozen=True):
    """One of the two runs: what it holds, took in, ran with and built on."""

    run: Run
    data: Sequence[DataVersion]
    surroundings: Surroundings
    cells: Sequence[Cell]


def find_candidates(before: Side, after: Side) -> list[Candidate]:
    """Return everything recorded that differs between two runs, each difference once.

    A hyperparameter that changed as a param did, and a literal of the code that is recorded as a
    param, are told with that param.
    """
    run_id = after.run.summary.id
    (cells,) = diff_cells(before.cells, {run_id: after.cells})
    facts = diff_surroundings(run_id, before.surroundings, after.surroundings).facts
    models = {fact.name for fact in facts if fact.kind == "model"}
    params = list(_params(before.run, after.run, models))
    literals = [change for cell in cells.cells for change in cell.literals]
    params, own = _with_literals(params, literals)
    return [
        *params,
        *own,
        *data_candidates(diff_data(run_id, before.data, after.data)),
        *_code(cells),
        *_order(before.run, after.run, cells),
        *surrounding_candidates(
            facts,
            sources=[cell.source for side in (before, after) for cell in side.cells],
            models=[*before.surroundings.models, *after.surroundings.models],
        ),
    ]


def _params(before: Run, after: Run, models: set[str]) -> Iterator[Candidate]:
    sides = [{param.name: param for param in run.params} for run in (before, after)]
    names = [
        name
        for name in {**sides[0], **sides[1]}
        if _value(sides[0], name) != _value(sides[1], name)
    ]
    given = [name for name in names if not _is_inner(sides, name)]
    inner = [name for name in names if name not in given]
    echoes: dict[str, list[str]] = {}
    for name in inner:
        source = next((one for one in given if _echoes(sides, name, one)), None)
        if source is not None:
            echoes.setdefault(source, []).append(name)
    told = {name for some in echoes.values() for name in some}
    for name in names:
        is_of_model = name in inner and name.partition(".")[0] in models
        # Another class of model has other hyperparameters; they are told with it.
        if name not in told and not is_of_model:
            yield _param(sides, name, echoes.get(name, []))


def _param(sides: Sequence[dict[str, Param]], name: str, echoes: Sequence[str]) -> Candidate:
    values = [_shown(_value(side, name)) for side in sides]
    found = [side[name] for side in sides if name in side]
    kind = "default" if all(is_default(one) for one in found) else "param"
    facts = [Remark("becomes", [one]) for one in echoes]
    if kind == "default":
        facts.append(Remark("default"))
    return Candidate(
        kind="seed" if is_seed(name) else "param",
        name=name,
        title=changed(name, *values),
        before=values[0],
        after=values[1],
        section="params",
        prior=PRIOR["seed" if is_seed(name) else kind],
        features=tuple(param_feature(one) for one in (name, *echoes)),
        facts=tuple(facts),
    )


def _value(side: dict[str, Param], name: str) -> str | None:
    return side[name].value if name in side else None


def _is_inner(sides: Sequence[dict[str, Param]], name: str) -> bool:
    return all(side[name].origin == "model" for side in sides if name in side)


def _echoes(sides: Sequence[dict[str, Param]], inner: str, given: str) -> bool:
    """Tell whether a hyperparameter has the values of a param, before and after."""
    values = [_value(side, inner) for side in sides]
    if values != [_value(side, given) for side in sides]:
        return False
    return inner.rpartition(".")[2] == given or not _AMBIGUOUS.intersection(map(str, values))


def _with_literals(
    params: Sequence[Candidate], literals: Sequence[LiteralChange]
) -> tuple[list[Candidate], list[Candidate]]:
    """Return the params, and the literals that no param tells already."""
    known = {(name.rpartition(".")[2], one.before, one.after)
             for one in params for name in _names_of(one)}  # fmt: skip
    own = [
        one
        for one in literals
        if (one.name.rpartition(".")[2], _shown(one.before), _shown(one.after)) not in known
    ]
    return list(params), [_literal(one) for one in own]


def _names_of(candidate: Candidate) -> Iterator[str]:
    for feature in candidate.features:
        yield feature.removeprefix(param_feature(""))


def _literal(change: LiteralChange) -> Candidate:
    called = change.of if change.place in ("argument", "keyword", "default") else ""
    name = f"{change.name} of {called}" if change.name and called else change.name or called
    values = [_shown(change.before), _shown(change.after)]
    written = change.after if change.after is not None else change.before
    is_text = (written or "")[:1] in ("'", '"', "f")
    kind: CauseKind = "seed" if is_seed(change.name) else "param"
    prior = "seed" if kind == "seed" else "text" if is_text else "number"
    return Candidate(
        kind=kind,
        name=change.name or called,
        title=changed(name or "A literal of the code", *values),
        before=values[0],
        after=values[1],
        section="code",
        prior=PRIOR[prior],
        features=(CODE,),
        facts=(Remark("in_code", numbers=[change.line]),),
    )


def _code(cells: CellsDiff) -> Iterator[Candidate]:
    for cell in cells.cells:
        counts = [sum(line.kind == kind for line in cell.lines) for kind in ("removed", "added")]
        if not cell.rewritten:
            continue
        place = next(place for place in reversed(cell.places) if place is not None)
        remark = Remark(_CELL_WORDS.get(cell.change, "cell_changed"), numbers=[place + 1])
        yield Candidate(
            kind="code",
            name=str(place),
            title=in_english(remark),
            before=lines(counts[0]),
            after=lines(counts[1]),
            section="code",
            prior=PRIOR["code"],
            features=(CODE,),
            facts=(Remark("lines", numbers=list(counts)),),
            remark=remark,
        )


def _order(before: Run, after: Run, cells: CellsDiff) -> Iterator[Candidate]:
    moved = [cell for cell in cells.cells if cell.moved]
    problems = [run.summary.has_order_problems for run in (before, after)]
    if not moved and problems[0] == problems[1]:
        return
    facts = [Remark("cells_moved", numbers=[len(moved)])] if moved else []
    if problems[0] != problems[1]:
        facts.append(Remark("order_problems"))
    words = {True: "not in the order of the notebook", False: "in the order of the notebook"}
    yield Candidate(
        kind="order",
        name="order of cells",
        title="Cells ran in another order",
        before=words[problems[0]],
        after=words[problems[1]],
        section="order",
        prior=PRIOR["order"],
        features=(CODE,),
        facts=tuple(facts),
    )


def _shown(value: str | None) -> str | None:
    if value is None:
        return None
    text = plain_value(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
