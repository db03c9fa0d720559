"""Owns the structs that say why one run is better or worse than another, on the evidence."""

from __future__ import annotations

from typing import Literal

import msgspec

from .numbers import WireNumber
from .tracking import Direction

CauseKind = Literal[
    "param", "code", "data", "model", "seed", "order", "environment", "hardware", "git"
]

Section = Literal["params", "code", "data", "model", "order", "environment", "hardware", "git"]
"""The part of a comparison in which a difference is shown."""

EvidenceKind = Literal["alone", "pairs", "trend", "groups", "noise", "fact", "none"]
"""``alone``: nothing else differs. ``pairs``: runs that differ in this alone. ``trend``: rank
correlation over other runs. ``groups``: means of other runs with either value. ``noise``: runs that
differ in nothing. ``fact``: what the records say of the difference itself. ``none``: no other run
tells anything of it."""

Verdict = Literal[
    "alone", "likely", "unclear", "noise", "same_value", "nothing_differs", "no_value"
]
"""``alone``: one thing differs. ``likely``: other runs speak for the first cause. ``unclear``: no
cause stands out. ``noise``: runs that differ in nothing lie as far apart. ``same_value`` and
``nothing_differs`` are as they say. ``no_value``: one of the runs has no value to compare."""


RemarkWord = Literal[
    "becomes",
    "default",
    "in_code",
    "lines",
    "cells_moved",
    "order_problems",
    "cell_added",
    "cell_removed",
    "cell_changed",
    "data_order",
    "data_content",
    "columns_added",
    "columns_removed",
    "columns_retyped",
    "column_apart",
    "columns_apart",
    "column_missing",
    "values_gained",
    "values_lost",
    "package",
    "package_used",
    "packages",
    "packages_unused",
    "model_params",
    "python",
    "platform",
    "variable",
    "hardware",
    "git_too",
    "run_failed",
    "run_unfinished",
    "run_without_value",
    "no_metric",
    "data_unknown",
    "unrecorded_of_one",
    "unrecorded_of_both",
]
"""What a remark says; ``tracking.remarks`` has the English of each."""


class Remark(msgspec.Struct, frozen=True):
    """Something that is said of a difference or a run, by its parts, for a screen of any language.

    ``names`` are what it is said of, ``numbers`` what was counted or measured; shares and distances
    are from 0 to 1. ``more`` counts further names that are left out.
    """

    word: RemarkWord
    names: list[str] = []
    numbers: list[float] = []
    more: int = 0


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a cause, or against it where ``supports`` is False; None says neither.

    ``runs`` is how many runs, or pairs of runs, it is of; ``value`` the mean effect, correlation,
    difference of means or range. A fact has its parts in ``remark``.
    """

    kind: EvidenceKind
    text: str
    supports: bool | None = None
    runs: int = 0
    value: float | None = None
    remark: Remark | None = None


class Cause(msgspec.Struct, frozen=True):
    """Something that differs and may be why, with what was before and after.

    ``weight`` is from 0 to 1: how plausible it is as a cause, by the rule in the documentation.
    ``section`` and ``name`` say where a comparison shows it. ``remark`` has the parts of the title
    where ``kind``, ``name``, ``before`` and ``after`` do not tell it.
    """

    kind: CauseKind
    name: str
    title: str
    before: str | None
    after: str | None
    weight: float
    evidence: list[Evidence]
    section: Section
    remark: Remark | None = None


class Explanation(msgspec.Struct, frozen=True):
    """Why ``run_id`` is better or worse than ``baseline`` by a metric, the likeliest cause first.

    ``values`` are those of the baseline and of the other run, ``change`` is the one less the other;
    ``better`` is None where neither is. ``noise`` is how far runs lay apart that differ in nothing
    but seeds, ``noise_runs`` how many they were; None where there are none. ``looked_at`` counts
    the other runs of the experiment that were read; where it is not ``is_exact`` there are more.
    ``notes`` are ``remarks`` in English.
    """

    baseline: str
    run_id: str
    metric: str | None
    direction: Direction | None
    values: list[WireNumber | None]
    change: float | None
    better: bool | None
    verdict: Verdict
    summary: str
    noise: float | None
    noise_runs: int
    looked_at: int
    is_exact: bool
    causes: list[Cause]
    notes: list[str]
    remarks: list[Remark] = []
