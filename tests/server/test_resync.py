"""Proves that who lost the event stream notices, and finds out all that was missed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema

from mlops_lab.core.ids import new_id
from mlops_lab.core.writing import RunOrder
from mlops_lab.server.event_bridge import SCHEMA_ID
from mlops_lab.server.openapi import EVENTS_FILE, RENEW, make_asyncapi, render_events
from mlops_lab.store.outbox import put_change
from mlops_lab.store.tables import outbox

from .conftest import json_of

_DEADLINE_S = 10


class Browser:
    """Follows the events as the front end does: by their numbers, over a socket that may break."""

    def __init__(self, connect: Any, api: Any) -> None:
        self._connect = connect
        self._api = api
        self._socket: Any = None
        self.seq = 0
        self.seen: list[str] = []
        self.resyncs = 0

    async def open(self) -> None:
        self._socket = await self._connect("api", "events", "subscribe")

    async def read(self) -> dict[str, Any]:
        while True:
            message = await asyncio.wait_for(self._socket.read_message(), _DEADLINE_S)
            assert message is not None
            event = json.loads(message)
            if event["schema_id"] == SCHEMA_ID:
                break
        if event["seq"] > self.seq + 1:
            await self.catch_up()
        else:
            self._take(event)
        return event

    async def catch_up(self) -> None:
        more = True
        while more:
            params = {"after": self.seq, "limit": 2}
            found = json_of(await self._api("GET", "changes", params=params))
            if found["resync"]:
                self.resyncs += 1
                self.seq = found["seq"]
                return
            for change in found["changes"]:
                self._take(change)
            more = found["more"]
            self.seq = max(self.seq, found["seq"])

    def _take(self, change: dict[str, Any]) -> None:
        self.seq = change["seq"]
        self.seen.append(change["id"])

    def close(self) -> None:
        self._socket.close()


async def _following(extension: Any) -> None:
    async with asyncio.timeout(_DEADLINE_S):
        while extension._bridge._seq is None:  # noqa: ASYNC110 - the bridge lives in a thread
            await asyncio.sleep(0.01)


async def test_a_browser_that_was_away_catches_up(api, lab, extension, jp_ws_fetch) -> None:
    def make(number: int) -> list[str]:
        orders = [RunOrder(name=f"run {n}") for n in range(number)]
        made = [lab.orders.create_run(order, user="ada", key=None) for order in orders]
        return [run.summary.id for run in made]

    await _following(extension)
    browser = Browser(jp_ws_fetch, api)
    await browser.open()
    await browser.catch_up()
    (first,) = await asyncio.to_thread(make, 1)
    while first not in browser.seen:
        await browser.read()
    browser.close()
    missed = await asyncio.to_thread(make, 5)
    await browser.open()
    (last,) = await asyncio.to_thread(make, 1)
    while last not in browser.seen:
        await browser.read()
    browser.close()
    assert [run for run in browser.seen if run in missed] == missed
    assert browser.resyncs == 0


async def test_what_is_no_longer_kept_is_said(api, lab) -> None:
    ids = [new_id() for _ in range(20)]
    with lab.store.write() as tx:
        for record_id in ids:
            put_change(tx, "run", record_id, "created")
    newest = json_of(await api("GET", "status"))["seq"]
    with lab.store.write() as tx:
        tx.execute(outbox.delete().where(outbox.c.seq <= newest - 5))

    async def after(seq: int) -> dict[str, Any]:
        found: dict[str, Any] = json_of(await api("GET", "changes", params={"after": seq}))
        return found

    whole = await after(newest - 5)
    assert [change["id"] for change in whole["changes"]] == ids[-5:]
    assert (whole["seq"], whole["resync"], whole["more"]) == (newest, False, False)
    assert await after(newest) == {"changes": [], "seq": newest, "resync": False, "more": False}
    gone = {"changes": [], "seq": newest, "resync": True, "more": False}
    assert await after(newest - 6) == gone
    assert await after(newest + 1) == gone  # the number of another store


def test_the_contract_of_the_events_is_fresh_and_true() -> None:
    file = Path(__file__).parents[2] / "contract" / EVENTS_FILE
    assert file.read_text(encoding="utf-8") == render_events(), f"renew it: {RENEW}"
    document = make_asyncapi()
    payload = document["components"]["messages"]["change"]["payload"]
    event = {"schema_id": SCHEMA_ID, "seq": 1, "kind": "run", "id": new_id(), "action": "created"}
    jsonschema.validate(event, payload, jsonschema.Draft202012Validator)


async def test_an_event_is_as_its_contract_says(api, lab, extension, jp_ws_fetch) -> None:
    await _following(extension)
    browser = Browser(jp_ws_fetch, api)
    await browser.open()
    await browser.catch_up()
    order = RunOrder(name="one")
    await asyncio.to_thread(lab.orders.create_run, order, user="ada", key=None)
    event = await browser.read()
    browser.close()
    payload = make_asyncapi()["components"]["messages"]["change"]["payload"]
    jsonschema.validate(event, payload, jsonschema.Draft202012Validator)
