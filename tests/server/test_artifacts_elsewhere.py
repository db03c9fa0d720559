"""Shows a server whose artifacts are in a bucket: by its trait, with uploads, ranges and damage."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.buckets import Bucket, bucket, s3_endpoint

from .conftest import json_of

__all__ = ["bucket", "s3_endpoint"]

CONTENT = bytes(range(256)) * 40_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def jp_server_config(bucket: Bucket) -> dict[str, Any]:
    return {
        "ServerApp": {"jpserver_extensions": {"mlops_lab": True}},
        "LabExtensionApp": {"artifact_url": bucket.url},
    }


def left_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_bytes_come_and_go(api, extension) -> None:
    assert (await api("PUT", f"artifacts/{DIGEST}", body=CONTENT)).code == 204
    assert left_in(extension.lab_settings.artifact_dir) == []
    head = await api("HEAD", f"artifacts/{DIGEST}")
    assert (head.code, head.headers["Content-Length"]) == (200, str(len(CONTENT)))
    assert (await api("GET", f"artifacts/{DIGEST}")).body == CONTENT
    headers = {**(await _auth(api)), "Range": "bytes=9000000-9000009"}
    some = await api("GET", f"artifacts/{DIGEST}", headers=headers)
    assert (some.code, some.body) == (206, CONTENT[9_000_000:9_000_010])


async def test_an_upload_in_pieces_ends_in_the_bucket(api, lab) -> None:
    new = {"digest": DIGEST, "size": len(CONTENT)}
    upload = json_of(await api("POST", "uploads", body=new))
    where = f"uploads/{upload['id']}"
    for start in (0, 6_000_000):
        piece = CONTENT[start : start + 6_000_000]
        got = await api("PATCH", where, params={"offset": start}, body=piece)
    assert json_of(got)["is_kept"]
    assert [one.digest for one in lab.store.artifacts.place.every()] == [DIGEST]
    again = json_of(await api("POST", "uploads", body=new))
    assert again["is_kept"]


async def test_a_bucket_that_went_away_is_told(api, monkeypatch, extension) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    got = await api("PUT", f"artifacts/{DIGEST}", body=CONTENT)
    assert got.code == 503
    problem = json_of(got)
    assert "cannot be reached" in problem["detail"]
    assert "AWS_ENDPOINT_URL" in problem["hint"]


async def _auth(api: Any) -> dict[str, str]:
    """Return the header that a call of ``api`` has by itself."""
    response = await api("GET", "status")
    return {"Authorization": response.request.headers["Authorization"]}
