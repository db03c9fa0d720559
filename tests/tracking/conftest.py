"""Fixtures of the tracking tests: the service on a fresh store, and a kernel that writes records."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.records import (
    Batch,
    CellCaptured,
    DocumentKept,
    FacetCaptured,
    MetricLogged,
    ParamLogged,
    Record,
    RunFinished,
    RunStarted,
    SpoolHeader,
    TagSet,
    WarningNoted,
)
from mlops_lab.core.settings import Settings
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

STARTED_AT = 1_700_000_000_000


@dataclass
class Recorder:
    """Makes the records that a kernel would make, with the numbers of one spool."""

    host: str = "here"
    pid: int = 1
    process_started_at: float = 1.0
    spool_id: str = field(default_factory=new_id)
    records: list[Record] = field(default_factory=list)
    taken: int = 0
    delivers: bool = True

    @property
    def header(self) -> SpoolHeader:
        return SpoolHeader(
            self.spool_id, self.host, self.pid, self.process_started_at, self.delivers
        )

    def _add(self, kind: type[Any], run_id: str, *values: Any) -> None:
        self.records.append(kind(len(self.records) + 1, run_id, *values))

    def start(self, run_id: str | None = None, **more: Any) -> str:
        run_id = run_id or new_id()
        known: dict[str, Any] = {
            "name": "train",
            "experiment": "flights",
            "source": "notebook",
            "user": "ada",
            "started_at": STARTED_AT + len(self.records),
            "notebook_file": None,
            "cell_id": None,
            "kernel_id": None,
            "kernel_name": None,
            "primary_metric": None,
            "job_id": None,
            "parent_run_id": None,
            "history_id": None,
            "history_position": None,
        }
        self._add(RunStarted, run_id, *(known | more).values())
        return run_id

    def param(self, run_id: str, name: str, value: str, origin: str = "assigned") -> None:
        self._add(ParamLogged, run_id, name, value, origin)

    def metric(self, run_id: str, name: str, value: Any, step: int = 0, time: int = 0) -> None:
        self._add(MetricLogged, run_id, name, value, step, time or STARTED_AT)

    def tag(self, run_id: str, name: str, value: str) -> None:
        self._add(TagSet, run_id, name, value)

    def cell(self, run_id: str, source: str) -> None:
        self._add(CellCaptured, run_id, source, "c1", 7)

    def warn(self, run_id: str, text: str) -> None:
        self._add(WarningNoted, run_id, text)

    def add(self, kind: type[Any], run_id: str, *values: Any, **named: Any) -> None:
        """Append any record; its number is given here."""
        self.records.append(kind(len(self.records) + 1, run_id, *values, **named))

    def facet(
        self, run_id: str, kind: str, content: msgspec.Struct, *, name: str = "", key: str = ""
    ) -> str:
        """Append a facet with its document, as a kernel does; return the digest."""
        text = msgspec.json.encode(content)
        digest = hashlib.sha256(text).hexdigest()
        self.add(DocumentKept, run_id, digest, text.decode())
        self.add(FacetCaptured, run_id, kind, name, digest, key)
        return digest

    def end(
        self, run_id: str, status: str = "finished", primary: str | None = None, error: Any = None
    ) -> None:
        self._add(RunFinished, run_id, status, STARTED_AT + 5000, 5000, primary, error)

    def batch(self) -> Batch:
        """Everything that was recorded since the last batch."""
        fresh = self.records[self.taken :]
        self.taken = len(self.records)
        return Batch(spool=self.header, records=fresh)

    def write_segment(self, folder: Path, number: int = 0, *, extra: bytes = b"") -> Path:
        """Write what was recorded since the last batch to a file, as a kernel does."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.spool_id}-{number}.jsonl"
        lines = [msgspec.json.encode(part) for part in (self.header, *self.batch().records)]
        path.write_bytes(b"\n".join(lines) + b"\n" + extra)
        return path


@pytest.fixture
def settings(any_settings: Settings) -> Settings:
    """Every test of tracking runs on each database."""
    return any_settings


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def service(store: Store) -> TrackingService:
    return TrackingService(store)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A real process that lives until the test ends it."""
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    yield child
    child.kill()
    child.communicate()


def recorder_of(child: subprocess.Popen[bytes]) -> Recorder:
    started_at = psutil.Process(child.pid).create_time()
    return Recorder(host=socket.gethostname(), pid=child.pid, process_started_at=started_at)


@pytest.fixture
def dead() -> Recorder:
    """A recorder whose process was killed and waited for."""
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    made = recorder_of(child)
    child.kill()
    child.communicate()
    return made


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.spool_dir
