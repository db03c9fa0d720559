"""Owns which method of the client answers for which route of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__mlops_lab_routes__"


def calls(*operation_ids: str) -> Callable[[F], F]:
    """Say which operations of the contract a method calls."""

    def mark(method: F) -> F:
        setattr(method, _MARK, operation_ids)
        return method

    return mark


def called_by(kind: type) -> set[str]:
    """Return the operations that the methods of ``kind`` call."""
    return {name for method in vars(kind).values() for name in getattr(method, _MARK, ())}
