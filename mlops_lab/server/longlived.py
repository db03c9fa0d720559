"""Owns that what a server keeps for good is not searched for garbage again and again."""

from __future__ import annotations

import asyncio
import gc

AFTER_S = 10.0
"""When extensions, the store and its library are loaded, in seconds from the start."""


async def set_aside() -> None:
    """Take what is loaded by then out of the search for garbage, until cancelled.

    A search through all that Jupyter, its extensions and SQLAlchemy have loaded stops the whole
    process for a fifth of a second, and a server with many callers begins one every few seconds.
    What nobody refers to any more is freed as ever; only rings among what is there now stay.
    """
    await asyncio.sleep(AFTER_S)
    gc.collect()
    # What others have set aside cannot be told from what is set aside here.
    is_first = gc.get_freeze_count() == 0
    gc.freeze()
    try:
        await asyncio.Event().wait()
    finally:
        if is_first:
            gc.unfreeze()
