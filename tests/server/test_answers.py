"""Shows what belongs to every answer: its tag, its compression, its next page, and its errors."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from typing import Any

import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import MAX_BATCH_BYTES
from mlops_lab.core.writing import RunOrder
from mlops_lab.server.answering import accepts_gzip
from mlops_lab.server.mediatypes import is_json_label
from mlops_lab.server.routes import API_ROOT

from .conftest import json_of


@pytest.fixture
def runs(lab: Any) -> list[str]:
    """The ids of 30 runs."""
    orders = [RunOrder(name=f"run {n}", params={"n": n}) for n in range(30)]
    made = [lab.orders.create_run(order, user="ada", key=None) for order in orders]
    return [run.summary.id for run in made]


@pytest.mark.parametrize("path", ["runs", "details", "runs/{run}", "experiments", "comparison"])
async def test_who_has_the_answer_gets_no_other(api, lab, runs, path, jp_auth_header) -> None:
    address = path.format(run=runs[0])
    params = {"run_id": runs[:2]} if path == "comparison" else {}
    first = await api("GET", address, params=params)
    tag = first.headers["Etag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    same = await api("GET", address, params=params, headers=jp_auth_header | {"If-None-Match": tag})
    assert (same.code, same.body, same.headers["Etag"]) == (304, b"", tag)
    lab.writing.log_batch(runs[0], params={"another": "1"})
    lab.writing.update_run(runs[0], status="finished")
    changed = await api(
        "GET", address, params=params, headers=jp_auth_header | {"If-None-Match": tag}
    )
    assert changed.code == 200
    assert changed.headers["Etag"] != tag


async def test_a_large_answer_is_compressed_for_who_can_read_it(api, runs, jp_auth_header) -> None:
    plain = await api("GET", "details", headers=jp_auth_header | {"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    packed = await api("GET", "details", headers=jp_auth_header | {"Accept-Encoding": "br, gzip"})
    # The client of these tests unpacks by itself, and says so.
    assert packed.headers.get("X-Consumed-Content-Encoding") == "gzip"
    assert packed.body == plain.body
    assert packed.headers["Etag"] == plain.headers["Etag"]
    assert packed.headers["Vary"] == "Accept-Encoding"


async def test_compression_is_real(
    api, http_server_port, runs, jp_auth_header, jp_base_url
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    head = f"GET {jp_base_url}{API_ROOT}/details HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: {jp_auth_header['Authorization']}\r\nAccept-Encoding: gzip\r\n"
    writer.write((head + "Connection: close\r\n\r\n").encode())
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    body = answer.partition(b"\r\n\r\n")[2]
    assert len(json.loads(gzip.decompress(body))["runs"]) == 30
    assert len(body) * 3 < len(gzip.decompress(body))


async def test_the_next_page_is_a_link(api, runs, jp_base_url) -> None:
    seen: list[str] = []
    response = await api("GET", "runs", params={"limit": 12, "experiment": "Default"})
    while True:
        seen += [run["id"] for run in json_of(response)["runs"]]
        link = response.headers.get("Link")
        if link is None:
            break
        found = re.fullmatch(r'<([^>]+)>; rel="next"', link)
        assert found is not None
        path, _, query = found[1].partition("?")
        assert path == f"{jp_base_url}{API_ROOT}/runs"
        params = dict(part.split("=", 1) for part in query.split("&"))
        assert (params["limit"], params["experiment"]) == ("12", "Default")
        response = await api("GET", "runs", params=params)
    assert sorted(seen) == sorted(runs)


async def test_what_was_made_has_an_address(api, jp_base_url) -> None:
    made = await api("POST", "runs", body={"name": "one"})
    run_id = json_of(made)["summary"]["id"]
    assert made.headers["Location"] == f"{jp_base_url}{API_ROOT}/runs/{run_id}"
    made = await api("POST", "experiments", body={"name": "a/b ä"})
    assert made.headers["Location"] == f"{jp_base_url}{API_ROOT}/experiments/a%2Fb%20%C3%A4"


async def test_a_key_makes_an_order_once(api, jp_auth_header) -> None:
    headers = jp_auth_header | {"Idempotency-Key": "order-1"}
    first, second = [
        await api("POST", "runs", body={"name": "one"}, headers=headers) for _ in range(2)
    ]
    assert first.code == second.code == 201
    assert json_of(first) == json_of(second)
    other = await api("POST", "runs", body={"name": "two"}, headers=headers)
    assert other.code == 409
    bad = await api("POST", "runs", body={}, headers=jp_auth_header | {"Idempotency-Key": "a b"})
    assert bad.code == 400


async def test_head_is_get_without_a_body(api, runs) -> None:
    got = await api("GET", f"runs/{runs[0]}")
    head = await api("HEAD", f"runs/{runs[0]}")
    assert (head.code, head.body) == (200, b"")
    assert head.headers["Etag"] == got.headers["Etag"]


async def test_every_error_is_a_problem(api, jp_auth_header) -> None:
    post = {"body": b"{}", "headers": jp_auth_header}
    cases = [
        (404, "GET", "no/such/route", {}),
        (404, "GET", f"runs/{new_id()}", {}),
        (405, "DELETE", "runs", {}),
        (405, "PUT", f"runs/{new_id()}", post),
        (403, "GET", "runs", {"headers": {}}),
        (403, "POST", "runs", {"body": b"{}", "headers": {}}),
        (400, "POST", "runs", post | {"body": b"{"}),
        (400, "POST", "runs", post | {"body": b"\xff\xfe"}),
        (400, "POST", "runs", post | {"body": b"[" * 100_000}),
        (400, "POST", "runs", post | {"body": b'{"nam": "x"}'}),
        (400, "GET", "runs", {"params": {"limit": "many"}}),
        (413, "POST", "runs", post | {"body": b" " * (MAX_BATCH_BYTES + 1)}),
        (415, "POST", "runs", post | {"headers": jp_auth_header | {"Content-Type": "text/xml"}}),
    ]
    for status, method, path, more in cases:
        response = await api(method, path, **more)
        assert response.code == status, (method, path, response.body)
        assert response.headers["Content-Type"] == "application/problem+json"
        problem = json_of(response)
        assert set(problem) == {
            *("type", "title", "status", "detail", "code", "hint"),
            *("position", "length", "suggestions"),
        }
        assert problem["status"] == status
        assert problem["code"]
    allowed = (await api("DELETE", "runs")).headers["Allow"]
    assert allowed == "GET, HEAD, OPTIONS, POST"


async def test_a_filter_that_cannot_be_read_says_where(api) -> None:
    response = await api("GET", "runs", params={"filter": "metrics.loss < "})
    assert response.code == 400
    assert json_of(response)["position"] is not None


async def test_whole_numbers_may_be_written_with_a_point(api) -> None:
    made = await api("POST", "runs", body=b'{"name": "from R", "started_at": 5.0}')
    assert json_of(made)["summary"]["started_at"] == 5
    assert (await api("POST", "runs", body=b'{"started_at": 5.5}')).code == 400


def test_labels_of_json() -> None:
    for label in ("", "application/json", "application/json; charset=UTF-8", "Application/X+JSON"):
        assert is_json_label(label)
    assert is_json_label("application/x-www-form-urlencoded")  # what curl writes over any body
    for label in ("text/plain", "application/json; charset=latin-1", "multipart/form-data", "x"):
        assert not is_json_label(label)


def test_who_accepts_gzip() -> None:
    for header in ("gzip", "deflate, GZIP;q=0.5", "*"):
        assert accepts_gzip(header)
    for header in ("", "identity", "gzip;q=0", "br"):
        assert not accepts_gzip(header)
