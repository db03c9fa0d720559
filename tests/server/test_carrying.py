"""Shows export, import and report over HTTP: whole files, refused ones, and who may."""

from __future__ import annotations

import asyncio
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from mlops_lab.client import Client
from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.ids import new_id

from .conftest import json_of
from .live_server import TOKEN, LiveServer

MEBIBYTE = 1_048_576


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, LiveServer]]:
    pair = [LiveServer(tmp_path_factory.mktemp(name)) for name in ("one", "two")]
    for one in pair:
        asyncio.run(one.wait_until_up())
    yield pair[0], pair[1]
    for one in pair:
        one.kill()


def client_of(server: LiveServer) -> Client:
    return Client(f"http://127.0.0.1:{server.port}", TOKEN)


def leftovers(server: LiveServer) -> list[Path]:
    """What is left when the server has had time to clean up after its answer."""
    deadline = time.monotonic() + 30
    while True:
        found = [path for path in server.folder.glob("data/**/incoming/*") if path.exists()]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_runs_go_from_server_to_server(
    servers: tuple[LiveServer, LiveServer], tmp_path: Path
) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as made:
        for number in range(150):
            made.write(number.to_bytes(2) * (MEBIBYTE // 2))
    with client_of(servers[0]) as here, client_of(servers[1]) as there:
        run_id = here.runs.create(experiment="sums", name="one").summary.id
        here.runs.log(run_id, metrics=[here.point("loss", 1 / n, step=n) for n in range(1, 50)])
        here.files.add(run_id, big)
        here.runs.finish(run_id)
        before = [psutil.Process(one.process.pid).memory_info().rss for one in servers]
        file = here.carrying.export([run_id[-8:]], tmp_path / "runs.zip")
        report = there.carrying.take(file)
        after = [psutil.Process(one.process.pid).memory_info().rss for one in servers]
        assert report.taken == {"experiments": 1, "files": 1, "runs": 1}
        assert there.carrying.take(file).skipped == 1
        assert there.runs.get(run_id).summary.name == "one"
        got = there.files.get(run_id, "big.bin", tmp_path / "back.bin")
        assert got.read_bytes() == big.read_bytes()
        assert [entry.action for entry in there.audit.list(record=run_id)] == ["import"]
    assert all(grown - was < 80 * MEBIBYTE for was, grown in zip(before, after, strict=True))
    assert [leftovers(one) for one in servers] == [[], []]


def test_a_report_is_downloaded(servers: tuple[LiveServer, LiveServer], tmp_path: Path) -> None:
    with client_of(servers[0]) as lab:
        ids = [lab.runs.create(experiment="r", name=f"run-{n}").summary.id for n in range(2)]
        page = lab.carrying.report(ids, tmp_path / "r.html", title="Third <week>")
        assert "Third &lt;week&gt;" in page.read_text(encoding="utf-8")
        text = lab.carrying.report(ids[:1], tmp_path / "r.md", format="markdown")
        assert text.read_text(encoding="utf-8").startswith("# run")
        with pytest.raises(NotFoundError):
            lab.carrying.report([new_id()], tmp_path / "none.html")
        assert not (tmp_path / "none.html").exists()
    assert leftovers(servers[0]) == []


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_a_file_that_is_none_is_refused(
    servers: tuple[LiveServer, LiveServer], tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bad.zip"
    file.write_bytes(content)
    refused = pytest.raises(InvalidInputError, match="The file that was sent cannot be imported")
    with client_of(servers[1]) as lab, refused:
        lab.carrying.take(file)
    assert leftovers(servers[1]) == []


async def test_who_may(api, extension, jp_auth_header) -> None:
    made = json_of(await api("POST", "runs", body={"experiment": "sums", "name": "one"}))
    run_id = made["summary"]["id"]
    kernel = {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}
    for method, path, params in (
        ("GET", "export", {"run_id": run_id}),
        ("POST", "import", {}),
    ):
        for headers in ({}, kernel):
            refused = await api(method, path, params=params, body=None, headers=headers)
            assert refused.code == 403
    assert (await api("GET", "report", params={"run_id": run_id}, headers={})).code == 403
    page = await api("GET", "report", params={"run_id": run_id}, headers=kernel)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "attachment" in page.headers["Content-Disposition"]


async def test_what_cannot_be_asked(api) -> None:
    for path, params in (
        ("export", {}),
        ("report", {}),
        ("export", {"run_id": "../x"}),
        ("report", {"run_id": "abcd", "format": "pdf"}),
        ("export", {"run_id": "abcd", "more": 1}),
    ):
        assert (await api("GET", path, params=params)).code == 400
    missing = await api("GET", "export", params={"run_id": new_id()})
    assert missing.code == 404


async def test_an_export_is_a_whole_zip(api) -> None:
    made = json_of(await api("POST", "runs", body={"experiment": "sums", "name": "one"}))
    got = await api("GET", "export", params={"run_id": made["summary"]["id"]})
    assert got.code == 200
    assert got.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(got.body)) as packed:
        assert packed.testzip() is None
        assert "manifest.json" in packed.namelist()


async def test_a_file_is_not_made_for_its_headers(api) -> None:
    made = json_of(await api("POST", "runs", body={"experiment": "sums", "name": "one"}))
    for path in ("export", "report"):
        refused = await api("HEAD", path, params={"run_id": made["summary"]["id"]})
        assert refused.code == 405
        assert "HEAD" not in refused.headers["Allow"]
