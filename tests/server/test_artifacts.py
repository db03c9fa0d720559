"""Shows how files come in and go out: streamed, verified, for those who may, and never as a page."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.core.logged import NewClientRun
from mlops_lab.server.routes import API_ROOT
from mlops_lab.store import audit

from .conftest import json_of

CONTENT = bytes(range(256)) * 20_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def token(extension: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}


@pytest.fixture
def kept(extension: Any) -> Path:
    """The folder of the artifacts."""
    return Path(extension.lab_settings.artifact_dir)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def _until_gone(folder: Path) -> None:
    async with asyncio.timeout(20):
        while files(folder):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)


async def test_what_a_kernel_uploads_comes_back(api, token, kept) -> None:
    assert (await api("HEAD", f"artifacts/{DIGEST}", headers=token)).code == 404
    stored = await api("PUT", f"artifacts/{DIGEST}", body=CONTENT, headers=token)
    assert (stored.code, stored.body) == (204, b"")
    assert len(files(kept)) == 1
    head = await api("HEAD", f"artifacts/{DIGEST}", headers=token)
    assert (head.code, head.headers["Content-Length"]) == (200, str(len(CONTENT)))
    again = await api("PUT", f"artifacts/{DIGEST}", body=CONTENT, headers=token)
    assert again.code == 204
    assert len(files(kept)) == 1
    for headers in (token, None):
        assert (await api("GET", f"artifacts/{DIGEST}", headers=headers)).body == CONTENT


async def test_an_empty_file(api, token) -> None:
    digest = hashlib.sha256(b"").hexdigest()
    assert (await api("PUT", f"artifacts/{digest}", body=b"", headers=token)).code == 204
    got = await api("GET", f"artifacts/{digest}", headers=token)
    assert (got.code, got.body) == (200, b"")


async def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(api, token, kept) -> None:
    wrong = await api("PUT", f"artifacts/{DIGEST}", body=CONTENT[:-1], headers=token)
    assert wrong.code == 409
    assert "has the digest" in json_of(wrong)["detail"]
    for name in ("0" * 63, "A" * 64, "../../etc/passwd", "..%2f..%2fetc%2fpasswd"):
        answer = await api("PUT", f"artifacts/{name}", body=b"x", headers=token)
        assert answer.code in (400, 403, 404)
    assert files(kept) == []


async def test_who_may_not_write_sends_nothing(api, jp_serverapp, kept) -> None:
    from jupyter_server.auth import Authorizer

    for headers in ({}, {"Authorization": "Bearer wrong"}):
        refused = await api("PUT", f"artifacts/{DIGEST}", body=CONTENT, headers=headers)
        assert refused.code == 403

    class ReadOnly(Authorizer):
        def is_authorized(self, *args: Any) -> bool:
            return args[2] == "read"

    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)
    assert (await api("PUT", f"artifacts/{DIGEST}", body=CONTENT)).code == 403
    assert files(kept) == []


async def test_a_file_of_a_run_is_sent_as_a_download(api, token, delivery) -> None:
    page = b"<script>alert(1)</script>"
    digest = hashlib.sha256(page).hexdigest()
    await api("PUT", f"artifacts/{digest}", body=page, headers=token)
    run_id = new_id()
    path = 'a/ro"c ä.html'
    batch = delivery.batch(
        delivery.run(run_id),
        delivery.record("artifact", run_id, path, digest, len(page), "text/html"),
        delivery.record("artifact", run_id, "odd", digest, len(page), "text/html\r\nX-Evil: 1"),
        delivery.record("artifact", run_id, "lost", "0" * 64, 1, "text/html"),
    )
    assert (await api("POST", delivery.path, body=batch)).code == 200
    got = await api("GET", f"runs/{run_id}/artifacts/{path}")
    assert (got.code, got.body) == (200, page)
    assert got.headers["Content-Disposition"] == (
        "attachment; filename=\"ro_c _.html\"; filename*=UTF-8''ro%22c%20%C3%A4.html"
    )
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Type"] == "text/html"
    assert "default-src 'none'" in got.headers["Content-Security-Policy"]
    odd = await api("GET", f"runs/{run_id}/artifacts/odd")
    assert odd.headers["Content-Type"] == "application/octet-stream"
    assert "X-Evil" not in odd.headers
    for missing in ("lost", "a", "a/../odd", "..%2fodd", "%2e%2e/odd", "/odd", "a/"):
        assert (await api("GET", f"runs/{run_id}/artifacts/{missing}")).code == 404


async def test_a_file_that_was_changed_on_disk_is_not_sent_whole(api, token, kept) -> None:
    await api("PUT", f"artifacts/{DIGEST}", body=CONTENT, headers=token)
    (path,) = files(kept)
    path.chmod(0o644)
    path.write_bytes(b"x" + CONTENT[1:])
    try:
        answer = await api("GET", f"artifacts/{DIGEST}", headers=token)
    except Exception:  # noqa: BLE001 - which one depends on how far it came
        return
    assert answer.code >= 500


async def _open(api: Any, jp_serverapp: Any, headers: str) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", jp_serverapp.port)
    head = (
        f"PUT /user/ada/{API_ROOT}/artifacts/{DIGEST} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
    )
    writer.write(head.encode())
    return writer


async def test_a_caller_that_goes_away_leaves_nothing(api, jp_serverapp, token, kept) -> None:
    sent = f"Authorization: {token['Authorization']}\r\nContent-Length: {len(CONTENT)}\r\n"
    writer = await _open(api, jp_serverapp, sent)
    writer.write(CONTENT[: len(CONTENT) // 2])
    await writer.drain()
    async with asyncio.timeout(20):
        while not files(kept):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
    writer.close()
    await _until_gone(kept)


async def test_a_file_beyond_the_limit_is_refused_before_it_is_sent(
    api, jp_serverapp, token, kept
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", jp_serverapp.port)
    head = (
        f"PUT /user/ada/{API_ROOT}/artifacts/{DIGEST} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {token['Authorization']}\r\nContent-Length: {MAX_ARTIFACT_BYTES + 1}\r\n\r\n"
    )
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.read(65_536), timeout=20)
    writer.close()
    assert b" 413 " in answer.partition(b"\r\n")[0]
    assert f"{MAX_ARTIFACT_BYTES:,}".encode() in answer
    assert files(kept) == []


async def test_a_large_file_is_never_whole_in_memory(api, jp_serverapp, token, kept) -> None:
    size, portion = 60_000_000, b"x" * 500_000
    digest = hashlib.sha256(b"x" * size).hexdigest()
    reader, writer = await asyncio.open_connection("127.0.0.1", jp_serverapp.port)
    head = (
        f"PUT /user/ada/{API_ROOT}/artifacts/{digest} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {token['Authorization']}\r\nContent-Length: {size}\r\n\r\n"
    )
    tracemalloc.start()
    try:
        writer.write(head.encode())
        for _ in range(size // len(portion)):
            writer.write(portion)
            await writer.drain()
        answer = await asyncio.wait_for(reader.read(65_536), timeout=60)
        _, highest = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    writer.close()
    assert b" 204 " in answer.partition(b"\r\n")[0]
    assert [path.stat().st_size for path in files(kept)] == [size]
    assert highest < 20_000_000


async def test_some_bytes_of_a_file(api, token) -> None:
    await api("PUT", f"artifacts/{DIGEST}", body=CONTENT, headers=token)
    size, tag = len(CONTENT), f'"{DIGEST}"'
    whole = await api("GET", f"artifacts/{DIGEST}", headers=token)
    assert (whole.headers["Accept-Ranges"], whole.headers["ETag"]) == ("bytes", tag)

    async def ask(wanted: str, **more: str) -> Any:
        headers = token | {"Range": wanted} | {k.replace("_", "-"): v for k, v in more.items()}
        return await api("GET", f"artifacts/{DIGEST}", headers=headers)

    for wanted, first, last in (
        ("bytes=0-0", 0, 0),
        ("bytes=2000000-4999999", 2_000_000, 4_999_999),
        (f"bytes={size - 5}-", size - 5, size - 1),
        ("bytes=-7", size - 7, size - 1),
        (f"bytes=-{size * 2}", 0, size - 1),
        (f"bytes=10-{size * 2}", 10, size - 1),
    ):
        got = await ask(wanted, If_Range=tag)
        assert (got.code, got.body) == (206, CONTENT[first : last + 1])
        assert got.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert got.headers["ETag"] == tag
    for wanted in ("bytes=1-0", "bytes=0-1,3-4", "lines=1-2", "bytes=x", "bytes=-", ""):
        got = await ask(wanted)
        assert (got.code, got.body) == (200, CONTENT)
    assert (await ask("bytes=0-1", If_Range='"other"')).code == 200
    for wanted in (f"bytes={size}-", f"bytes={size}-{size + 1}", "bytes=-0"):
        got = await ask(wanted)
        assert (got.code, got.headers["Content-Range"]) == (416, f"bytes */{size}")
        assert json_of(got)["status"] == 416
    known = await ask("bytes=0-1", If_None_Match=tag)
    assert (known.code, known.body) == (304, b"")


async def test_files_of_a_run_over_http(api, token, lab) -> None:
    experiment_id = lab.writing.create_experiment("e", who="ada")
    run_id = lab.writing.create_run(NewClientRun(experiment_id, name="r", user="ada"))
    for path in ("a/b/c.json", "a/d.txt", "e.bin", "a/b/\u00e4 1%.txt"):
        got = await api("PUT", f"runs/{run_id}/artifacts/{path}", body=CONTENT)
        assert (got.code, json_of(got)["path"], json_of(got)["digest"]) == (200, path, DIGEST)
    assert json_of(await api("GET", f"runs/{run_id}/artifacts"))["files"] == [
        {"path": "a", "is_folder": True, "size": None, "digest": None, "media_type": None},
        {
            "path": "e.bin",
            "is_folder": False,
            "size": len(CONTENT),
            "digest": DIGEST,
            "media_type": "application/octet-stream",
        },
    ]
    for folder, deep, names in (
        ("a", False, ["a/b", "a/d.txt"]),
        ("a/", False, ["a/b", "a/d.txt"]),
        ("a/b", False, ["a/b/c.json", "a/b/\u00e4 1%.txt"]),
        ("", True, ["a/b/c.json", "a/b/\u00e4 1%.txt", "a/d.txt", "e.bin"]),
        ("nothing", True, []),
    ):
        asked = {"path": folder, "recursive": str(deep).lower()}
        found = json_of(await api("GET", f"runs/{run_id}/artifacts", params=asked))["files"]
        assert [one["path"] for one in found] == names
    again = await api("PUT", f"runs/{run_id}/artifacts/e.bin", body=b"new")
    assert again.code == 200
    assert (await api("GET", f"runs/{run_id}/artifacts/e.bin")).body == b"new"
    for path in ("a", "a/d.txt/x", "e.bin/x/y"):
        assert (await api("PUT", f"runs/{run_id}/artifacts/{path}", body=b"x")).code == 409
    assert (await api("DELETE", f"runs/{run_id}/artifacts/e.bin", headers=token)).code == 403
    assert (await api("DELETE", f"runs/{run_id}/artifacts/a/b")).code == 204
    assert (await api("DELETE", f"runs/{run_id}/artifacts/a/b")).code == 404
    left = json_of(await api("GET", f"runs/{run_id}/artifacts", params={"recursive": "true"}))
    assert [one["path"] for one in left["files"]] == ["a/d.txt", "e.bin"]
    assert (await api("PUT", f"runs/{new_id()}/artifacts/x", body=b"x")).code == 404
    with lab.store.read() as cx:
        done = [(one.action, one.detail["path"]) for one in audit.read_entries(cx, kind="artifact")]
    assert done == [("delete", "a/b"), ("update", "e.bin")]


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "%2e%2e/x", "..%2fx", "%252e%252e%252fx", "/etc/passwd", "C:/x", "a\\b",
     "a//b", "NUL", "a/", "x" * 300, "\uff0e\uff0e/x", "a\u2215b", "a%00b"],
)  # fmt: skip
async def test_paths_that_lead_elsewhere(api, lab, kept, path: str) -> None:
    experiment_id = lab.writing.create_experiment("e", who="ada")
    run_id = lab.writing.create_run(NewClientRun(experiment_id, name="r", user="ada"))
    for quoted in (path, urllib.parse.quote(path, safe="")):
        got = await api("PUT", f"runs/{run_id}/artifacts/{quoted}", body=b"x")
        assert got.code in (400, 404)
    got = await api("GET", f"runs/{run_id}/artifacts", params={"path": path})
    assert got.code in (200, 404)
    assert not json_of(got).get("files")
    assert lab.files.walk(run_id) == []
    assert files(kept) == []
