"""Reads the facets that a kernel spooled, and waits for those that come from the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.facets import FACET_TYPES
from mlops_lab.core.records import DocumentKept, FacetCaptured, RunStarted

from .spool_reader import read_records, wait_until


def read_facets(folder: Path, kind: str) -> list[Any]:
    """Return the facet of each run, in the order in which the runs began; None where there is none."""
    records = read_records(folder)
    documents = {one.digest: one.content for one in records if isinstance(one, DocumentKept)}
    last = {
        one.run_id: msgspec.json.decode(documents[one.digest], type=FACET_TYPES[one.kind])
        for one in records
        if isinstance(one, FacetCaptured) and one.kind == kind
    }
    return [last.get(one.run_id) for one in records if isinstance(one, RunStarted)]


def last_facet(folder: Path, kind: str, such: Callable[[Any], bool] = lambda _facet: True) -> Any:
    """Return the facet of the newest run, as soon as it is ``such``."""

    def found() -> list[Any]:
        facets = read_facets(folder, kind) if folder.exists() else []
        facet = facets[-1] if facets else None
        return [facet] if facet is not None and such(facet) else []

    return wait_until(found, what=f"a facet {kind}")[0]


def documents_of(folder: Path, kind: str) -> set[str]:
    """Return the digests of the documents of all facets of a kind."""
    records = read_records(folder)
    return {one.digest for one in records if isinstance(one, FacetCaptured) and one.kind == kind}
