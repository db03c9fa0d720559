"""Proves the digest of a file: that of its bytes, of its ends when it is too large, and what changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlops_lab.stats import files
from mlops_lab.stats.files import digest_file


def test_the_digest_is_that_of_the_bytes(tmp_path: Path):
    path = tmp_path / "data.bin"
    path.write_bytes(b"x" * 3_000_000)
    with path.open("rb") as file:
        file.read(10)
        found = digest_file(file)
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.size, found.is_whole, found.changed) == (3_000_000, True, False)
    assert found.modified_ns == path.stat().st_mtime_ns


def test_of_a_file_that_takes_too_long_the_ends_are_read(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(files, "END_BYTES", 4)
    path = tmp_path / "data.bin"

    def digest(content: bytes) -> str:
        path.write_bytes(content)
        with path.open("rb") as file:
            found = digest_file(file, until=0.0)
        assert not found.is_whole
        return found.digest

    whole = digest(b"head......tail")
    assert digest(b"head..xx..tail") == whole
    assert (
        len({whole, digest(b"hexd......tail"), digest(b"head......taxl"), digest(b"head.tail")})
        == 4
    )


def test_a_file_that_grows_meanwhile_is_told(tmp_path: Path, monkeypatch):
    path = tmp_path / "data.bin"
    path.write_bytes(b"one")
    read = hashlib.sha256

    def grow(*given: bytes):
        with path.open("ab") as more:
            more.write(b"two")
        return read(*given)

    monkeypatch.setattr(files.hashlib, "sha256", grow)
    with path.open("rb") as file:
        assert digest_file(file).changed
