"""Proves that input which does not fit is refused, and that the answer names the place."""

from __future__ import annotations

import json

import pytest

from mlops_lab.core.errors import InvalidInputError, LimitError
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import MAX_BATCH_BYTES
from mlops_lab.server.decode import decode_input
from mlops_lab.server.handlers import comparison, jobs, lists, status, tracking, writing

from .conftest import json_of


def _query(**given: str | list[str]) -> dict[str, list[bytes]]:
    return {
        name: [value.encode() for value in ([values] if isinstance(values, str) else values)]
        for name, values in given.items()
    }


def test_a_query_is_typed_and_has_defaults() -> None:
    found = decode_input(lists.list_runs, path={}, query=_query(limit="5", filter="null"), body=b"")
    assert found["query"] == lists.RunsQuery(filter="null", limit=5)


def test_a_repeated_parameter_is_a_list_only_where_one_is_asked_for() -> None:
    ids = [new_id(), new_id()]
    found = decode_input(comparison.compare_runs, path={}, query=_query(run_id=ids), body=b"")
    assert found["query"].run_id == ids
    with pytest.raises(InvalidInputError, match="2 times"):
        decode_input(lists.list_runs, path={}, query=_query(limit=["1", "2"]), body=b"")


def test_an_unknown_parameter_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode_input(lists.list_runs, path={}, query=_query(limits="5"), body=b"")
    assert refused.value.hint == "Did you mean 'limit'?"
    with pytest.raises(InvalidInputError):
        decode_input(status.get_status, path={}, query=_query(limit="5"), body=b"")


def test_what_belongs_to_jupyter_is_let_through() -> None:
    query = {"1732180000000": [b""], "token": [b"x"], "_xsrf": [b"y"]}
    assert decode_input(status.get_status, path={}, query=query, body=b"") == {}


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many", "1.5", ""])
def test_a_number_out_of_range_is_refused(limit: str) -> None:
    with pytest.raises(InvalidInputError, match=r"\$\.limit"):
        decode_input(lists.list_runs, path={}, query=_query(limit=limit), body=b"")


@pytest.mark.parametrize("run_id", ["abc", "x" * 8, "0" * 33, "../../status"])
def test_a_path_that_is_no_id_is_refused(run_id: str) -> None:
    with pytest.raises(InvalidInputError, match="run_id"):
        decode_input(tracking.get_run, path={"run_id": run_id}, query={}, body=b"")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"definition_id": "\xff"}', "not JSON"),
        (b"[]", "object"),
        (b"{}", "definition_id"),
        (b'{"definition_id": "a", "revision": "one"}', r"\$\.revision"),
        (b'{"definition_id": "a", "parameter": {}}', "parameter"),
        (b'{"definition_id": "a", "parameters": ' + b"[" * 100_000, "deep|fit|JSON"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_its_place(body: bytes, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        decode_input(jobs.submit_job, path={}, query={}, body=body)


def test_a_body_beyond_the_limit_is_refused_with_the_limit() -> None:
    with pytest.raises(LimitError) as refused:
        decode_input(jobs.submit_job, path={}, query={}, body=b" " * (MAX_BATCH_BYTES + 1))
    assert f"{MAX_BATCH_BYTES:,}" in refused.value.hint


async def test_the_place_is_in_the_answer(api, delivery) -> None:
    batch = delivery.batch(delivery.run(new_id()))
    batch["records"][0][1] = "first"
    response = await api("POST", delivery.path, body=batch)
    assert response.code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = json_of(response)
    assert "$.records[0][1]" in problem["detail"]
    assert problem["code"] == "invalid_input"
    assert problem["hint"]


async def test_non_utf8_and_encoded_slashes_are_refused(api, http_server_client) -> None:
    response = await api("GET", "runs", params={"filter": b"\xff"})
    assert response.code == 400
    response = await api("GET", "runs/..%2f..%2fstatus")
    assert response.code == 404


@pytest.mark.parametrize("run_id", ["A1b2", "0" * 32, "ABCDEF01" * 4])
def test_a_part_of_an_id_may_be_typed_in_either_case(run_id: str) -> None:
    decoded = decode_input(tracking.get_run, path={"run_id": run_id}, query={}, body=b"")
    assert decoded == {"run_id": run_id}


def test_a_whole_number_may_be_written_with_a_point_and_no_other_number_changes() -> None:
    given = {
        "params": {"rate": 1.0, "depth": 2},
        "metrics": [{"name": "loss", "value": 3.0, "step": 4.0, "time": 5.0}],
        "tags": {"team": "a"},
    }
    found = decode_input(
        writing.log_batch, path={"run_id": new_id()}, query={}, body=json.dumps(given).encode()
    )["body"]
    assert (repr(found.params), found.tags) == ("{'rate': 1.0, 'depth': 2}", {"team": "a"})
    [point] = found.metrics
    assert [repr(one) for one in (point.value, point.step, point.time)] == ["3.0", "4", "5"]


def test_whole_numbers_are_found_in_records_too(delivery) -> None:
    batch = delivery.batch(delivery.run(new_id()))
    batch["records"][0][1] = float(batch["records"][0][1])
    body = json.dumps(batch).encode()
    path = {"spool_id": batch["spool"]["spool_id"]}
    found = decode_input(tracking.deliver_batch, path=path, query={}, body=body)["body"]
    assert found.records[0].seq == 1


def test_a_number_that_is_not_whole_is_refused_where_it_stands() -> None:
    body = b'{"definition_id": "a", "revision": 1.5, "parameters": {"rate": 2.0}}'
    with pytest.raises(InvalidInputError, match=r"\$\.revision"):
        decode_input(jobs.submit_job, path={}, query={}, body=body)
