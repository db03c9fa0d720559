"""Owns the sweep: storing what processes left in the spool folder, and ending their runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec

from mlops_lab.core.clock import Clock, Millis
from mlops_lab.core.errors import ConflictError
from mlops_lab.core.ids import is_id
from mlops_lab.core.records import Batch, Record, RunStarted, SpoolHeader
from mlops_lab.core.tracking import NotebookPlace, SyncReport
from mlops_lab.store import lifecycle, outbox, runs, tracking, trash
from mlops_lab.store.store import Store

from .ingest import check_batch, find_places, store_batch
from .processes import liveness
from .segments import (
    CorruptSegmentError,
    NoHeaderError,
    Segment,
    find_segments,
    read_header,
    read_last_seq,
    read_records,
)
from .spoolfiles import SpoolFiles

FOREIGN_QUIET_MS: Millis = 3_600_000
"""Files of another host that were not touched for so long are taken in."""

FOREIGN_GONE_MS: Millis = 86_400_000
"""Files of another host that were not touched for so long are taken for those of a dead process."""

_BIRTH_MS: Millis = 60_000

_Look = tuple[int, int]
"""Size and time of the last change of a file."""

_log = logging.getLogger(__name__)


class _Plan(msgspec.Struct, frozen=True):
    """What to do with the files of one spool. ``gone``: nobody will write or deliver them again."""

    read: bool
    gone: bool


class SweepMemory:
    """What a sweeper knows of the files that stay, so that an unchanged one costs it one look.

    Keep one for a folder and an open store; a store that was opened anew needs a new one.
    """

    def __init__(self) -> None:
        self._headers: dict[Path, SpoolHeader] = {}
        self._stored: dict[Path, _Look] = {}

    def header_of(self, segment: Segment) -> SpoolHeader:
        """Return the first line of a segment; raises what ``read_header`` raises."""
        header = self._headers.get(segment.path)
        if header is None:
            header = self._headers[segment.path] = read_header(segment)
        return header

    def is_stored(self, path: Path, look: _Look) -> bool:
        """Tell whether all that the file held when it looked like this is stored."""
        return self._stored.get(path) == look

    def note_stored(self, path: Path, look: _Look) -> None:
        """Note that all that the file held when it looked like this is stored."""
        self._stored[path] = look

    def keep_only(self, paths: Collection[Path]) -> None:
        """Forget the files that are gone."""
        for known in (self._headers, self._stored):
            for path in known.keys() - paths:
                del known[path]


class Sweep:
    """One pass over a spool folder. Any number of passes, in any number of processes, may overlap.

    A file is removed or moved aside only after what it holds is stored, so that whoever finds it
    missing finds its records in the store.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        clock: Clock,
        locate: Callable[[str], NotebookPlace | None],
        memory: SweepMemory,
    ) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock
        self._locate = locate
        self._memory = memory
        self._bytes = SpoolFiles(folder, store, clock=clock)
        self._files = 0
        self._records = 0
        self._killed = 0
        self._unreadable: list[str] = []

    def run(self, *, only_dead: bool) -> SyncReport:
        """Take in the folder, and end the runs whose process is gone.

        Raises:
            StoreUnavailableError: the store cannot be written now; the files stay.
        """
        segments = find_segments(self._folder)
        self._memory.keep_only({segment.path for segment in segments})
        for _, group in groupby(segments, key=lambda one: one.spool_id):
            self._take_in(list(group), only_dead=only_dead)
        self._end_orphans()
        self._bytes.clear(find_segments(self._folder))
        return SyncReport(
            files=self._files,
            records=self._records,
            runs_killed=self._killed,
            unreadable=self._unreadable,
        )

    def _take_in(self, segments: Sequence[Segment], *, only_dead: bool) -> None:
        touched_at = max((_touched_at(one.path) for one in segments), default=0)
        for segment in segments:
            try:
                header = self._memory.header_of(segment)
            except FileNotFoundError:
                continue
            except OSError as error:
                _log.warning("The spool file %s cannot be read: %s.", segment.path, error)
                return
            except NoHeaderError:
                self._clear_unborn(segment)
                continue
            except CorruptSegmentError:
                self._move_aside(segment)
                continue
            plan = self._plan(header, touched_at=touched_at, only_dead=only_dead)
            if not plan.read or not self._take_in_segment(segment, header, gone=plan.gone):
                return
            if plan.gone and segment is segments[-1]:
                self._kill(header.spool_id, ended_at=touched_at)

    def _plan(self, header: SpoolHeader, *, touched_at: Millis, only_dead: bool) -> _Plan:
        state = liveness(header)
        if state == "alive":
            return _Plan(read=not (only_dead and header.delivers), gone=False)
        if state == "dead":
            return _Plan(read=True, gone=True)
        quiet = self._clock() - touched_at
        is_left = not header.delivers or quiet > FOREIGN_QUIET_MS
        return _Plan(read=is_left, gone=quiet > FOREIGN_GONE_MS)

    def _take_in_segment(self, segment: Segment, header: SpoolHeader, *, gone: bool) -> bool:
        """Store what a segment holds; tell whether the next one may follow."""
        before = self._records
        try:
            look = _look_at(segment.path)
            if not gone and self._memory.is_stored(segment.path, look):
                return True
            if not self._store_segment(segment, header, gone=gone):
                return False
            if gone:
                segment.path.unlink(missing_ok=True)
            else:
                self._memory.note_stored(segment.path, look)
            self._files += gone or self._records > before
        except FileNotFoundError:
            _log.debug("Another sweep stored %s in the meantime.", segment.path)
        except CorruptSegmentError:
            if gone:
                self._move_aside(segment)
            return gone
        except (ConflictError, OSError) as error:
            _log.warning("The spool file %s must wait: %s", segment.path, error)
            return False
        return True

    def _store_segment(self, segment: Segment, header: SpoolHeader, *, gone: bool) -> bool:
        """Store the records of a segment; tell whether all of them could be."""
        if not gone and self._is_stored(segment, header):
            return True
        return all(self._deliver(header, some, gone=gone) for some in read_records(segment))

    def _deliver(self, header: SpoolHeader, records: list[Record], *, gone: bool) -> bool:
        """Store what is new of some records; tell whether they could be stored now."""
        with self._store.read() as cx:
            acknowledged = tracking.read_acknowledged(cx, header.spool_id)
            fresh = [record for record in records if record.seq > acknowledged]
            # The child of a fork logs into a run that its parent may not have delivered yet.
            # A purged run is known, and what comes of it is dropped.
            elsewhere = _runs_begun_elsewhere(fresh)
            if not gone and runs.has_unknown_run(cx, elsewhere - trash.purged_of(cx, elsewhere)):
                return False
        if not fresh:
            return True
        batch = Batch(spool=header, records=fresh)
        check_batch(batch)
        self._bytes.take_in(fresh)
        places = find_places(fresh, self._locate)
        now = self._clock()
        _, added = self._store.write_by(
            partial(store_batch, batch=batch, places=places, now=now, accept_gap=gone)
        )
        self._records += added
        return True

    def _is_stored(self, segment: Segment, header: SpoolHeader) -> bool:
        """Tell at little cost that a file which is to stay holds nothing new."""
        newest = read_last_seq(segment)
        with self._store.read() as cx:
            return newest is not None and newest <= tracking.read_acknowledged(cx, header.spool_id)

    def _clear_unborn(self, segment: Segment) -> None:
        """Remove a file whose writer died before its first line was whole; leave a newborn one."""
        if self._clock() - _touched_at(segment.path) < _BIRTH_MS:
            return
        try:
            empty = segment.path.stat().st_size == 0
        except FileNotFoundError:
            return
        if empty:
            segment.path.unlink(missing_ok=True)
        else:
            self._move_aside(segment)

    def _move_aside(self, segment: Segment) -> None:
        aside = segment.path.with_name(segment.path.name + ".unreadable")
        try:
            segment.path.rename(aside)
        except FileNotFoundError:
            return
        self._unreadable.append(str(aside))
        _log.warning("A spool file cannot be read whole; it was moved to %s.", aside)

    def _end_orphans(self) -> None:
        """End the runs of processes that are gone and left no file."""
        with self._store.read() as cx:
            headers = tracking.spools_with_open_runs(cx)
        for header in headers:
            if liveness(header) == "dead":
                self._kill(header.spool_id, ended_at=self._clock())

    def _kill(self, spool_id: str, *, ended_at: Millis) -> None:
        with self._store.read() as cx:
            if spool_id not in {one.spool_id for one in tracking.spools_with_open_runs(cx)}:
                return
        with self._store.write() as tx:
            killed = lifecycle.kill_runs(tx, spool_id, ended_at=ended_at)
            outbox.put_changes(tx, "run", [(run_id, "updated") for run_id in killed])
        self._killed += len(killed)


def _runs_begun_elsewhere(records: Iterable[Record]) -> set[str]:
    begun = {record.run_id for record in records if isinstance(record, RunStarted)}
    return {record.run_id for record in records if is_id(record.run_id)} - begun


def _look_at(path: Path) -> _Look:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _touched_at(path: Path) -> Millis:
    try:
        return path.stat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return 0
