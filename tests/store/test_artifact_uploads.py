"""Proves uploads in pieces: they go on where they broke off, and nothing unverified is ever kept."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import (
    ConflictError,
    InvalidInputError,
    LimitError,
    MisfitError,
    NotFoundError,
    StoreUnavailableError,
)
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.core.uploads import UPLOAD_MS, NewUpload, Upload
from mlops_lab.store.artifact_parts import MAX_PARTS, PartedUploads
from mlops_lab.store.artifact_remote import RemotePlace
from mlops_lab.store.artifact_uploads import Uploads
from mlops_lab.store.artifact_url import ArtifactUrl
from mlops_lab.store.artifacts import Artifacts

CONTENT = bytes(range(256)) * 8_000
NEW = NewUpload(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
CUTS = (0, 1, 700_000, 700_001, len(CONTENT))


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


@pytest.fixture
def uploads(artifacts: Artifacts) -> Uploads:
    return Uploads(artifacts)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def add(uploads: Uploads, upload: Upload, content: bytes) -> Upload:
    resuming = uploads.resume(upload.id, upload.offset)
    try:
        resuming.write(content)
        return resuming.keep()
    finally:
        resuming.discard()


@pytest.mark.parametrize("restarts", [False, True])
def test_pieces_of_any_size_make_the_whole(artifacts: Artifacts, *, restarts: bool) -> None:
    uploads = Uploads(artifacts)
    upload = uploads.begin(NEW)
    for start, end in itertools.pairwise(CUTS):
        assert (upload.offset, upload.is_kept) == (start, False)
        if restarts:
            uploads = Uploads(artifacts)
            assert uploads.find(upload.id).offset == start
        upload = add(uploads, upload, CONTENT[start:end])
    assert (upload.offset, upload.is_kept) == (NEW.size, True)
    assert artifacts.get(NEW.digest) == CONTENT
    assert len(files(artifacts.folder)) == 1
    with pytest.raises(NotFoundError, match="it is over"):
        uploads.find(upload.id)


def test_what_is_kept_already_needs_no_byte(artifacts: Artifacts, uploads: Uploads) -> None:
    artifacts.put(CONTENT)
    upload = uploads.begin(NEW)
    assert (upload.offset, upload.is_kept) == (NEW.size, True)
    assert len(files(artifacts.folder)) == 1


def test_an_empty_file(artifacts: Artifacts, uploads: Uploads) -> None:
    upload = uploads.begin(NewUpload(hashlib.sha256(b"").hexdigest(), 0))
    assert add(uploads, upload, b"").is_kept
    assert artifacts.get(upload.digest) == b""


def test_what_broke_off_counts_as_far_as_it_came(uploads: Uploads) -> None:
    upload = uploads.begin(NEW)
    resuming = uploads.resume(upload.id, 0)
    resuming.write(CONTENT[:1_000])
    resuming.discard()
    found = uploads.find(upload.id)
    assert found.offset == 1_000
    assert add(uploads, found, CONTENT[1_000:]).is_kept


def test_one_at_a_time(artifacts: Artifacts, uploads: Uploads) -> None:
    upload = uploads.begin(NEW)
    resuming = uploads.resume(upload.id, 0)
    for other in (uploads, Uploads(artifacts)):
        with pytest.raises(ConflictError, match="Somebody adds"):
            other.resume(upload.id, 0)
    with pytest.raises(ConflictError, match="Somebody adds"):
        uploads.remove(upload.id)
    resuming.discard()
    uploads.resume(upload.id, 0).discard()


def test_another_offset_is_refused_and_says_which(uploads: Uploads) -> None:
    upload = add(uploads, uploads.begin(NEW), CONTENT[:10])
    for offset in (0, 9, 11):
        with pytest.raises(ConflictError, match="is at byte 10"):
            uploads.resume(upload.id, offset)
    assert add(uploads, upload, CONTENT[10:]).is_kept


def test_more_than_was_announced(uploads: Uploads) -> None:
    with pytest.raises(MisfitError, match="more came"):
        add(uploads, uploads.begin(NEW), CONTENT + b"x")
    with pytest.raises(LimitError):
        uploads.begin(NewUpload(NEW.digest, MAX_ARTIFACT_BYTES + 1))


def test_what_is_not_what_it_says_is_removed(artifacts: Artifacts, uploads: Uploads) -> None:
    upload = uploads.begin(NEW)
    with pytest.raises(InvalidInputError, match="has the digest"):
        add(uploads, upload, b"x" + CONTENT[1:])
    assert files(artifacts.folder) == []
    with pytest.raises(NotFoundError):
        uploads.resume(upload.id, 0)


@pytest.mark.parametrize("name", ["", "x", "../" * 10, "0" * 32, "0" * 31 + "/"])
def test_a_name_of_no_upload(uploads: Uploads, name: str) -> None:
    for ask in (uploads.find, uploads.remove, lambda name: uploads.resume(name, 0)):
        with pytest.raises(NotFoundError):
            ask(name)


def test_given_up(artifacts: Artifacts, uploads: Uploads) -> None:
    upload = add(uploads, uploads.begin(NEW), CONTENT[:10])
    uploads.remove(upload.id)
    assert files(artifacts.folder) == []
    with pytest.raises(NotFoundError):
        uploads.find(upload.id)


def test_after_a_day_without_a_byte_it_is_gone(artifacts: Artifacts, uploads: Uploads) -> None:
    old = add(uploads, uploads.begin(NEW), CONTENT[:10])
    young = uploads.begin(NEW)
    folder = artifacts.folder / "uploads" / old.id
    for path in (folder, *folder.iterdir()):
        at = (now_ms() - UPLOAD_MS - 60_000) / 1000
        os.utime(path, (at, at))
    uploads.begin(NEW)
    with pytest.raises(NotFoundError):
        uploads.find(old.id)
    assert uploads.find(young.id).offset == 0


def test_a_beginning_looks_at_no_artifact(artifacts: Artifacts, uploads: Uploads) -> None:
    digest = artifacts.put(b"content")
    left = artifacts.folder / "sha256" / digest[:2] / ".new-left"
    left.touch()
    os.utime(left, (1, 1))
    uploads.begin(NEW)
    PartedUploads(artifacts).begin()
    assert left.exists()


def test_where_it_cannot_be_kept_it_can_be_tried_again(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    url = ArtifactUrl("local", f"local://{target}")
    artifacts = Artifacts(tmp_path / "artifacts", RemotePlace(url, lambda _: True))
    uploads = Uploads(artifacts)
    upload = uploads.begin(NEW)
    target.write_text("in the way")
    with pytest.raises(StoreUnavailableError):
        add(uploads, upload, CONTENT)
    assert uploads.find(upload.id).offset == NEW.size
    target.unlink()
    assert add(uploads, uploads.find(upload.id), b"").is_kept
    assert artifacts.get(NEW.digest) == CONTENT


def test_a_killed_server_loses_only_what_was_not_written(artifacts: Artifacts) -> None:
    upload = Uploads(artifacts).begin(NEW)
    script = (
        "import sys, pathlib\n"
        "from mlops_lab.store.artifacts import Artifacts\n"
        "from mlops_lab.store.artifact_uploads import Uploads\n"
        "adding = Uploads(Artifacts(pathlib.Path(sys.argv[1]))).resume(sys.argv[2], 0)\n"
        "adding.write(bytes(range(256)) * 4000)\n"
        "print('written', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(artifacts.folder), upload.id]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        uploads = Uploads(artifacts)
        with pytest.raises(ConflictError):
            uploads.resume(upload.id, 1_024_000)
        process.kill()
        process.wait()
    found = uploads.find(upload.id)
    assert found.offset == 1_024_000
    assert add(uploads, found, CONTENT[found.offset :]).is_kept


FULL = (
    "import resource, signal, sys, pathlib, hashlib\n"
    "from mlops_lab.core.errors import StoreUnavailableError\n"
    "from mlops_lab.core.uploads import NewUpload\n"
    "from mlops_lab.store.artifacts import Artifacts\n"
    "from mlops_lab.store.artifact_uploads import Uploads\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
    "artifacts = Artifacts(pathlib.Path(sys.argv[1]))\n"
    "content = bytes(range(256)) * 8000\n"
    "digest = hashlib.sha256(content).hexdigest()\n"
    "try:\n"
    "    artifacts.put(content)\n"
    "except StoreUnavailableError as error:\n"
    "    print(error)\n"
    "uploads = Uploads(artifacts)\n"
    "upload = uploads.begin(NewUpload(digest, len(content)))\n"
    "adding = uploads.resume(upload.id, 0)\n"
    "try:\n"
    "    adding.write(content)\n"
    "except StoreUnavailableError as error:\n"
    "    print(error)\n"
    "adding.discard()\n"
    "print(upload.id)\n"
)


@pytest.mark.skipif(os.name == "nt", reason="limits of files are those of POSIX")
def test_a_full_disk_is_told_and_what_fitted_is_gone_on_from(artifacts: Artifacts) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(artifacts.folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    whole, piece, upload_id = done.stdout.splitlines()
    for said in (whole, piece):
        assert "the disk is full" in said
        assert "mlops-lab gc" in said
    assert not artifacts.has(NEW.digest)
    assert list((artifacts.folder / "incoming").iterdir()) == []
    uploads = Uploads(artifacts)
    found = uploads.find(upload_id)
    assert found.offset == 1_000_000
    assert add(uploads, found, CONTENT[found.offset :]).is_kept


def test_parts_in_any_order(artifacts: Artifacts) -> None:
    parts = PartedUploads(artifacts)
    upload_id = parts.begin()
    pieces = {3: b"c" * 3, 1: b"old", 2: b"b" * 2}

    def send(number: int, content: bytes) -> None:
        with parts.receive(upload_id, number) as part:
            part.write(content)
            part.keep()

    threads = [threading.Thread(target=send, args=one) for one in pieces.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send(1, b"a")
    with pytest.raises(InvalidInputError, match="Part 4"):
        parts.complete(upload_id, [1, 2, 3, 4])
    with parts.complete(upload_id, [1, 2, 3]) as incoming:
        digest = incoming.keep()
    parts.remove(upload_id)
    assert artifacts.get(digest) == b"abbccc"
    assert len(files(artifacts.folder)) == 1


def test_parts_that_cannot_be(artifacts: Artifacts) -> None:
    parts = PartedUploads(artifacts)
    upload_id = parts.begin()
    for number in (0, -1, MAX_PARTS + 1):
        with pytest.raises(InvalidInputError):
            parts.receive(upload_id, number)
    with parts.receive(upload_id, 1) as part:
        part.write(b"x")
    with pytest.raises(InvalidInputError, match="did not arrive"):
        parts.complete(upload_id, [1])
    for name in ("", "..", "0" * 32):
        with pytest.raises(NotFoundError):
            parts.receive(name, 1)
        with pytest.raises(NotFoundError):
            parts.remove(name)
