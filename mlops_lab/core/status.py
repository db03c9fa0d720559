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


class Limits(msgspec.Struct, frozen=True):
    """What a server takes at most; beyond it answers 413, and 429 when it is only for now."""

    max_body_bytes: int
    max_batch_records: int
    max_batch_points: int
    max_batch_words: int
    max_batch_runs: int
    max_key_chars: int
    max_param_bytes: int
    max_note_chars: int
    max_artifact_bytes: int
    max_page: int
    max_points: int
    max_compared: int
    max_waiting_bodies: int
    max_waiting_bytes: int
