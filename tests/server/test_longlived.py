"""Proves that what a server has loaded is set aside, and given back when it stops."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from mlops_lab.server import longlived


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(longlived, "AFTER_S", 0.0)


async def test_a_server_sets_aside_what_it_has_loaded(at_once: None, extension: Any) -> None:
    async with asyncio.timeout(10):
        while not gc.get_freeze_count():  # noqa: ASYNC110 - a task of the server does it
            await asyncio.sleep(0.01)
    assert len(gc.get_objects()) < gc.get_freeze_count() / 2
    await extension.stop_extension()
    assert gc.get_freeze_count() == 0


async def test_what_others_have_set_aside_stays_so(at_once: None) -> None:
    theirs = ["set aside by others"]
    gc.freeze()
    try:
        found = gc.get_freeze_count()
        task = asyncio.create_task(longlived.set_aside())
        async with asyncio.timeout(10):
            while gc.get_freeze_count() <= found:  # noqa: ASYNC110 - the task tells nobody
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Not by the count: what is set aside may die all the same.
        assert all(one is not theirs for one in gc.get_objects())
    finally:
        gc.unfreeze()
