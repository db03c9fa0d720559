"""Proves the collection of garbage: what something names stays, also what is named just now."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlops_lab.core.clock import now_ms
from mlops_lab.core.files import StoredFile
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.core.uploads import NewUpload
from mlops_lab.store import audit, references, run_files
from mlops_lab.store.all_tables import metadata
from mlops_lab.store.artifact_claims import (
    GOING_MS,
    claim,
    claimed,
    forget_claims,
    mark_going,
    unmark_going,
)
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.artifact_parts import PartedUploads
from mlops_lab.store.artifact_place import KeptBytes
from mlops_lab.store.artifact_uploads import Uploads
from mlops_lab.store.free_files import FreeFile, set_free_file
from mlops_lab.store.store import Store
from tests.buckets import Bucket, bucket, s3_endpoint

__all__ = ["bucket", "s3_endpoint"]

DAY = 86_400_000


@pytest.fixture(params=["local", "s3"])
def garbage_store(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Store]:
    url = ""
    if request.param == "s3":
        made: Bucket = request.getfixturevalue("bucket")
        url = made.url
    opened = Store.open(make_settings(jupyter_data_dir=settings.data_dir, artifact_url=url))
    yield opened
    opened.close()


def later() -> int:
    """Two days from now: all that is there is old by then."""
    return now_ms() + 2 * DAY


def name_it(store: Store, digest: str) -> None:
    with store.write() as tx:
        set_free_file(tx, FreeFile("area", digest, digest, 1, "text/plain", 1))


def test_every_column_with_a_digest_is_known() -> None:
    found = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name == "digest" or column.name.endswith("_digest")
    }
    named = {(column.table.name, column.name) for column in references.named_by()}
    assert named.isdisjoint(references.OTHER_DIGESTS)
    assert found == named | set(references.OTHER_DIGESTS)


def test_what_nothing_names_goes_after_its_grace(garbage_store: Store) -> None:
    store = garbage_store
    named, unnamed = store.artifacts.put(b"named"), store.artifacts.put(b"unnamed")
    name_it(store, named)
    assert Garbage(store).collect(grace=DAY, who="ada").artifacts == 0
    assert store.artifacts.has(unnamed)
    garbage = Garbage(store, clock=later)
    survey = garbage.survey(grace=DAY)
    assert store.artifacts.has(unnamed)
    assert garbage.collect(grace=DAY, who="ada") == survey
    assert (survey.artifacts, survey.artifact_bytes, survey.kept) == (1, 7, 1)
    assert not store.artifacts.has(unnamed)
    assert store.artifacts.get(named) == b"named"
    with store.read() as cx:
        (entry,) = audit.read_entries(cx)
    assert (entry.who, entry.action, entry.kind) == ("ada", "collect", "artifact")
    assert entry.detail == {"count": 1, "bytes": 7, "digests": [unnamed]}


def test_what_is_named_while_it_is_looked_at_stays(
    garbage_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = garbage_store
    digest = store.artifacts.put(b"content")
    garbage = Garbage(store, clock=later)
    found = list(garbage._unnamed(later()))
    assert [one.digest for _, some in found for one in some] == [digest]
    name_it(store, digest)
    monkeypatch.setattr(garbage, "_unnamed", lambda _: iter(found))
    assert garbage.collect(grace=0, who="ada").artifacts == 0
    assert store.artifacts.has(digest)


def test_what_was_put_again_stays(garbage_store: Store) -> None:
    store = garbage_store
    digest = store.artifacts.put(b"content")
    kept = store.artifacts.find(digest)
    assert kept is not None
    # A bucket tells whole seconds.
    while now_ms() < kept.touched_at + 1_200:
        time.sleep(0.01)
    # A file system may know the time in steps of some milliseconds.
    before = now_ms() - 100
    store.artifacts.put(b"content")
    clock = iter([before + DAY])
    assert Garbage(store, clock=lambda: next(clock)).collect(grace=DAY, who="ada").artifacts == 0
    assert store.artifacts.has(digest)
    assert Garbage(store, clock=later).collect(grace=DAY, who="ada").artifacts == 1


def test_nobody_waits_for_a_bucket_that_is_slow_to_remove(
    settings: Settings, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_settings(jupyter_data_dir=settings.data_dir, artifact_url=bucket.url)
    with closing(Store.open(made)) as store:
        digest = store.artifacts.put(b"content")
        place = store.artifacts.place
        remove = place.remove
        seen: list[bool] = []

        def slowly(digests: Iterable[str], *, touched_before: int) -> list[KeptBytes]:
            name_it(store, "1" * 64)
            # Nobody may count on what is about to go.
            seen.append(place.renew(digest))
            return remove(digests, touched_before=touched_before)

        monkeypatch.setattr(place, "remove", slowly)
        assert Garbage(store, clock=later).collect(grace=DAY, who="ada").artifacts == 1
        assert seen == [False]
        assert store.artifacts.find(digest) is None
        assert store.artifacts.put(b"content") == digest
        assert store.artifacts.renew(digest)


def test_who_was_killed_while_removing_holds_nothing_up_for_ever(store: Store) -> None:
    digest = "0" * 64
    with store.write() as tx:
        mark_going(tx, [digest], now=DAY)
        assert not claim(tx, digest, now=DAY + GOING_MS - 1)
        assert claimed(tx, [digest], since=DAY, now=DAY + 1) == {digest}
        forget_claims(tx, before=DAY, now=DAY + 1)
        assert not claim(tx, digest, now=DAY + 1)
        assert claimed(tx, [digest], since=DAY, now=DAY + GOING_MS + 1) == set()
        assert claim(tx, digest, now=DAY + GOING_MS + 1)
        mark_going(tx, [digest], now=DAY)
        unmark_going(tx, [digest])
        assert claim(tx, digest, now=DAY + 1)


def test_old_claims_go(store: Store) -> None:
    with store.write() as tx:
        claim(tx, "0" * 64, now=1)
    Garbage(store).collect(grace=DAY, who="ada")
    with store.read() as cx:
        assert cx.execute(metadata.tables["artifact_claim"].select()).all() == []


def test_what_broke_off_goes_too(store: Store) -> None:
    uploads, parts = Uploads(store.artifacts), PartedUploads(store.artifacts)
    upload = uploads.begin(NewUpload("0" * 64, 100))
    resuming = uploads.resume(upload.id, 0)
    resuming.write(b"x" * 10)
    resuming.discard()
    with parts.receive(parts.begin(), 1) as part:
        part.write(b"x" * 20)
        part.keep()
    incoming = store.artifacts.receive()
    folder = store.artifacts.folder / "sha256" / "ab"
    folder.mkdir(parents=True)
    for name in (".new-abc", ".going-abc"):
        (folder / name).write_bytes(b"x")
    assert Garbage(store).collect(grace=DAY, who="ada").unfinished == 0
    assert uploads.find(upload.id).offset == 10
    found = Garbage(store, clock=later).collect(grace=DAY, who="ada")
    assert found.unfinished == 5
    assert found.unfinished_bytes > 32
    incoming.discard()
    assert not [path for path in store.artifacts.folder.rglob("*") if path.is_file()]


def test_damage_is_reported(store: Store) -> None:
    digests = [store.artifacts.put(content) for content in (b"one", b"two", b"three")]
    path = store.artifacts.folder / "sha256" / digests[1][:2] / digests[1][2:]
    path.chmod(0o644)
    path.write_bytes(b"2")
    found = list(Garbage(store).verify())
    assert len(found) == 3
    (damage,) = [one for one in found if one]
    assert (damage.digest, damage.size) == (digests[1], 1)
    assert "was changed" in damage.found


def test_writers_lose_nothing_while_garbage_is_collected(store: Store) -> None:
    """Contents that are old and unnamed are put and named again while they are collected."""
    contents = [b"%d" % number for number in range(60)]
    digests = [store.artifacts.put(content) for content in contents]
    for digest in digests:
        os.utime(store.artifacts.folder / "sha256" / digest[:2] / digest[2:], (1, 1))
    stop = threading.Event()

    def collect() -> None:
        while not stop.is_set():
            Garbage(store).collect(grace=DAY, who="ada")

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        for content in contents:
            name_it(store, store.artifacts.put(content))
    finally:
        stop.set()
        collector.join()
    assert [store.artifacts.get(digest) for digest in digests] == contents


def test_files_of_a_run_name_their_bytes(store: Store, a_run: str) -> None:
    digest = store.artifacts.put(b"content")
    with store.write() as tx:
        run_files.put_file(tx, a_run, StoredFile("a/b", digest, 7, "text/plain"))
    Garbage(store, clock=later).collect(grace=DAY, who="ada")
    assert store.artifacts.has(digest)
    with store.write() as tx:
        assert run_files.remove_files(tx, a_run, "a") == 1
    assert Garbage(store, clock=later).collect(grace=DAY, who="ada").artifacts == 1


@pytest.fixture
def a_run(store: Store, tmp_path: Path) -> str:
    from mlops_lab.core.logged import NewClientRun
    from mlops_lab.tracking.writing import WritingService

    writing = WritingService(store)
    experiment_id = writing.create_experiment("e", who="ada")
    return writing.create_run(NewClientRun(experiment_id, name="r", user="ada"))
