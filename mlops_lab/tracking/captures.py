"""Owns storing what is captured of runs: documents with facets, files, history, identity."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError, LimitError
from mlops_lab.core.ids import is_id
from mlops_lab.core.limits import (
    MAX_ARTIFACT_BYTES,
    MAX_CELL_BYTES,
    MAX_DOCUMENT_BYTES,
    MAX_FACET_NAME_BYTES,
    MAX_KEY_CHARS,
    check_key,
)
from mlops_lab.core.paths import check_artifact_path
from mlops_lab.core.records import (
    ArtifactLogged,
    CellExecuted,
    DocumentKept,
    ExperimentSet,
    FacetCaptured,
)
from mlops_lab.store import documents, experiments, facets, lifecycle, outbox
from mlops_lab.store.rows import storable

from .entries import decode_facet, entries_of
from .limits import Warnings, in_int32, in_range_or_none
from .sorting import Sorted

_DIGEST = re.compile(r"[0-9a-f]{64}")
HISTORY_ID_CHARS = 64
"""Longest name of a kernel's process."""


def store_captures(
    tx: Connection, content: Sorted, *, stored: set[str], warnings: Warnings, now: Millis
) -> None:
    """Write what is captured of the runs of ``stored``; what cannot be becomes a warning of its run."""
    texts = {
        record.digest: text
        for record in content.documents
        if record.run_id in stored and (text := _checked_text(record, warnings)) is not None
    }
    history = [
        row
        for record in content.history
        if record.run_id in stored
        and (row := _history_row(record, texts, warnings=warnings)) is not None
    ]
    documents.add_documents(tx, texts)
    facets.add_history(tx, history)
    facets.place_jobs(tx, _histories_of(content, stored=stored))
    named = [
        record
        for record in content.facets
        if record.run_id in stored and _facet_fits(record, warnings)
    ]
    facets.set_facets(tx, _indexed(tx, named, texts, warnings=warnings))
    files = (r for r in content.artifacts if r.run_id in stored)
    facets.set_artifacts(tx, [_file_row(r) for r in files if _file_fits(r, warnings)])
    _set_experiments(tx, (r for r in content.experiments if r.run_id in stored), warnings, now=now)


def _histories_of(content: Sorted, *, stored: set[str]) -> dict[str, str]:
    """Return the history of each run that did not begin in this batch, as that of a job."""
    late = stored - {record.run_id for record in content.starts}
    return {
        record.run_id: storable(record.history_id)
        for record in reversed(content.history)
        if record.run_id in late and 0 < len(record.history_id) <= HISTORY_ID_CHARS
    }


def store_identities(tx: Connection, content: Sorted, *, stored: set[str]) -> None:
    """Write what the runs of ``stored`` were made of; best when their ends are written."""
    identities = [
        (r.run_id, storable(r.identity), r.same_as if r.same_as and is_id(r.same_as) else None)
        for r in content.identities
        if r.run_id in stored and 0 < len(r.identity) <= MAX_KEY_CHARS
    ]
    lifecycle.set_identities(tx, identities)


def _checked_text(record: DocumentKept, warnings: Warnings) -> bytes | None:
    text = record.content.encode("utf-8", "surrogatepass")
    if len(text) > MAX_DOCUMENT_BYTES:
        reason = f"it has {len(text):,} bytes, the limit is {MAX_DOCUMENT_BYTES:,}"
    elif hashlib.sha256(text).hexdigest() != record.digest:
        reason = "it is not what its digest says"
    else:
        return text
    warnings.append((record.run_id, f"The document {record.digest[:12]!r} was refused: {reason}."))
    return None


def _facet_fits(record: FacetCaptured, warnings: Warnings) -> bool:
    if _DIGEST.fullmatch(record.digest) is None:
        reason = "its digest is none"
    elif len(record.name.encode("utf-8", "surrogatepass")) > MAX_FACET_NAME_BYTES:
        reason = f"its name is longer than {MAX_FACET_NAME_BYTES:,} bytes"
    else:
        return True
    text = f"The {record.kind} {record.name[:60]!r} was not stored: {reason}."
    warnings.append((record.run_id, text))
    return False


def _indexed(
    tx: Connection,
    records: Iterable[FacetCaptured],
    texts: Mapping[str, bytes],
    *,
    warnings: Warnings,
) -> list[facets.FacetRow]:
    """Write the entries of documents that no facet named before; return the facets that have one."""
    wanted = {record.digest: record for record in records}
    known = documents.read_indexed(tx, wanted)
    new = {digest for digest, is_indexed in known.items() if not is_indexed}
    read = {digest: texts[digest] for digest in new & texts.keys()}
    read |= documents.read_documents(tx, new - texts.keys())
    found: dict[str, documents.Entries] = {}
    strange: set[str] = set()
    for digest, text in read.items():
        facet = decode_facet(wanted[digest].kind, text)
        if facet is None:
            strange.add(digest)
        else:
            found[digest] = entries_of(facet)
    documents.index_documents(tx, found)
    rows = []
    for record in records:
        if record.digest in strange or record.digest not in known:
            reason = "cannot be read" if record.digest in strange else "did not arrive"
            told = f"The {record.kind} {record.name[:60]!r} was not stored: its document {reason}."
            warnings.append((record.run_id, told))
            continue
        rows.append(
            facets.FacetRow(
                run_id=record.run_id,
                kind=record.kind,
                name=storable(record.name),
                digest=record.digest,
                key=storable(record.key)[:MAX_KEY_CHARS],
            )
        )
    return rows


def _history_row(
    record: CellExecuted, texts: dict[str, bytes], *, warnings: Warnings
) -> facets.HistoryRow | None:
    """Return the row of a cell of the history; its source is added to ``texts``."""
    source = storable(record.source).encode()
    position = in_int32(record.position)
    if len(source) > MAX_CELL_BYTES:
        told = f"The source of a cell before this one has {len(source):,} bytes and was not stored"
        warnings.append((record.run_id, f"{told}; the limit is {MAX_CELL_BYTES:,} bytes."))
        return None
    if position is None or not 0 < len(record.history_id) <= HISTORY_ID_CHARS:
        warnings.append((record.run_id, "A cell before this one was not stored: it has no place."))
        return None
    digest = documents.digest_of(source)
    texts[digest] = source
    bound = msgspec.json.encode(record.bound).decode()
    return facets.HistoryRow(
        history_id=storable(record.history_id),
        position=position,
        digest=digest,
        cell_id=record.cell_id,
        execution_count=in_int32(record.execution_count),
        started_at=in_range_or_none(record.started_at),
        duration_ms=in_range_or_none(record.duration_ms),
        status=record.status,
        run_id=record.of_run if record.of_run and is_id(record.of_run) else None,
        bound=bound if len(bound) <= MAX_DOCUMENT_BYTES else "{}",
    )


def _file_fits(record: ArtifactLogged, warnings: Warnings) -> bool:
    try:
        check_artifact_path(record.path)
    except InvalidInputError as error:
        warnings.append((record.run_id, str(error)))
        return False
    if _DIGEST.fullmatch(record.digest) and 0 <= record.size <= MAX_ARTIFACT_BYTES:
        return True
    text = f"The file {record.path!r} was not stored: its digest or size is none"
    warnings.append((record.run_id, f"{text}; the limit is {MAX_ARTIFACT_BYTES:,} bytes."))
    return False


def _file_row(record: ArtifactLogged) -> facets.ArtifactRow:
    return facets.ArtifactRow(
        run_id=record.run_id,
        path=storable(record.path),
        digest=record.digest,
        size=record.size,
        media_type=storable(record.media_type)[:MAX_KEY_CHARS],
    )


def _set_experiments(
    tx: Connection, records: Iterable[ExperimentSet], warnings: Warnings, *, now: Millis
) -> None:
    fitting: list[tuple[ExperimentSet, str]] = []
    for record in records:
        try:
            fitting.append((record, storable(check_key("metric", record.primary_metric))))
        except LimitError as error:
            warnings.append((record.run_id, str(error)))
    if not fitting:
        return
    ids = experiments.experiment_ids(tx, {record.name for record, _ in fitting}, now=now)
    for record, metric in sorted(fitting, key=lambda pair: ids[pair[0].name]):
        experiments.set_primary(tx, ids[record.name], metric=metric, direction=record.direction)
        outbox.put_change(tx, "experiment", ids[record.name], "updated")
