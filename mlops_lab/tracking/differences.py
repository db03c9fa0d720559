"""Owns how data, packages, git state and models of runs differ: pure functions over what was captured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

import msgspec

from mlops_lab.core.data import ColumnVersion, DataVersion, same_data
from mlops_lab.core.differences import (
    ColumnAspect,
    ColumnDiff,
    DataDiff,
    DataVersionDiff,
    FactDiff,
    FactKind,
    SurroundingsDiff,
)
from mlops_lab.core.facets import Environment, GitState, ModelInfo

from .entries import canonical_package
from .profilediff import diff_profiles

_ASPECTS: tuple[ColumnAspect, ...] = get_args(ColumnAspect)


class Surroundings(msgspec.Struct, frozen=True):
    """What a run ran with, besides its code and data."""

    environment: Environment | None
    git: GitState | None
    models: list[ModelInfo]


def diff_data(run_id: str, first: Iterable[DataVersion], other: Iterable[DataVersion]) -> DataDiff:
    """Return how the data of ``run_id``, the other run, differs from that of the first.

    Versions of one name are held against each other, the differing ones coming first.
    """
    before = {version.name: version for version in first}
    after = {version.name: version for version in other}
    versions = [
        _diff_version(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
    ]
    versions.sort(key=lambda one: (one.equal, not one.known, one.role == "made", one.name))
    taken_in = [version for version in versions if version.role != "made"]
    equal = all(version.equal or not version.known for version in taken_in)
    return DataDiff(run_id, equal, versions)


def _diff_version(
    name: str, first: DataVersion | None, other: DataVersion | None
) -> DataVersionDiff:
    digests = [None if one is None else one.digest for one in (first, other)]
    contents = [None if one is None else one.content_digest for one in (first, other)]
    same = False if first is None or other is None else same_data(first, other)
    role = next(one.role for one in (other, first) if one is not None)
    return DataVersionDiff(
        name=name,
        digests=digests,
        shapes=[[] if one is None else one.shape for one in (first, other)],
        equal=bool(same),
        same_content=bool(same) or (contents[0] is not None and contents[0] == contents[1]),
        columns=[] if same is not False or not (first and other) else _diff_columns(first, other),
        role=role,
        known=same is not None,
    )


def _diff_columns(first: DataVersion, other: DataVersion) -> list[ColumnDiff]:
    rows = [one.sampled_rows or next(iter(one.shape), None) for one in (first, other)]
    before = {column.name: column for column in first.columns}
    after = {column.name: column for column in other.columns}
    # Of other rows there are other values in every column, which says nothing.
    told = _ASPECTS if first.sampled_rows == other.sampled_rows else ("added", "removed", "type")
    found = []
    for name in [*before, *(name for name in after if name not in before)]:
        one, two = before.get(name), after.get(name)
        aspects = sorted({*_aspects(one, two)} & {*told}, key=_ASPECTS.index)
        if aspects:
            types = [None if column is None else column.type for column in (one, two)]
            missing = [None if column is None else column.missing for column in (one, two)]
            profile = diff_profiles(one, two, rows=rows)
            found.append(ColumnDiff(name, aspects, types, missing, profile))
    return found


def _aspects(one: ColumnVersion | None, two: ColumnVersion | None) -> Iterator[ColumnAspect]:
    if one is None:
        yield "added"
    elif two is None:
        yield "removed"
    else:
        if one.type != two.type:
            yield "type"
        if one.missing != two.missing:
            yield "missing"
        if one.format != two.format:
            yield "format"
        # A masked column has no digest, and nothing is said of its content.
        if one.digest is not None and two.digest is not None and one.digest != two.digest:
            yield "content"


def diff_surroundings(run_id: str, first: Surroundings, other: Surroundings) -> SurroundingsDiff:
    """Return how what ``run_id``, the other run, ran with differs from what the first did."""
    facts = [
        *_diff_environments(first.environment, other.environment),
        *_diff_git(first.git, other.git),
        *_diff_models(first.models, other.models),
    ]
    known = all(bool(one.environment or one.git) for one in (first, other))
    return SurroundingsDiff(run_id, equal=known and not facts, known=known, facts=facts)


def _diff_environments(first: Environment | None, other: Environment | None) -> Iterator[FactDiff]:
    if first is None or other is None:
        return
    packages = [
        {canonical_package(package.name): package.version for package in side.packages}
        for side in (first, other)
    ]
    yield from _facts("python", [{"python": one.python} for one in (first, other)])
    yield from _facts(
        "platform",
        [{"platform": one.platform, "machine": one.machine} for one in (first, other)],
    )
    yield from _facts("package", packages)
    yield from _facts("seed", [one.seeds for one in (first, other)])
    yield from _facts("variable", [dict.fromkeys(one.variables, "set") for one in (first, other)])
    yield from _facts("hardware", [_hardware(one) for one in (first, other)])


def _hardware(one: Environment) -> dict[str, str]:
    found = {"gpus": ", ".join(one.gpus)} if one.gpus else {}
    if one.cpu_count is not None:
        found["cpus"] = str(one.cpu_count)
    return found


def _diff_git(first: GitState | None, other: GitState | None) -> Iterator[FactDiff]:
    if first is None or other is None:
        return
    sides = []
    for one in (first, other):
        state = {"dirty": "true" if one.dirty else "false"}
        named = {"commit": one.commit, "branch": one.branch, "remote": one.remote}
        sides.append(state | {name: value for name, value in named.items() if value})
    yield from _facts("git", sides)
    if first.dirty and other.dirty and first.diff != other.diff:
        yield FactDiff("git", "uncommitted changes", ["other changes", "other changes"])


def _diff_models(first: Iterable[ModelInfo], other: Iterable[ModelInfo]) -> Iterator[FactDiff]:
    sides = [{model.name: model.class_name for model in models} for models in (first, other)]
    yield from _facts("model", sides)


def _facts(kind: FactKind, sides: Sequence[Mapping[str, str]]) -> Iterator[FactDiff]:
    first, other = sides
    for name in sorted(first.keys() | other.keys()):
        values = [first.get(name), other.get(name)]
        if values[0] != values[1]:
            yield FactDiff(kind, name, values)
