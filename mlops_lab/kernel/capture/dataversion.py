"""Owns how a table becomes a data version in the time that there is: at once, later, or by a sample."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from mlops_lab.core.data import UNREAD, ColumnVersion, DataRole, DataVersion, TopValue
from mlops_lab.core.errors import LimitError
from mlops_lab.core.limits import MAX_DOCUMENT_BYTES
from mlops_lab.core.secrets import mask_text
from mlops_lab.stats.fingerprint import Fingerprint, Fingerprinter, is_masked
from mlops_lab.stats.tables import open_table, take_snapshot
from mlops_lab.stats.versions import describe_columns

from .datasample import GLANCE_BYTES, SAMPLE_BYTES, digest_glance, take_glance, take_sample
from .dataturn import Turn

if TYPE_CHECKING:
    from mlops_lab.kernel.run import RunLog
    from mlops_lab.stats.values import Table

    from .base import Watched

AT_ONCE_S = 0.01
"""A table that can be read later is tried at once for this long."""

ANNOUNCED = (
    "It is read in the background; where this stays, the process ended before that was done."
)

SMALL_CELLS = 50_000
SMALL_COLUMNS = 40
"""A table up to this size gets its profile at once too."""

PROFILE_S = 60.0
"""The profile of one table takes at most this long, in the background."""

FULL_BYTES = 16 * 2**30
"""A larger table is told by a sample, also in the background."""

GLIMPSE_COLUMNS = 200
"""Of a table with at most so many columns the sample is read before the cell, which tells repetitions."""

_WHOLE = ("*",)
_ROLES: dict[DataRole, list[str]] = {
    "input": [],
    "loaded": ["The cell loaded it; this is how the cell left it."],
    "made": ["The cell made it; this is how the cell left it."],
}
_LABEL_PARTS = re.compile(r"[\[\].'\"]+")


class Named(msgspec.Struct):
    """A table as a cell names it, with what has to be said of it."""

    label: str
    notes: list[str]
    masked: tuple[str, ...]
    role: DataRole
    sampled_rows: int | None = None
    sample_digest: str | None = None


def record_table(
    cell: Watched, label: str, value: Any, *, turn: Turn, role: DataRole = "input"
) -> None:
    """Record a table as it is now; what takes longer than ``turn`` allows is done in the background.

    A table that the cell bound to the name of one that it found gets a name of its own.
    """
    masked = tuple(sorted(cell.masked))
    is_taken = role != "input" and ("data", label) in cell.run.facets
    named = Named(f"{label} ({role})" if is_taken else label, [*_ROLES[role]], masked, role)
    if any(is_masked(part, masked) for part in _LABEL_PARTS.split(label) if part):
        named.masked = _WHOLE
    snapshot, stays = take_snapshot(value)
    if stays:
        _record_frozen(cell, named, snapshot, turn)
    else:
        _record_open(cell, named, snapshot, turn)


def _glance(cell: Watched, named: Named, table: Table) -> Table | None:
    """Return the rows that are read at any rate; None where that is done, or they are all."""
    if named.masked and any(is_masked(column.name, named.masked) for column in table.columns):
        cell.run.hides_data = True
    glance = take_glance(table)
    is_quick = glance is not None and len(glance.columns) <= GLIMPSE_COLUMNS
    if named.role != "input" or named.masked == _WHOLE or not is_quick:
        return glance
    named.sample_digest = digest_glance(glance, named.masked)
    cell.run.glimpses[named.label] = f"{table.library_type} {table.shape} {named.sample_digest}"
    return None


def _record_frozen(cell: Watched, named: Named, snapshot: Any, turn: Turn) -> None:
    table = _open(snapshot) if _is_small(snapshot) else None
    glance = _glance(cell, named, table) if table is not None else None
    pending = Pending(cell.run, named, table or snapshot, glance=glance)
    until = time.perf_counter() + min(turn.left(), AT_ONCE_S)
    if table is not None and pending.try_at_once(until):
        return
    pending.announce()
    turn.waiting.append(pending)


def _is_small(snapshot: Any) -> bool:
    if hasattr(type(snapshot), "is_ready") and not snapshot.is_ready():
        # JAX is still computing it: that is not waited for.
        return False
    shape = getattr(snapshot, "shape", None)
    return shape is None or len(shape) < 2 or shape[1] <= SMALL_COLUMNS  # noqa: PLR2004 - a matrix


def _record_open(cell: Watched, named: Named, value: Any, turn: Turn) -> None:
    """Record a table that the cell may change: what is not read now is never read."""
    table = open_table(value)
    if table is None:
        return
    if table.is_frozen:
        _record_frozen(cell, named, table, turn)
        return
    glance = _glance(cell, named, table)
    reader = Fingerprinter(table, masked=named.masked)
    half = time.perf_counter() + 0.5 * turn.left()
    if turn.takes(table) and reader.advance(until=half):
        turn.waiting += _finish_open(cell, named, table, found=reader.finish(), glance=glance)
        return
    sample = take_sample(table, SAMPLE_BYTES if turn.left() else GLANCE_BYTES)
    if sample is None:
        named.notes.append("The content was not read: the time was too short.")
        cell.run.add_facet("data", named.label, _unread(cell.run, named, table))
        return
    if sample.rows < table.rows:
        named.sampled_rows = sample.rows
        named.notes.append(
            f"It could be changed while the cell runs, and to read it all would take too long: "
            f"the digests are of {sample.rows:,} rows, spread evenly."
        )
    pending = Pending(cell.run, named, sample, of=table, glance=glance)
    if any(column.holds_mutable for column in sample.columns):
        pending()
        return
    pending.announce()
    turn.waiting.append(pending)


def _finish_open(
    cell: Watched, named: Named, table: Table, *, found: Fingerprint, glance: Table | None
) -> list[Pending]:
    """Record a table that was read whole; return what reads its profile in the background."""
    columns = table.columns
    is_small = len(columns) <= SMALL_COLUMNS and table.rows * len(columns) <= SMALL_CELLS
    sample = None if is_small else take_sample(table, SAMPLE_BYTES)
    if sample is None or any(column.holds_mutable for column in columns):
        named.sample_digest = named.sample_digest or digest_glance(glance, named.masked)
        add_version(cell.run, _version(named, table, found, table if is_small else None))
        return []
    add_version(cell.run, _version(named, table, found, None))
    if sample.rows < table.rows:
        named.notes.append(f"The profiles are of {sample.rows:,} rows, spread evenly.")
    return [Pending(cell.run, named, sample, of=table, found=found, glance=glance)]


class Pending:
    """A table that is read in the background. It lets go of the table when that is done."""

    def __init__(
        self,
        run: RunLog,
        named: Named,
        content: Any,
        *,
        of: Table | None = None,
        found: Fingerprint | None = None,
        glance: Table | None = None,
    ) -> None:
        self._run = run
        self._named = named
        self._content: Any = content
        self._glance = glance
        self._reader: Fingerprinter | None = None
        self._found = found
        self._of = _without_content(of) if of is not None else None

    def try_at_once(self, until: float) -> bool:
        """Read until a time by ``time.perf_counter``; return whether all is recorded."""
        table = _open(self._content)
        if table is None:
            return True
        self._reader = Fingerprinter(table, masked=self._named.masked)
        if not self._reader.advance(until=until):
            return False
        self._found = self._reader.finish()
        if table.rows * len(table.columns) > SMALL_CELLS:
            # The digests are known: they are kept whatever becomes of the profile.
            add_version(self._run, _version(self._named, table, self._found, None))
            return False
        add_version(self._run, _version(self._named, table, self._found, table))
        self.drop()
        return True

    def announce(self) -> None:
        """Record that the table was read by the cell, before its content is known."""
        if self._found is None:
            shape = self._of.shape if self._of else list(getattr(self._content, "shape", []))
            self._run.add_facet(
                "data", self._named.label, _announced(self._run, self._named, shape)
            )

    def drop(self) -> None:
        """Let go of the table."""
        self._content = self._reader = self._glance = None

    def __call__(self) -> None:
        """Read the rest, and record it."""
        content, reader, glance = self._content, self._reader, self._glance
        self.drop()
        if glance is not None:
            self._named.sample_digest = digest_glance(glance, self._named.masked)
        table = reader.table if reader is not None else _open(content)
        if table is None:
            return
        if table.nbytes is not None and table.nbytes > FULL_BYTES:
            table, reader = self._take_sample(table), None
        if self._found is None:
            reader = reader or Fingerprinter(table, masked=self._named.masked)
            reader.advance()
            self._found = reader.finish()
        version = _version(self._named, self._of or table, self._found, table)
        add_version(self._run, version)

    def _take_sample(self, table: Table) -> Table:
        self._of = _without_content(table)
        sample = take_sample(table, 2**30)
        if sample is None:
            return table
        self._named.sampled_rows = sample.rows
        self._named.notes.append(
            f"It is larger than {FULL_BYTES // 2**30} GiB: the digests are of {sample.rows:,} rows, "
            "spread evenly."
        )
        return sample


def _open(content: Any) -> Table | None:
    from mlops_lab.stats.values import Table as Opened

    return content if isinstance(content, Opened) else open_table(content)


def _without_content(table: Table) -> Table:
    return replace(table, columns=[], labels=[], take=None)


def _version(named: Named, table: Table, found: Fingerprint, profiled: Table | None) -> DataVersion:
    """Return the version of ``table``; ``profiled`` is what columns and profiles are read from."""
    source = profiled or table
    until = time.perf_counter() + (PROFILE_S if profiled is not None else -1.0)
    columns, notes = describe_columns(source, found, masked=named.masked, until=until)
    if profiled is None:
        notes = []
    hidden = [column.name for column in source.columns if is_masked(column.name, named.masked)]
    if hidden:
        shown = ", ".join(hidden[:20]) + (", ..." if len(hidden) > 20 else "")  # noqa: PLR2004
        notes.append(f"The digests leave out what is masked: {shown or 'all'}.")
    return DataVersion(
        name=named.label,
        source="name",
        library_type=table.library_type,
        digest=found.digest,
        content_digest=found.content_digest,
        shape=table.shape,
        bytes=table.nbytes,
        sampled_rows=named.sampled_rows,
        columns=[_masked_top(column) for column in columns],
        notes=[*named.notes, *notes],
        role=named.role,
        sample_digest=named.sample_digest,
    )


def _masked_top(column: ColumnVersion) -> ColumnVersion:
    profile = column.profile
    if profile is None or not profile.top:
        return column
    top = [TopValue(mask_text(one.value), one.count) for one in profile.top]
    return replace(column, profile=replace(profile, top=top))


def _announced(run: RunLog, named: Named, shape: list[int]) -> DataVersion:
    return DataVersion(
        name=named.label,
        source="name",
        library_type="",
        digest=f"{UNREAD}{run.run_id}",
        shape=[int(size) for size in shape],
        notes=[*named.notes, ANNOUNCED],
        sampled_rows=0,
        role=named.role,
    )


def _unread(run: RunLog, named: Named, table: Table) -> DataVersion:
    announced = _announced(run, named, table.shape)
    return replace(announced, library_type=table.library_type, notes=named.notes)


def add_version(run: RunLog, version: DataVersion) -> None:
    """Record a version; one that is too large loses its profiles first, then the last columns."""
    columns = len(version.columns)
    for kept in (None, columns, columns // 2, columns // 8, 0):
        if kept is not None:
            bare = [replace(column, profile=None) for column in version.columns[:kept]]
            said = (
                f"Its profiles were too large to keep; {kept:,} of {columns:,} columns are listed."
            )
            version = replace(version, columns=bare, notes=[*version.notes, said])
        if len(msgspec.json.encode(version)) > MAX_DOCUMENT_BYTES:
            continue
        try:
            run.add_facet("data", version.name, version, key=version.digest)
        except LimitError:
            continue
        return
