"""Owns the object for a training loop that somebody writes: PyTorch calls nobody back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from .points import Points


class Loop:
    """Logs the points of a loop. ``step`` counts the calls of ``log`` from 0 where none is given."""

    def __init__(self, *, model: Any = None, optimizer: Any = None) -> None:
        self._model = model
        self._optimizer = optimizer
        self._points = Points()
        self._steps = count()

    def log(self, *, step: int | None = None, **metrics: Any) -> None:
        """Log one point of each metric: numbers, and tensors of no dimension.

        With an optimizer the learning rate of each of its groups is logged too, as ``lr``, and
        with a model ``grad_norm``, the Euclidean norm of all gradients as they are then. Reading a
        tensor of a GPU waits until it is computed; log once an epoch where that matters.
        """
        at = next(self._steps) if step is None else step
        self._points.log({**self._rates(), **self._norm(), **metrics}, step=at)

    def _rates(self) -> dict[str, Any]:
        groups = getattr(self._optimizer, "param_groups", None) or []
        many = len(groups) > 1
        return {f"lr.{n}" if many else "lr": group.get("lr") for n, group in enumerate(groups)}

    def _norm(self) -> dict[str, float]:
        squares = list(self._squares())
        return {"grad_norm": sum(squares) ** 0.5} if squares else {}

    def _squares(self) -> Iterator[float]:
        if self._model is None:
            return
        for weight in self._model.parameters():
            if weight.grad is not None:
                yield float(weight.grad.detach().pow(2).sum())
