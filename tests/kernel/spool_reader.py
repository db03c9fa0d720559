"""Reads what a kernel spooled, by the decoder that the server uses, and waits for what must come."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.records import Record, SpoolHeader

DEADLINE_S = 60.0


def read_spool_file(path: Path) -> tuple[SpoolHeader, list[Record]]:
    first, *lines = path.read_bytes().split(b"\n")[:-1]
    decoder = msgspec.json.Decoder(Record)
    header = msgspec.json.decode(first, type=SpoolHeader)
    return header, [decoder.decode(line) for line in lines]


def read_headers(folder: Path) -> list[SpoolHeader]:
    return [read_spool_file(path)[0] for path in sorted(folder.glob("*.jsonl"))]


def read_records(folder: Path) -> list[Record]:
    """Return every record in the folder, file by file."""
    files = sorted(folder.glob("*.jsonl"))
    return [record for path in files for record in read_spool_file(path)[1]]


def wait_until(condition: Callable[[], Any], *, what: str, deadline_s: float = DEADLINE_S) -> Any:
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"in {deadline_s} s this never came true: {what}")


def all_of_kind(folder: Path, kind: type) -> list[Any]:
    """Return the records of a kind that a spool folder holds."""
    return [record for record in read_records(folder) if isinstance(record, kind)]


def of_kind(folder: Path, kind: type) -> list[Any]:
    """Return them without the points of the machine, which a slow one has more of than a fast one."""
    found = all_of_kind(folder, kind)
    return [record for record in found if not getattr(record, "name", "").startswith("system/")]
