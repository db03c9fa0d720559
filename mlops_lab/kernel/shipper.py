"""Owns delivery in the background: what is in the spool reaches the server, once, in order."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import msgspec

from mlops_lab.core.limits import MAX_BATCH_RECORDS
from mlops_lab.core.records import ArtifactLogged

from .client import TIMEOUT_S, BusyError, DeliveryClient, RefusedError, UnreachableError
from .display import note, own_fault
from .spool import Spool

BATCH_S = 0.3
"""Points of a running cell wait this long for one another."""

SETTLE_S = 0.05
"""What a cell records when it begins waits so long for its end."""

BATCH_BYTES = 4_194_304
"""A batch is about this large at most; a larger record goes alone."""

LEAST_BATCH_BYTES = 16_384
"""After each failure the next batch is half as large, down to this, for connections that break."""

FLUSH_S = 2.0
"""At the end of the process delivery may take this long; what is left stays in the spool."""

_ABORT_S = 0.2
_BACKOFF_S = (0.5, 1.0, 2.0, 5.0)
_REFUSED_BACKOFF_S = 5.0
_MAX_REFUSALS = 3


class Shipper:
    """A daemon thread that delivers one spool.

    ``reachable`` is None before the first try. ``is_lost`` says that the spool cannot go on: the
    server refused the same place again and again, or records are gone; its files stay as they are.
    """

    def __init__(self, spool: Spool, client: DeliveryClient) -> None:
        self.acknowledged_seq = 0
        self.reachable: bool | None = None
        self.is_lost = False
        self._spool = spool
        self._client = client
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._deadline: float | None = None
        self._busy = False
        self._failures = 0
        self._refusals = 0
        self._batch_bytes = BATCH_BYTES
        self._thread = threading.Thread(target=self._run, name="mlops-lab-shipper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self, *, busy: bool) -> None:
        """Deliver now. While ``busy`` is set, more is looked for every ``BATCH_S`` seconds."""
        self._busy = busy
        self._wake.set()

    def stop(self, *, timeout: float = FLUSH_S) -> None:
        """Deliver what is left, for at most ``timeout`` seconds, and end the thread."""
        self._deadline = time.monotonic() + timeout
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        if self._thread.is_alive():
            self._client.abort()
            self._thread.join(_ABORT_S)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._wake.wait(BATCH_S if self._busy or self._waiting() else None)
                self._wake.clear()
                if self._busy:
                    # Most cells end before: one delivery for the cell, and none while it runs.
                    self._wake.wait(SETTLE_S)
                    self._wake.clear()
                pause = self._deliver()
                if pause:
                    self._stop.wait(pause)
            if not self.is_lost:
                self._deliver()
        except Exception as error:  # noqa: BLE001 - a thread of ours must not print a traceback
            own_fault("delivering records; they stay in the spool", error)
        finally:
            self._client.close()

    def _waiting(self) -> bool:
        return self._spool.last_seq > self.acknowledged_seq

    def _deliver(self) -> float:
        """Deliver all there is; return how many seconds to wait before the next try, 0 for none."""
        while self._waiting():
            left = self._time_left()
            if left <= 0:
                return 0
            try:
                self._deliver_batch(timeout=left)
            except BusyError as error:
                return error.pause_s
            except UnreachableError as error:
                return self._later(f"the server cannot be reached ({error})")
            except RefusedError as error:
                return self._resync(error, timeout=left)
            except (LookupError, OSError) as error:
                note(f"the spool cannot be read back: {error}")
                return self._give_up()
        return 0

    def _time_left(self) -> float:
        return TIMEOUT_S if self._deadline is None else self._deadline - time.monotonic()

    def _deliver_batch(self, *, timeout: float) -> None:
        after = self.acknowledged_seq
        stretch = self._spool.read_after(after, records=MAX_BATCH_RECORDS, size=self._batch_bytes)
        if not stretch.lines:
            raise LookupError(f"record {after + 1} cannot be read")
        files = [digest for line in stretch.lines if (digest := _artifact_of(line))]
        for digest in dict.fromkeys(files):
            self._upload(digest)
        seq = self._client.deliver(self._spool.header, stretch.lines, timeout=timeout)
        self.reachable = True
        self._failures = 0
        self._batch_bytes = min(2 * self._batch_bytes, BATCH_BYTES)
        if seq < stretch.last_seq:
            raise RefusedError(409)
        self._refusals = 0
        for digest in files:
            self._spool.files.release(digest)
        self._acknowledge(seq)

    def _upload(self, digest: str) -> None:
        """Send the file of a record before the record; without it the record says what is missing."""
        path = self._spool.files.path_of(digest)
        try:
            self._client.upload(digest, path, timeout=self._time_left())
        except FileNotFoundError:
            note(f"the file {digest} is not in {path.parent} any more")
        except RefusedError as error:
            note(f"the file {digest} was refused ({error})")

    def _acknowledge(self, seq: int) -> None:
        self.acknowledged_seq = min(seq, self._spool.last_seq)
        self._spool.forget(self.acknowledged_seq)

    def _later(self, why: str) -> float:
        if self.reachable is not False:
            note(f"{why}; records wait in {self._spool.folder}")
        self.reachable = False
        self._failures += 1
        self._batch_bytes = max(self._batch_bytes // 2, LEAST_BATCH_BYTES)
        return _BACKOFF_S[min(self._failures, len(_BACKOFF_S)) - 1]

    def _give_up(self) -> float:
        self.is_lost = True
        self._stop.set()
        return 0

    def _resync(self, refusal: RefusedError, *, timeout: float) -> float:
        """Go on from where the server is; give the spool up when it refuses the same place again."""
        self._refusals += 1
        note(f"a batch after record {self.acknowledged_seq} was refused ({refusal})")
        if self._refusals >= _MAX_REFUSALS:
            return self._give_up()
        with suppress(UnreachableError, RefusedError):
            seq = self._client.deliver(self._spool.header, [], timeout=timeout)
            if seq != self.acknowledged_seq:
                self._acknowledge(seq)
                return 0.1
        return _REFUSED_BACKOFF_S


def _artifact_of(line: bytes) -> str | None:
    """Return the digest that the record of an artifact names; None for any other record."""
    if not line.startswith(b'["artifact"'):
        return None
    record = msgspec.json.decode(line, type=ArtifactLogged)
    return record.digest
