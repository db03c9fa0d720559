"""Owns the data version of a table: what is said of it and of each of its columns."""

from __future__ import annotations

import time
from collections.abc import Iterable

from mlops_lab.core.data import ColumnProfile, ColumnVersion
from mlops_lab.core.secretnames import is_secret_name

from .fingerprint import Fingerprint, is_masked
from .formats import detect_format
from .profile import profile_column, sample_texts
from .values import Column, Table

LISTED_COLUMNS = 10_000
"""Of a table with more columns only these are listed; the digests cover all."""

PROFILED_COLUMNS = 500
"""Of a table with more columns only these have a profile."""

MAX_NAME_CHARS = 200


def describe_columns(
    table: Table,
    found: Fingerprint | None,
    *,
    masked: Iterable[str] = (),
    until: float | None = None,
) -> tuple[list[ColumnVersion], list[str]]:
    """Return the columns with their profiles, and notes on what was left out.

    After ``until`` by ``time.perf_counter`` columns get no profile any more. Columns whose name says
    that they hold secrets are told without their values, as are masked ones.
    """
    patterns = tuple(masked)
    described, notes, late = [], [], 0
    for number, column in enumerate(table.columns[:LISTED_COLUMNS]):
        digest = found.columns[number] if found is not None else None
        if is_masked(column.name, patterns):
            described.append(_version(column, masked=True))
            continue
        is_late = until is not None and time.perf_counter() > until
        late += is_late
        if number >= PROFILED_COLUMNS or is_late or found is None:
            profile, form = None, None
        else:
            profile, form = _profile(column, table.rows)
        described.append(
            _version(
                column,
                missing=digest.missing if digest else None,
                digest=digest.digest if digest else None,
                profile=profile,
                form=form,
            )
        )
    if late and found is not None:
        notes.append(f"{late:,} columns have no profile: it would have taken too long.")
    elif len(table.columns) > PROFILED_COLUMNS and found is not None:
        notes.append(f"Only the first {PROFILED_COLUMNS:,} columns have a profile.")
    if len(table.columns) > LISTED_COLUMNS:
        notes.append(f"Only the first {LISTED_COLUMNS:,} columns are listed.")
    return described, notes


def _profile(column: Column, rows: int) -> tuple[ColumnProfile, str | None]:
    from msgspec.structs import replace

    profile = profile_column(column, rows)
    if is_secret_name(column.name):
        return replace(profile, top=[]), None
    form = detect_format(sample_texts(column, rows)) if column.kind == "text" else None
    return profile, form


def _version(
    column: Column,
    *,
    missing: int | None = None,
    digest: str | None = None,
    profile: ColumnProfile | None = None,
    form: str | None = None,
    masked: bool = False,
) -> ColumnVersion:
    name = column.name.encode("utf-8", "replace").decode()
    return ColumnVersion(
        name=name if len(name) <= MAX_NAME_CHARS else f"{name[: MAX_NAME_CHARS - 3]}...",
        type=column.type[:MAX_NAME_CHARS],
        kind=column.kind,
        missing=missing,
        digest=digest,
        format=form,
        masked=masked,
        profile=profile,
    )
