"""Owns how a difference of data is told as a possible cause: rows, columns, values (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_lab.core.differences import ColumnDiff, DataDiff, DataVersionDiff
from mlops_lab.core.explanation import Remark, RemarkWord

from .candidate import PRIOR, Candidate
from .features import data_feature
from .remarks import in_english

FAR = 0.1
"""A column whose distance is at least so much is told by name."""
MUCH_MISSING = 0.02
"""A share of missing values that changed by so much is told."""
_TOLD = 3
_DIGEST_CHARS = 12
_COLUMN_WORDS: dict[str, RemarkWord] = {
    "added": "columns_added",
    "removed": "columns_removed",
    "type": "columns_retyped",
}


def data_candidates(diff: DataDiff) -> Iterator[Candidate]:
    """Give the tables and files that are known to differ; what the cells made themselves follows."""
    versions = [one for one in diff.versions if one.known and not one.equal and one.role != "made"]
    alone = [{one.digests[side]: one.name for one in versions if one.digests[1 - side] is None}
             for side in (0, 1)]  # fmt: skip
    renamed = alone[0].keys() & alone[1].keys()
    for version in versions:
        if not renamed.isdisjoint(version.digests):
            continue
        remark = _remark(version)
        yield Candidate(
            kind="data",
            name=version.name,
            title=_title(version, remark),
            before=_shown(version, 0),
            after=_shown(version, 1),
            section="data",
            prior=PRIOR["data order" if version.same_content else "data"],
            features=(data_feature(version.name),),
            facts=tuple(_facts(version)),
            remark=remark,
        )


def unknown_data(diff: DataDiff) -> list[str]:
    """Return the names of data of which nobody can say whether it differs."""
    return [one.name for one in diff.versions if not one.known and one.role != "made"]


def _remark(version: DataVersionDiff) -> Remark | None:
    """Return what differs of data that both runs read, where its size does not tell it."""
    if None in version.digests:
        return None
    if version.same_content:
        return Remark("data_order", [version.name])
    return None if _rows(version) else Remark("data_content", [version.name])


def _rows(version: DataVersionDiff) -> tuple[int, int] | None:
    """Return the rows before and now, where they differ."""
    before, now = (next(iter(shape), None) for shape in version.shapes)
    return None if before is None or now is None or before == now else (before, now)


def _title(version: DataVersionDiff, remark: Remark | None) -> str:
    if version.digests[0] is None:
        return f"{version.name} is read; it was not before"
    if version.digests[1] is None:
        return f"{version.name} is not read; it was before"
    if remark is not None:
        return in_english(remark)
    before, now = _rows(version) or (0, 0)
    return f"The data {version.name} has other rows: {before:,} before, {now:,} now"


def _shown(version: DataVersionDiff, side: int) -> str | None:
    digest = version.digests[side]
    if digest is None:
        return None
    shape = " x ".join(f"{extent:,}" for extent in version.shapes[side])
    return shape or digest.rpartition(":")[2][:_DIGEST_CHARS]


def _facts(version: DataVersionDiff) -> Iterator[Remark]:
    for aspect, word in _COLUMN_WORDS.items():
        names = [column.name for column in version.columns if aspect in column.aspects]
        if names:
            yield _some(word, names)
    far = sorted(
        (column for column in version.columns if _distance(column) >= FAR),
        key=_distance,
        reverse=True,
    )
    for column in far[:_TOLD]:
        yield Remark("column_apart", [column.name], [_distance(column)])
    if len(far) > _TOLD:
        yield Remark("columns_apart", numbers=[len(far) - _TOLD])
    yield from [one for column in version.columns if (one := _missing(column))][:_TOLD]
    for column in [one for one in version.columns if one.profile is not None][:_TOLD]:
        assert column.profile is not None  # noqa: S101 - it was just asked
        if column.profile.gained:
            yield _some("values_gained", column.profile.gained, of=[column.name])
        if column.profile.lost:
            yield _some("values_lost", column.profile.lost, of=[column.name])


def _missing(column: ColumnDiff) -> Remark | None:
    if column.profile is None:
        return None
    before, now = (stats.missing for stats in column.profile.stats)
    if before is None or now is None or abs(before - now) < MUCH_MISSING:
        return None
    return Remark("column_missing", [column.name], [before, now])


def _distance(column: ColumnDiff) -> float:
    return column.profile.distance or 0.0 if column.profile is not None else 0.0


def _some(word: RemarkWord, names: Sequence[str], *, of: Sequence[str] = ()) -> Remark:
    told = names[:_TOLD]
    return Remark(word, [*of, *told], more=len(names) - len(told))
