"""Owns the words of a report: numbers, times, what differs in data and environment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from mlops_lab.core.clock import Millis, held_time
from mlops_lab.core.differences import DataVersionDiff
from mlops_lab.core.explanation import Explanation

from .content import Content, Shown

_SECOND, _MINUTE, _HOUR = 1000, 60_000, 3_600_000
_MAX_VALUE = 300
MAX_CAUSES = 12
"""Most causes that a report names."""


def number(value: str | float | None) -> str:
    """Return a value of a table; a number has six significant digits."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if len(value) <= _MAX_VALUE else f"{value[: _MAX_VALUE - 1]}…"
    return f"{value:.6g}"


def moment(value: Millis | None) -> str:
    """Return a time in UTC."""
    if value is None:
        return ""
    return datetime.fromtimestamp(held_time(value) / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def duration(value: Millis | None) -> str:
    """Return a duration such as ``4.2 s`` or ``1 h 5 min``."""
    if value is None:
        return ""
    if value < _MINUTE:
        return f"{value / _SECOND:.1f} s"
    if value < _HOUR:
        return f"{value // _MINUTE} min {value % _MINUTE // _SECOND} s"
    return f"{value // _HOUR} h {value % _HOUR // _MINUTE} min"


def facts_of(one: Shown) -> dict[str, str]:
    """Return what stands at the head of a report about a run."""
    summary, git = one.run.summary, one.capture.git
    commit = ""
    if git is not None and git.commit:
        commit = f"{git.commit[:12]}{' with changes' if git.dirty else ''}"
        commit += f" on {git.branch}" if git.branch else ""
    environment = one.capture.environment
    machine = f"Python {environment.python}, {environment.platform}" if environment else ""
    error = one.run.error
    return {
        "Run": summary.id,
        "Status": summary.status,
        "Experiment": summary.experiment,
        "User": summary.user,
        "Started": moment(summary.started_at),
        "Duration": duration(summary.duration_ms),
        "Notebook": summary.notebook_path or one.run.notebook_file or "",
        "Commit": commit,
        "Environment": machine,
        "Error": f"{error.name}: {error.message}" if error else "",
        "Note": one.note,
    }


def data_lines(content: Content) -> Iterator[tuple[str, str, str, str]]:
    """Yield (run, data, first digest, other digest with what differs) of data that differs."""
    for diff in content.data:
        for one in diff.versions:
            if not one.equal and one.known:
                yield content.label_of(diff.run_id), one.name, _version(one, 0), _version(one, 1)


def _version(one: DataVersionDiff, at: int) -> str:
    digest = one.digests[at]
    if digest is None:
        return "not read"
    shape = " x ".join(str(size) for size in one.shapes[at])
    told = f"{digest[:12]} ({shape})" if shape else digest[:12]
    if at and one.columns:
        columns = ", ".join(
            f"{column.name} ({', '.join(column.aspects)})" for column in one.columns[:8]
        )
        told += f"; columns: {columns}"
        told += f" and {len(one.columns) - 8} more" if len(one.columns) > 8 else ""  # noqa: PLR2004
    return told


def fact_lines(content: Content) -> Iterator[tuple[str, str, str, str]]:
    """Yield (run, fact, first value, other value) of what else differs."""
    for diff in content.surroundings:
        for fact in diff.facts:
            first, other = (value if value is not None else "none" for value in fact.values)
            name = fact.name if fact.name == fact.kind else f"{fact.kind} {fact.name}"
            yield content.label_of(diff.run_id), name, first, other


def literal_lines(content: Content) -> Iterator[tuple[str, str, str, str]]:
    """Yield (run, name, value before, value in the run) of what is written in the code otherwise."""
    for diff in content.cells:
        label = content.label_of(diff.run_id)
        renames = dict.fromkeys((r.before, r.after) for cell in diff.cells for r in cell.renames)
        for before, after in renames:
            yield label, "name of a variable", before, after
        for one in (one for cell in diff.cells for one in cell.literals):
            name = f"{one.name} of {one.of}" if one.name and one.of else one.name or one.of
            yield label, name or "a literal", one.before or "none", one.after or "none"


def cause_lines(why: Explanation) -> Iterator[tuple[str, str]]:
    """Yield (what differs, what speaks for it) of the likeliest causes, with their weight."""
    for cause in why.causes[:MAX_CAUSES]:
        told = " ".join(one.text for one in cause.evidence)
        yield f"{cause.title} ({cause.weight:.0%})", told
