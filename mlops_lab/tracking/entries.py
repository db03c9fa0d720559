"""Owns what a search can find in a document: pure functions from facets to entries."""

from __future__ import annotations

import re

import msgspec

from mlops_lab.core.data import DataVersion
from mlops_lab.core.facets import FACET_TYPES, Environment, FacetKind, GitState, ModelInfo, Order
from mlops_lab.store.documents import Entries, Entry
from mlops_lab.store.facets import ORDER_PROBLEM
from mlops_lab.store.search_captured import PACKAGE

_SEPARATORS = re.compile(r"[-_.]+")


def decode_facet(kind: FacetKind, content: bytes) -> msgspec.Struct | None:
    """Return the facet that a document holds, or None when it holds no such one."""
    try:
        decoded: msgspec.Struct = msgspec.json.decode(content, type=FACET_TYPES[kind])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return decoded


def canonical_package(name: str) -> str:
    """Return the name of a package as installers compare it (PEP 503)."""
    return _SEPARATORS.sub("-", name.strip()).lower()


def entries_of(facet: msgspec.Struct) -> Entries:
    """Return what a search can find in a facet."""
    if isinstance(facet, DataVersion):
        return _data(facet)
    if isinstance(facet, Environment):
        return Entries(
            own=[("python", "", facet.python)],
            shared=[(PACKAGE, canonical_package(one.name), one.version) for one in facet.packages],
        )
    if isinstance(facet, GitState):
        return Entries(own=_git(facet))
    if isinstance(facet, ModelInfo):
        return Entries(
            own=[("model.class", "", facet.class_name), ("model.library", "", facet.library)]
        )
    if isinstance(facet, Order) and facet.problems:
        return Entries(own=[(ORDER_PROBLEM, "", "")])
    return Entries()


def _data(version: DataVersion) -> Entries:
    own: list[Entry] = [("data.content", "", version.content_digest or "")]
    if version.path:
        own.append(("data.path", "", version.path))
    columns = [("data.column", column.name, column.type) for column in version.columns]
    return Entries(own=own, shared=columns)


def _git(state: GitState) -> list[Entry]:
    own: list[Entry] = [("git.dirty", "", "true" if state.dirty else "false")]
    own.extend(
        (field, "", value)
        for field, value in (("git.branch", state.branch), ("git.remote", state.remote))
        if value
    )
    return own
