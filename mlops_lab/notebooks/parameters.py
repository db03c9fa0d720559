"""Owns which literals are proposed as parameters, and which parameters can be declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mlops_lab.core.errors import MisfitError, did_you_mean
from mlops_lab.core.jobs import Parameter, ParameterType, ProposedParameter, ReasonCode
from mlops_lab.core.tracking import Param, ParamOrigin

from .literals import EXACT_INT, Literal, Literals, read_literal, type_of

_ORIGINS: Mapping[ParamOrigin, str] = {
    "assigned": "Assigned in the tracked cell.",
    "read": "Read by the tracked cell.",
    "option": "Given to the run by an option of the magic.",
    "injected": "Given to the run as a parameter.",
    "logged": "Logged as a param of the run.",
    "model": "A hyperparameter of a model of the run.",
}


def propose(literals: Literals, params: Iterable[Param] | None) -> list[ProposedParameter]:
    """Return the proposal for a notebook, in its order; ``params`` are those of a run of it.

    Chosen are the params of the run and what the notebook declares. Without a run (None) the
    literals of the tracked cells are chosen: they would be its params. Of literals that cannot be
    parameters together, those with the notebook's own parameters are chosen, or else the most.
    """
    seen = {param.name: param for param in params or ()}
    # A dict is recorded by its items, as ``cfg.rate``; it is set as a whole.
    names = seen.keys() | {_whole(param) for param in seen.values()}
    wanted = [
        literal
        for literal in literals.found
        if literal.declared or literal.name in names or (params is None and literal.tracked)
    ]
    place = _common_place(wanted)
    return [
        _propose(literal, seen.get(literal.name), wanted=literal in wanted, place=place)
        for literal in literals.found
    ]


def _whole(param: Param) -> str:
    """Return the name that the notebook knows a param by: of ``cfg.rate`` it is ``cfg``."""
    return param.name if param.origin == "model" else param.name.partition(".")[0]


def explain_missing(
    literals: Literals, proposed: Sequence[ProposedParameter], params: Iterable[Param]
) -> list[str]:
    """Return a warning for each param of a run that is not chosen as a parameter: which, and why."""
    by_name = {parameter.name: parameter for parameter in proposed}
    warnings = []
    for param in params:
        if param.origin == "model":
            # What a model was made with is told by the params that the cell gave it.
            continue
        parameter = by_name.get(param.name) or by_name.get(_whole(param))
        if param.name in literals.secrets or (parameter is not None and parameter.chosen):
            continue
        if parameter is not None:
            reason = parameter.reason
        elif param.name in literals.refused:
            reason = f"{literals.refused[param.name]}."
        else:
            reason = "no cell of the notebook assigns it."
        warnings.append(
            f"{param.name} was a param of the run but does not become a parameter: {reason}"
        )
    return warnings


def check_parameters(
    parameters: Sequence[Parameter], literals: Sequence[Literal]
) -> list[Parameter]:
    """Return the parameters as they can be declared: of a literal each, comments of one line.

    A whole number is taken for a float, and a parameter of type ``none`` that was given a value
    has the type of this value. Whether a default is of its type is for the job definition to say.

    Raises:
        MisfitError: a name is not that of a literal, or is there twice, or two literals
            cannot be parameters together.
    """
    known = {literal.name: literal for literal in literals}
    checked: dict[str, Parameter] = {}
    for parameter in parameters:
        if parameter.name not in known:
            hint = did_you_mean(parameter.name, known) or "It has no literals to choose from."
            raise MisfitError(
                f"The notebook has no literal {parameter.name!r} that could be a parameter.",
                hint=hint,
            )
        if parameter.name in checked:
            raise MisfitError(f"The parameter {parameter.name!r} is given twice.")
        checked[parameter.name] = _as_declared(parameter)
    _check_together([known[name] for name in checked])
    return list(checked.values())


def _check_together(literals: Sequence[Literal]) -> None:
    if not literals:
        return
    first = min(literals, key=lambda literal: literal.after)
    last = max(literals, key=lambda literal: literal.after)
    if first.after == last.after:
        return
    raise MisfitError(
        f"{first.name} and {last.name} cannot both be parameters: {_words(last)} is between them "
        "and may bind any name.",
        hint=f"Leave one of them a constant, or move {last.name} up in the notebook.",
    )


def _as_declared(parameter: Parameter) -> Parameter:
    value, kind = parameter.default, parameter.type
    if kind == "float" and type(value) is int and abs(value) <= EXACT_INT:
        value = float(value)
    if kind == "none":
        kind = type_of(value) or kind
    comment = " ".join(parameter.comment.split())
    return Parameter(name=parameter.name, type=kind, default=value, comment=comment)


def _common_place(wanted: Sequence[Literal]) -> int | None:
    """Return the barrier, by its cell, below which the chosen parameters stand; None if all may."""
    declared = [literal.after for literal in wanted if literal.declared]
    if declared:
        return declared[0]
    counts = Counter(literal.after for literal in wanted)
    return max(counts, key=lambda after: (counts[after], after), default=None)


def _propose(
    literal: Literal, param: Param | None, *, wanted: bool, place: int | None
) -> ProposedParameter:
    value, kind = (literal.value, literal.type) if param is None else _value_seen(literal, param)
    reason = _reason(literal, param, wanted=wanted, place=place)
    return ProposedParameter(
        name=literal.name,
        type=kind,
        value=value,
        chosen=wanted and literal.after == place,
        reason=reason.words,
        reason_code=reason.code,
        reason_values=reason.values,
        comment=literal.comment,
    )


class _Reason(msgspec.Struct, frozen=True):
    """Why, as a code with what it is about, and in words."""

    code: ReasonCode
    words: str
    values: list[str] = []


def _reason(literal: Literal, param: Param | None, *, wanted: bool, place: int | None) -> _Reason:
    if place is not None and literal.after != place:
        is_below = literal.after > place
        other = _words(literal) if is_below else "a place where any name may be bound"
        words = f"It cannot be a parameter together with the others: {other} is between them."
        cell = literal.barrier.cell_index + 1 if is_below and literal.barrier else None
        return _Reason("apart", words, [] if cell is None else [str(cell)])
    if param is not None:
        seen = _ORIGINS[param.origin]
        if _is_changed_by_code(literal) and repr(literal.value) != param.value:
            was = _short(param.value)
            words = f"{seen} It was {was} then; the default is what the text says."
            return _Reason("changed", words, [was])
        return _Reason(param.origin, seen)
    if literal.declared:
        return _Reason("declared", "In the parameters cell of the notebook.")
    if wanted:
        return _Reason("tracked", "A literal of the tracked cell.")
    return _Reason("constant", "A constant: the tracked cell neither assigns nor reads it.")


def _words(literal: Literal) -> str:
    if literal.barrier is None:
        return "nothing"
    return f"{literal.barrier.what} in cell {literal.barrier.cell_index + 1}"


def _value_seen(literal: Literal, param: Param) -> tuple[Any, ParameterType]:
    value = read_literal(param.value)
    if literal.type == "float" and type(value) is int and abs(value) <= EXACT_INT:
        value = float(value)
    kind = type_of(value)
    if kind is None or _is_changed_by_code(literal) or kind in ("list", "dict"):
        return literal.value, literal.type
    return value, kind


def _is_changed_by_code(literal: Literal) -> bool:
    """Tell whether what the run saw may be the work of code after the literal, which jobs repeat."""
    return literal.exposed or literal.type in ("list", "dict")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - what fits a line
