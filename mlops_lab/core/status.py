"""Owns the struct in which a server says how it is."""

from __future__ import annotations

import msgspec

from .jobs import Worker


class ServerStatus(msgspec.Struct, frozen=True):
    """The state of one server and its store. ``seq`` is the newest change of the store."""

    version: str
    user: str
    store_url: str
    schema_revision: str
    seq: int
    runs: int
    workers: list[Worker]
