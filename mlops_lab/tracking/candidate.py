"""Owns a difference that may be a cause, and how plausible each kind is before any evidence."""

from __future__ import annotations

from typing import Final

import msgspec

from mlops_lab.core.explanation import CauseKind, Remark, Section

PRIOR: Final = {
    "param": 0.5,
    "default": 0.1,
    "number": 0.4,
    "text": 0.1,
    "data": 0.5,
    "data order": 0.15,
    "model": 0.5,
    "code": 0.45,
    "seed": 0.25,
    "order": 0.15,
    "used package": 0.25,
    "other package": 0.03,
    "python": 0.05,
    "platform": 0.02,
    "variable": 0.02,
    "hardware": 0.05,
    "git": 0.1,
}
"""How plausible a difference is as a cause by what it is; the table of the documentation."""


class Candidate(msgspec.Struct, frozen=True):
    """A difference between two runs, in plain words.

    ``features`` name it among what runs were made of: the first has ``values`` before and after, the
    others go with it. ``facts`` are what the records say of the difference, ``remark`` is the title
    by its parts where kind, name and values do not tell it.
    """

    kind: CauseKind
    name: str
    title: str
    before: str | None
    after: str | None
    section: Section
    prior: float
    features: tuple[str, ...] = ()
    facts: tuple[Remark, ...] = ()
    remark: Remark | None = None


def changed(name: str, before: str | None, after: str | None) -> str:
    """Return the words for a value that is another, new, or gone."""
    if before is None:
        return f"{name} is {after}; it was not set"
    return (
        f"{name} is not set; it was {before}"
        if after is None
        else f"{name} is {after} instead of {before}"
    )
