"""Owns what a benchmark yields, and how medians and ratios are shown."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """Ours beside a peer or the floor, which ``name`` says, in ``unit``; ``ratio`` is ours / other.

    ``target`` is the largest ratio that is good enough, None where the row only informs. ``also``
    is a further condition, and ``note`` says it in words.
    """

    name: str
    ours: float
    other: float
    unit: str
    ratio: float
    target: float | None
    p99: float | None = None
    note: str = ""
    also: bool = True

    @property
    def met(self) -> bool | None:
        """Whether this run met the target."""
        return None if self.target is None else self.ratio <= self.target and self.also


def median(samples: Sequence[float]) -> float:
    return statistics.median(samples)


def p99(samples: Sequence[float]) -> float:
    return statistics.quantiles(samples, n=100, method="inclusive")[98]


def show_table(rows: Iterable[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{platform.machine()}, Python {platform.python_version()}; medians")
    for heading in ("name", "ours", "p99", "peer/floor", "ratio", "target", "met", "note"):
        words = heading in {"name", "met", "note"}
        table.add_column(heading, justify="left" if words else "right", overflow="fold")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.ours:,.2f} {row.unit}",
            "" if row.p99 is None else f"{row.p99:,.2f} {row.unit}",
            f"{row.other:,.2f} {row.unit}",
            f"{row.ratio:,.2f}",
            "" if row.target is None else f"<= {row.target:,.2f}",
            {True: "yes", False: "NO", None: ""}[row.met],
            row.note,
        )
    Console(width=150).print(table)


def show_json(rows: Iterable[Row]) -> None:
    print(json.dumps([{**asdict(row), "met": row.met} for row in rows], indent=2))
