"""Owns the spool: every record is in a file of this process before the call that made it returns."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from mlops_lab.core.ids import new_id
from mlops_lab.core.records import Record, SpoolHeader
from mlops_lab.core.secretvalues import SecretValues

from .display import alarm
from .encoding import split_record
from .keptfiles import KeptFiles
from .secretwatch import masked_record
from .segments import Segment, Stretch, folder_bytes

SEGMENT_BYTES = 4_194_304
"""A segment that has grown beyond this is closed and the next one begun."""

HELD_BYTES = 67_108_864
"""Most bytes of records kept in memory while the folder cannot be written; then points are dropped."""

MAX_SPOOL_BYTES = 1_073_741_824
"""Most bytes that wait in a spool folder, whoever put them there; then points are dropped."""

_RETRY_S = 1.0
_SEGMENTS_IN_LIMIT = 8
_RESERVE = 1.125


class Spool:
    """The records of one process, numbered from 1, in segments in a folder. Safe in threads.

    When the folder cannot be written the records are held in memory, in order, and written as soon
    as it can be; ``warn`` is told once, with the cause. ``delivers`` says whether somebody in this
    process delivers the records; otherwise they are taken from the files. ``documents`` are the
    digests of those that the spool holds or has held, and when each was written last. ``limit`` is
    for the whole folder: beyond it points are dropped, and what else is recorded has an eighth more;
    ``is_full`` says so. ``secrets`` are masked in the records that ``write`` is given.
    """

    def __init__(
        self,
        folder: Path,
        *,
        warn: Callable[[str], None],
        delivers: bool = True,
        limit: int = MAX_SPOOL_BYTES,
        secrets: SecretValues | None = None,
    ) -> None:
        self.folder = folder
        self.secrets = secrets if secrets is not None else SecretValues()
        self.files = KeptFiles(folder, limit=limit)
        self.is_full = False
        self._limit = limit
        self._segment_bytes = min(SEGMENT_BYTES, limit // _SEGMENTS_IN_LIMIT)
        self._look_at = 0.0
        self._alarmed = False
        self.delivers = delivers
        self.spool_id = new_id()
        self.dropped = 0
        self.last_seq = 0
        self.segments: list[Segment] = []
        self.held: deque[bytes] = deque()
        self.documents: dict[str, float] = {}
        self.lock = threading.RLock()
        self._warn = warn
        self._warned = False
        self._fd = -1
        self._number = 0
        self._held_bytes = 0
        self._retry_at = 0.0
        self._header: SpoolHeader | None = None

    @property
    def header(self) -> SpoolHeader:
        """Whose spool this is."""
        if self._header is None:
            import psutil

            self._header = SpoolHeader(
                spool_id=self.spool_id,
                host=socket.gethostname(),
                pid=os.getpid(),
                process_started_at=psutil.Process().create_time(),
                delivers=self.delivers,
            )
        return self._header

    def write(self, record: Record) -> None:
        """Append ``record``; its ``seq`` is given here, whatever it holds."""
        self.append(*self.encode(record))

    def encode(self, record: Record) -> tuple[str, str]:
        """Return ``record`` as ``append`` takes it, with the known secrets masked."""
        return split_record(masked_record(record, self.secrets))

    def append(self, tag: str, body: str) -> None:
        """Append the record ``["tag", seq, body]``: with one system call, on the common path."""
        with self.lock:
            seq = self.last_seq + 1
            line = f'["{tag}",{seq},{body}]\n'.encode()
            if self._fd < 0 or self.held or self.is_full:
                self._append_slowly(tag, line)
                return
            segment = self.segments[-1]
            # Before the write: between it and the count no call may give way to an interrupt.
            size = len(line)
            try:
                written = os.write(self._fd, line)
            except OSError as error:
                self._hold(tag, line, error)
                return
            except BaseException:
                # Ctrl-C arrives right after the system call; the record may be in the file.
                self._count_if_written(segment, line, 1)
                raise
            if written != size:
                self._cut(segment)
                self._hold(tag, line, OSError("the disk took part of a record only"))
                return
            self.last_seq = segment.last_seq = seq
            segment.size += written
            if segment.size > self._segment_bytes:
                self._close_segment()

    def append_many(self, records: list[tuple[str, str]]) -> None:
        """Append records as ``append`` does, in their order, with one system call for all of them.

        The list is emptied: what an interrupt leaves in it was not appended.
        """
        with self.lock:
            taken = len(records)
            if not taken:
                return
            lines = [
                f'["{tag}",{seq},{body}]\n'.encode()
                for seq, (tag, body) in enumerate(records[:taken], self.last_seq + 1)
            ]
            if self._fd < 0 or self.held or self.is_full:
                self._append_each_slowly(records)
                return
            segment, data = self.segments[-1], b"".join(lines)
            size, last_seq = len(data), self.last_seq + taken
            try:
                written = os.write(self._fd, data)
            except OSError as error:
                self._close_segment()
                self._failed(error)
                self._append_each_slowly(records)
                return
            except BaseException:
                if self._count_if_written(segment, data, taken):
                    del records[:taken]
                raise
            if written != size:
                self._cut(segment)
                self._close_segment()
                self._failed(OSError("the disk took part of the records only"))
                self._append_each_slowly(records)
                return
            self.last_seq = segment.last_seq = last_seq
            segment.size += written
            del records[:taken]
            if segment.size > self._segment_bytes:
                self._close_segment()

    def read_after(self, seq: int, *, records: int, size: int) -> Stretch:
        """Return the next records after ``seq``: at most ``records``, and about ``size`` bytes.

        Raises:
            LookupError: they are neither in memory nor on disk any more.
            OSError: the file cannot be read.
        """
        with self.lock:
            segment = next((s for s in self.segments if s.last_seq > seq), None)
            if segment is None:
                first_held = self.last_seq - len(self.held) + 1
                if seq + 1 < first_held and seq < self.last_seq:
                    raise LookupError(f"record {seq + 1} is gone")
                held = islice(self.held, seq + 1 - first_held, seq + 1 - first_held + records)
                return Stretch(lines=[line.rstrip() for line in held], after=seq)
            if segment.first_seq > seq + 1:
                raise LookupError(f"record {seq + 1} is gone")
            end = segment.size
        return Stretch(lines=segment.read(seq, end=end, records=records, size=size), after=seq)

    def forget(self, seq: int) -> None:
        """Drop what is acknowledged up to ``seq``: finished segments, and records in memory."""
        with self.lock:
            first_held = self.last_seq - len(self.held) + 1
            while self.held and first_held <= seq:
                self._held_bytes -= len(self.held.popleft())
                first_held += 1
            current = self.segments[-1] if self._fd >= 0 else None
            for segment in [s for s in self.segments if s.last_seq <= seq and s is not current]:
                self.segments.remove(segment)
                with suppress(OSError):
                    segment.path.unlink()

    def close(self, *, acknowledged_seq: int) -> None:
        """Close the file, after a last try to write what is held; remove what is acknowledged."""
        with self.lock:
            if self.held:
                self._write_held()
            self._close_segment()
            self.forget(acknowledged_seq)

    def leave_to_parent(self) -> None:
        """Let go of the file without touching it: in the child of a fork it is the parent's."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def size(self) -> int:
        """Return how many bytes of records wait on disk and in memory."""
        with self.lock:
            return sum(segment.size for segment in self.segments) + self._held_bytes

    def _append_slowly(self, tag: str, line: bytes) -> None:
        """Append when the file is not open or older records are still held in memory."""
        self._look_for_room()
        if tag == "metric" and (self.is_full or self._held_bytes + len(line) > HELD_BYTES):
            self.dropped += 1
            return
        self.held.append(line)
        self._held_bytes += len(line)
        self.last_seq += 1
        if time.monotonic() >= self._retry_at:
            self._write_held()

    def _append_each_slowly(self, records: list[tuple[str, str]]) -> None:
        while records:
            tag, body = records[0]
            before = self.last_seq + self.dropped
            try:
                # Numbered one by one: points may be dropped.
                self._append_slowly(tag, f'["{tag}",{self.last_seq + 1},{body}]\n'.encode())
            finally:
                if self.last_seq + self.dropped > before:
                    del records[0]

    def _hold(self, tag: str, line: bytes, error: OSError) -> None:
        self._close_segment()
        self._failed(error)
        self._append_slowly(tag, line)

    def _write_held(self) -> None:
        # A segment of its own: what was acknowledged from memory meanwhile is missing in the file.
        try:
            if self._fd < 0:
                self._open_segment(first_seq=self.last_seq - len(self.held) + 1)
            segment = self.segments[-1]
            while self.held:
                line = self.held[0]
                self._write_whole(segment, line)
                segment.size += len(line)
                segment.last_seq += 1
                self._held_bytes -= len(self.held.popleft())
        except OSError as error:
            self._close_segment()
            self._failed(error)
        except BaseException:
            # Ctrl-C: the line may be in the file and not be counted; the next one has a new file.
            self._close_segment()
            raise

    def _look_for_room(self) -> None:
        """Find out whether the folder is full: when a segment begins, and once a second after that."""
        now = time.monotonic()
        if now < self._look_at or (self._fd >= 0 and not self.is_full):
            return
        waiting = folder_bytes(self.folder, large=self._limit)
        self.is_full = waiting + self._segment_bytes > self._limit
        self._look_at = now + _RETRY_S if self.is_full else 0.0
        if self.is_full and not self._alarmed:
            self._alarmed = True
            alarm(
                f"The spool {self.folder} is full: {waiting:,} bytes wait for a server, and "
                f"{self._limit:,} is the limit. Points are dropped from here on. Start JupyterLab "
                "or run `mlops-lab sync`; MLOPS_LAB_SPOOL_BYTES raises the limit."
            )

    def _write_whole(self, segment: Segment, line: bytes) -> None:
        if os.write(self._fd, line) != len(line):
            self._cut(segment)
            raise OSError("the disk took part of a record only")

    def _open_segment(self, *, first_seq: int) -> None:
        if self.is_full and folder_bytes(self.folder, large=self._limit) > self._limit * _RESERVE:
            raise OSError("the spool is full")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{self.spool_id}-{self._number}.jsonl"
        header = msgspec.json.encode(self.header) + b"\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        fd = os.open(path, flags, 0o600)
        try:
            whole = os.write(fd, header) == len(header)
        except OSError:
            whole = False
        if not whole:
            os.close(fd)
            path.unlink()
            raise OSError("no room for the first line")
        self._fd = fd
        self._number += 1
        self.segments.append(Segment(path, first_seq=first_seq, header_bytes=len(header)))

    def _close_segment(self) -> None:
        if self._fd < 0:
            return
        with suppress(OSError):
            os.close(self._fd)
        self._fd = -1
        if self.segments[-1].last_seq < self.segments[-1].first_seq:
            empty = self.segments.pop()
            with suppress(OSError):
                empty.path.unlink()

    def _cut(self, segment: Segment) -> None:
        with suppress(OSError):
            os.ftruncate(self._fd, segment.size)

    def _count_if_written(self, segment: Segment, data: bytes, records: int) -> bool:
        with suppress(OSError):
            if os.fstat(self._fd).st_size == segment.size + len(data):
                segment.size += len(data)
                self.last_seq = segment.last_seq = self.last_seq + records
                return True
        return False

    def _failed(self, error: OSError) -> None:
        self._retry_at = time.monotonic() + _RETRY_S
        if self._warned:
            return
        self._warned = True
        self._warn(
            f"The spool {self.folder} cannot be written ({error.strerror or error}); "
            "records are kept in memory and follow later."
        )
