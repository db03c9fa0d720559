"""Owns the line under a tracked cell in front ends that do not draw one themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_lab.core.facets import Order
from mlops_lab.core.ids import short_id

from .display import OwnLine
from .run import RunLog
from .standing import Standing, is_better, shown_number, value_of

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAX_PROBLEMS = 3
_WORDS = {
    "deleted": "was deleted",
    "edited": "was edited after it ran",
    "out_of_order": "ran out of order",
    "unknown": "is not in the notebook",
}


def draws_chips(shell: InteractiveShell, *, has_server: bool) -> bool:
    """Tell whether the front end of the running cell is a JupyterLab, which draws the chip itself."""
    get_parent = getattr(shell, "get_parent", None)
    if not has_server or get_parent is None:
        return False
    metadata = (get_parent() or {}).get("metadata") or {}
    return "deletedCells" in metadata or "recordTiming" in metadata


def show_line(shell: InteractiveShell, text: str) -> None:
    """Show one line with the cell's outputs."""
    shell.display_pub.publish({"text/plain": OwnLine(text)}, {})


def chip_text(run: RunLog, primary: str | None, standing: Standing) -> str:
    """Return the line: name, id, primary metric, difference to the best, and problems of order."""
    parts = [f"Run {run.name or 'of the job'} ({short_id(run.run_id)}) {run.status}"]
    value = value_of(run, primary)
    if primary is not None and value is not None:
        parts.append(
            f"{primary} {shown_number(value)}{_against_best(run, primary, value, standing)}"
        )
    parts += _problems(run.order)
    parts.append(f"mlops-lab runs show {short_id(run.run_id)}")
    return " | ".join(parts)


def _against_best(run: RunLog, primary: str, value: float, standing: Standing) -> str:
    best = standing.best_of(run.started.experiment, primary) if run.started is not None else None
    if best is None:
        return ""
    if value == best.value:
        return " (as the best)"
    difference = f"{value - best.value:+.6g}"
    if is_better(value, best.value, best.direction):
        return f" (new best, {difference})"
    return f" ({difference} to the best, {shown_number(best.value)})"


def _problems(order: Any) -> list[str]:
    if not isinstance(order, Order):
        return []
    found = [
        f"cell [{one.execution_count if one.execution_count is not None else '?'}] "
        f"{_WORDS[one.problem or 'unknown']}"
        for one in order.problems
        if one.problem != "unknown"
    ]
    if len(found) > _MAX_PROBLEMS:
        found = [*found[:_MAX_PROBLEMS], f"{len(found) - _MAX_PROBLEMS} more"]
    return [f"hidden state: {', '.join(found)}"] if found else []
