"""Owns the type of a point's value in a row: a float whose -0.0 stays one, also in SQLite."""

from __future__ import annotations

from collections.abc import Callable
from math import copysign
from typing import Any

from sqlalchemy import Dialect, Float, TypeDecorator

from .pointcolumns import NEGATIVE_ZERO


class PointValue(TypeDecorator[float]):
    """A float; a column of numbers of SQLite would make -0.0 a 0."""

    impl = Float
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what makes a value the one that the database keeps."""
        return _kept if dialect.name == "sqlite" else None

    def result_processor(
        self,
        dialect: Dialect,
        coltype: object,  # noqa: ARG002 - as in TypeDecorator
    ) -> Callable[[Any], Any] | None:
        """Return what makes a kept value a float again."""
        return _shown if dialect.name == "sqlite" else None


def _kept(value: float | None) -> float | bytes | None:
    return NEGATIVE_ZERO if value == 0.0 and copysign(1.0, value) < 0 else value


def _shown(value: float | bytes | None) -> float | None:
    return float(value) if isinstance(value, bytes) else value
