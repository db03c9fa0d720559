"""Proves that changes reach the browser's event stream, in order, from this process and others."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import pytest

from mlops_lab.core.changes import Change
from mlops_lab.core.ids import new_id
from mlops_lab.server.event_bridge import (
    LEAST_REST_S,
    MOST_REST_S,
    SCHEMA_ID,
    coalesce,
    rest_after,
)
from mlops_lab.store.outbox import put_change

_DEADLINE_S = 10

_OTHER_PROCESS = """
import sys
from pathlib import Path
from mlops_lab.core.settings import make_settings
from mlops_lab.store.outbox import put_change
from mlops_lab.store.store import Store
store = Store.open(make_settings(jupyter_data_dir=Path(".")))
with store.write() as tx:
    put_change(tx, "job", sys.argv[1], "updated")
store.close()
"""


async def _next_change(socket: Any) -> dict[str, Any]:
    while True:
        message = await asyncio.wait_for(socket.read_message(), _DEADLINE_S)
        assert message is not None, "the event stream was closed"
        event = json.loads(message)
        if event["schema_id"] == SCHEMA_ID:
            return {key: event[key] for key in ("seq", "kind", "id", "action")}


@pytest.fixture
def events(extension, lab, jp_ws_fetch, jp_asyncio_loop) -> Any:
    """The event stream as a browser holds it, opened after the bridge began to follow."""
    jp_asyncio_loop.run_until_complete(_following(extension))
    socket = jp_asyncio_loop.run_until_complete(jp_ws_fetch("api", "events", "subscribe"))
    yield socket
    socket.close()


async def _following(extension: Any) -> None:
    async with asyncio.timeout(_DEADLINE_S):
        while extension._bridge._seq is None:  # noqa: ASYNC110 - the bridge lives in a thread
            await asyncio.sleep(0.01)


async def test_a_delivered_batch_arrives_as_an_event(api, delivery, events) -> None:
    run_id = new_id()
    batch = delivery.batch(delivery.run(run_id), delivery.metric(run_id, 0.5), delivery.end(run_id))
    assert (await api("POST", delivery.path, body=batch)).code == 200
    change = await _next_change(events)
    assert (change["kind"], change["id"]) == ("run", run_id)
    assert change["seq"] > 0


async def test_what_another_process_writes_arrives(events) -> None:
    job_id = new_id()
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", _OTHER_PROCESS, job_id)
    change = await _next_change(events)
    assert await other.wait() == 0
    assert change == {"seq": change["seq"], "kind": "job", "id": job_id, "action": "updated"}


async def test_a_burst_arrives_in_order_and_each_record_with_its_newest(lab, events) -> None:
    ids = [new_id() for _ in range(200)]

    def write() -> None:
        with lab.store.write() as tx:
            for action in ("created", "updated", "updated"):
                for record_id in ids:
                    put_change(tx, "run", record_id, action)

    await asyncio.to_thread(write)
    got = [await _next_change(events) for _ in ids]
    assert [change["id"] for change in got] == ids
    assert [change["seq"] for change in got] == sorted(change["seq"] for change in got)
    assert {change["action"] for change in got} == {"created"}


async def test_the_bridge_stops_and_lets_go(extension, lab) -> None:
    await _following(extension)
    await asyncio.to_thread(extension._bridge.stop)
    assert not extension._bridge._thread.is_alive()


def test_the_busier_the_loop_the_longer_changes_gather() -> None:
    assert rest_after(0.001, LEAST_REST_S) == LEAST_REST_S
    assert LEAST_REST_S < rest_after(0.05, LEAST_REST_S) < MOST_REST_S
    assert rest_after(3.0, LEAST_REST_S) == MOST_REST_S
    rest, drains = MOST_REST_S, 0
    while rest > LEAST_REST_S:
        rest, drains = rest_after(0.001, rest), drains + 1
    assert drains < 20


async def test_a_loop_that_stands_still_makes_events_fewer(lab, extension, events) -> None:
    def write(number: int) -> None:
        with lab.store.write() as tx:
            put_change(tx, "run", run_id, "updated" if number else "created")

    run_id = new_id()
    await asyncio.to_thread(write, 0)
    time.sleep(0.3)  # noqa: ASYNC251 - the loop itself is busy, for longer than any rest needs
    assert (await _next_change(events))["id"] == run_id
    async with asyncio.timeout(_DEADLINE_S):
        while extension._bridge._rest_s < MOST_REST_S:
            await asyncio.to_thread(write, 1)
            time.sleep(0.3)  # noqa: ASYNC251 - as above
            await asyncio.sleep(0.01)


def test_a_record_that_was_made_and_removed_is_only_removed() -> None:
    changes = [
        Change(seq=1, kind="run", id="a", action="created"),
        Change(seq=2, kind="run", id="b", action="created"),
        Change(seq=3, kind="run", id="a", action="updated"),
        Change(seq=4, kind="run", id="b", action="deleted"),
        Change(seq=5, kind="job", id="a", action="updated"),
    ]
    assert coalesce(changes) == [
        Change(seq=3, kind="run", id="a", action="created"),
        Change(seq=4, kind="run", id="b", action="deleted"),
        Change(seq=5, kind="job", id="a", action="updated"),
    ]
