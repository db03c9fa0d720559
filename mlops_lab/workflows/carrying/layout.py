"""Owns the layout of an export file: names of its members, its lines, and the limits on both.

The file is a zip. ``manifest.json`` lists every other member with size and SHA-256; the other
members are JSON lines of the structs of ``core.carrying``, and ``artifacts/<digest>``, which is
stored as it is. A member ``runs/<id>.jsonl`` is one ``CarriedRun`` and then its ``CarriedPoints``; the
same run has the same bytes, whichever store wrote it.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from mlops_lab.core.carrying import (
    CarriedDataset,
    CarriedDocument,
    CarriedExperiment,
    CarriedHistory,
    CarriedLogged,
    CarriedModel,
    CarriedRecord,
    CarriedSpans,
    CarriedTrace,
)

MANIFEST = "manifest.json"
EXPERIMENTS = "experiments.jsonl"
DOCUMENTS = "documents.jsonl"
HISTORY = "history.jsonl"
MODELS = "models.jsonl"
LOGGED = "logged-models.jsonl"
TRACES = "traces.jsonl"
DATASETS = "evaluation-datasets.jsonl"

LINES: dict[str, Any] = {
    EXPERIMENTS: CarriedExperiment,
    DOCUMENTS: CarriedDocument,
    HISTORY: CarriedHistory,
    MODELS: CarriedModel,
    LOGGED: CarriedLogged,
    TRACES: CarriedTrace | CarriedSpans,
    DATASETS: CarriedDataset | CarriedRecord,
}
"""What each line of a member holds."""

RUN = re.compile(r"runs/([0-9a-f]{32})\.jsonl")
ARTIFACT = re.compile(r"artifacts/([0-9a-f]{64})")

POINTS_PER_LINE = 5_000
MAX_MEMBERS = 500_000
MAX_MANIFEST_BYTES = 256 * 2**20
MAX_LINE_BYTES = 64 * 2**20
"""Longest line: one run without its points; a document has a limit of its own."""
MAX_TEXT_BYTES = 64 * 2**30
"""Most bytes of one member of JSON lines."""
MAX_RATIO = 400
"""How often smaller than its content a member may be, from ``RATIO_COUNTS`` bytes on."""
RATIO_COUNTS = 64 * 2**20


def line(value: msgspec.Struct) -> bytes:
    """Return a struct as one line."""
    return msgspec.json.encode(value) + b"\n"


def run_member(run_id: str) -> str:
    """Return the name of the member of a run."""
    return f"runs/{run_id}.jsonl"


def artifact_member(digest: str) -> str:
    """Return the name of the member of the bytes with this digest."""
    return f"artifacts/{digest}"


def is_member_name(name: str) -> bool:
    """Tell whether a member can be called so; it is never used as a path."""
    return name in LINES or any(form.fullmatch(name) for form in (RUN, ARTIFACT))
