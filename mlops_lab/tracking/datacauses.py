"""Owns how a difference of data is told as a possible cause: rows, columns, values (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_lab.core.differences import ColumnDiff, DataDiff, DataVersionDiff

from .candidate import PRIOR, Candidate
from .features import data_feature

FAR = 0.1
"""A column whose distance is at least so much is told by name."""
MUCH_MISSING = 0.02
"""A share of missing values that changed by so much is told."""
_TOLD = 3
_DIGEST_CHARS = 12


def data_candidates(diff: DataDiff) -> Iterator[Candidate]:
    """Give the tables and files that are known to differ; what the cells made themselves follows."""
    versions = [one for one in diff.versions if one.known and not one.equal and one.role != "made"]
    alone = [{one.digests[side]: one.name for one in versions if one.digests[1 - side] is None}
             for side in (0, 1)]  # fmt: skip
    renamed = alone[0].keys() & alone[1].keys()
    for version in versions:
        if not renamed.isdisjoint(version.digests):
            continue
        yield Candidate(
            kind="data",
            name=version.name,
            title=_title(version),
            before=_shown(version, 0),
            after=_shown(version, 1),
            section="data",
            prior=PRIOR["data order" if version.same_content else "data"],
            features=(data_feature(version.name),),
            facts=tuple(_facts(version)),
        )


def unknown_data(diff: DataDiff) -> list[str]:
    """Return the names of data of which nobody can say whether it differs."""
    return [one.name for one in diff.versions if not one.known and one.role != "made"]


def _title(version: DataVersionDiff) -> str:
    if version.digests[0] is None:
        return f"{version.name} is read; it was not before"
    if version.digests[1] is None:
        return f"{version.name} is not read; it was before"
    if version.same_content:
        return f"The data {version.name} has its rows or columns in another order"
    rows = [next(iter(shape), None) for shape in version.shapes]
    if None not in rows and rows[0] != rows[1]:
        return f"The data {version.name} has other rows: {rows[0]:,} before, {rows[1]:,} now"
    return f"The data {version.name} has other content"


def _shown(version: DataVersionDiff, side: int) -> str | None:
    digest = version.digests[side]
    if digest is None:
        return None
    shape = " x ".join(f"{extent:,}" for extent in version.shapes[side])
    return shape or digest.rpartition(":")[2][:_DIGEST_CHARS]


def _facts(version: DataVersionDiff) -> Iterator[str]:
    for aspect, words in (("added", "new"), ("removed", "gone"), ("type", "of another type")):
        names = [column.name for column in version.columns if aspect in column.aspects]
        if names:
            yield f"Columns that are {words}: {_list(names)}."
    far = sorted(
        (column for column in version.columns if _distance(column) >= FAR),
        key=_distance,
        reverse=True,
    )
    for column in far[:_TOLD]:
        yield f"The values of {column.name} lie {_distance(column):.2f} apart (0 alike, 1 disjoint)."
    if len(far) > _TOLD:
        yield f"So do those of {len(far) - _TOLD} more columns."
    yield from [words for column in version.columns if (words := _missing(column))][:_TOLD]
    for column in [one for one in version.columns if one.profile is not None][:_TOLD]:
        assert column.profile is not None  # noqa: S101 - it was just asked
        if column.profile.gained:
            yield f"{column.name} has new values: {_list(column.profile.gained)}."
        if column.profile.lost:
            yield f"{column.name} lacks values: {_list(column.profile.lost)}."


def _missing(column: ColumnDiff) -> str:
    if column.profile is None:
        return ""
    shares = [stats.missing for stats in column.profile.stats]
    if shares[0] is None or shares[1] is None or abs(shares[0] - shares[1]) < MUCH_MISSING:
        return ""
    return f"Of {column.name}, {shares[1]:.0%} is missing; it was {shares[0]:.0%}."


def _distance(column: ColumnDiff) -> float:
    return column.profile.distance or 0.0 if column.profile is not None else 0.0


def _list(names: list[str]) -> str:
    told = ", ".join(names[:_TOLD])
    return told if len(names) <= _TOLD else f"{told} and {len(names) - _TOLD} more"
