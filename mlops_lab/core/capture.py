"""Owns the kinds of capture: their names, and which of them the user switched off."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from .errors import InvalidInputError, did_you_mean

NO_CAPTURE = "MLOPS_LAB_NO_CAPTURE"
"""Environment variable: kinds of capture that are off, separated by commas; ``all`` is every kind."""

MASKED_COLUMNS = "MLOPS_LAB_MASKED_COLUMNS"
"""Environment variable: columns of tables whose values are never stored, separated by commas."""

CaptureKind = Literal[
    "code",
    "history",
    "outputs",
    "params",
    "metrics",
    "data",
    "files",
    "model",
    "trials",
    "environment",
    "git",
    "hardware",
    "chip",
]
"""What is captured of a tracked cell without being asked; ``history`` are the cells that ran before
it, ``trials`` the children of a search, ``chip`` the line under the cell."""

CAPTURE_KINDS: tuple[CaptureKind, ...] = get_args(CaptureKind)

_SEPARATORS = re.compile(r"[\s,;]+")


def parse_kinds(words: Iterable[str]) -> frozenset[CaptureKind]:
    """Return the kinds that ``words`` name; a word may hold several, separated by commas.

    Raises:
        InvalidInputError: a word is no kind; the nearest one is named.
    """
    found: set[CaptureKind] = set()
    for word in (part for text in words for part in _SEPARATORS.split(text.strip()) if part):
        if word == "all":
            return frozenset(CAPTURE_KINDS)
        kind = next((known for known in CAPTURE_KINDS if known == word), None)
        if kind is None:
            raise InvalidInputError(
                f"{word!r} is not a kind of capture.",
                hint=did_you_mean(word, CAPTURE_KINDS) or f"Known: {', '.join(CAPTURE_KINDS)}.",
            )
        found.add(kind)
    return frozenset(found)


def kinds_off(environ: Mapping[str, str] = os.environ) -> frozenset[CaptureKind]:
    """Return the kinds that the environment switches off.

    Raises:
        InvalidInputError: ``MLOPS_LAB_NO_CAPTURE`` names something that is no kind.
    """
    return parse_kinds([environ.get(NO_CAPTURE, "")])
