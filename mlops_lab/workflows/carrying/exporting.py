"""Owns writing an export file: runs with everything they hold, streamed into a zip."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Self

import msgspec
from sqlalchemy import Connection

from mlops_lab._version import __version__
from mlops_lab.core.carrying import (
    FORMAT,
    VERSION,
    CarriedDocument,
    CarriedLogged,
    CarriedPoints,
    CarriedRun,
    CarriedSpans,
    CarriedTrace,
    ExportReport,
    Manifest,
    Member,
)
from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, NotFoundError, StoreUnavailableError
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.core.numbers import to_wire
from mlops_lab.lab import Lab
from mlops_lab.store import audit, carried, carried_beside, carried_models, documents, metrics
from mlops_lab.store.family import with_children
from mlops_lab.store.rows import pieces
from mlops_lab.store.store import Store

from . import layout

_NAN = float("nan")


def find_runs(lab: Lab, *, filter_text: str = "", experiment: str | None = None) -> list[str]:
    """Return the ids of all runs that match, newest first.

    Raises:
        InvalidInputError: the filter cannot be read.
        NotFoundError: none matches.
    """
    found: list[str] = []
    cursor = None
    while True:
        page = lab.tracking.list_runs(
            filter=filter_text, experiment=experiment, limit=MAX_PAGE, cursor=cursor
        )
        found += [one.id for one in page.runs]
        cursor = page.next_cursor
        if cursor is None:
            break
    if not found:
        raise NotFoundError("No run matches.", hint="See what there is: mlops-lab runs list")
    return found


def export_runs(lab: Lab, run_ids: Sequence[str], file: Path, *, who: str) -> ExportReport:
    """Write runs, with their children and all that they hold, into a new file.

    It is written beside its place and moved there when it is whole.

    Args:
        lab: the open store.
        run_ids: whole ids.
        file: what to write.
        who: the user, for the audit.

    Raises:
        InvalidInputError: the file is there already.
        StoreUnavailableError: the file or the store cannot be written or read.
    """
    if file.exists():
        raise InvalidInputError(
            f"The file {str(file)!r} is there already.", hint="Name another one with --output."
        )
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("xb") as target:
            report = _write(lab.store, run_ids, target, str(file))
        unfinished.replace(file)
    except FileExistsError as error:
        raise InvalidInputError(
            f"{str(unfinished)!r} is there already: another export may be writing it.",
            hint="Wait for it, or remove the file.",
        ) from error
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StoreUnavailableError(
            f"{str(file)!r} cannot be written: {error}.", hint="Check free space and permissions."
        ) from error
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    with lab.store.write() as tx:
        for run_id in run_ids:
            audit.note(tx, "export", "run", run_id, who=who, file=file.name)
    return msgspec.structs.replace(report, bytes=file.stat().st_size)


class _Zip:
    """A zip that notes size and digest of every member."""

    def __init__(self, target: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self.members: list[Member] = []

    def add(
        self, path: str, portions: Iterable[bytes], *, packed: int = zipfile.ZIP_DEFLATED
    ) -> None:
        """Write a member from its portions."""
        info = zipfile.ZipInfo(path)
        info.compress_type = packed
        hashed, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as member:
            for portion in portions:
                hashed.update(portion)
                size += len(portion)
                member.write(portion)
        self.members.append(Member(path, size, hashed.hexdigest()))

    def end(self, manifest: Manifest) -> None:
        """Write the manifest, the last member."""
        content = msgspec.json.encode(manifest)
        self._zip.writestr(zipfile.ZipInfo(layout.MANIFEST), content, zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()


def _write(store: Store, run_ids: Sequence[str], target: IO[bytes], name: str) -> ExportReport:
    with _Zip(target) as out:
        return _write_members(store, run_ids, out, name)


def _write_members(store: Store, run_ids: Sequence[str], out: _Zip, name: str) -> ExportReport:
    texts: dict[str, None] = {}
    files: dict[str, str] = {}
    names: dict[str, None] = {}
    with store.read() as cx:
        every = with_children(cx, run_ids)
        for run in carried.read_carried(cx, every):
            out.add(layout.run_member(run.id), run_lines(cx, run))
            names[run.experiment] = None
            texts.update(dict.fromkeys(facet.digest for facet in run.facets))
            for one in run.files:
                files.setdefault(one.digest, f"{run.id} {one.path}")
        out.add(layout.EXPERIMENTS, map(layout.line, carried.read_carried_experiments(cx, names)))
        models = carried_models.read_models(cx, every)
        out.add(layout.MODELS, map(layout.line, models))
        _add_beside(cx, out, every, names, files)
        out.add(layout.HISTORY, _history_lines(cx, every, texts))
        out.add(layout.DOCUMENTS, _document_lines(cx, texts))
    missing = {digest: shown for digest, shown in files.items() if not store.artifacts.has(digest)}
    for digest in files.keys() - missing.keys():
        out.add(layout.artifact_member(digest), _bytes_of(store, digest), packed=zipfile.ZIP_STORED)
    made = Manifest(
        format=FORMAT,
        version=VERSION,
        made_by=__version__,
        made_at=now_ms(),
        members=out.members,
        runs=every,
        missing=sorted(missing),
    )
    out.end(made)
    kept = len(files) - len(missing)
    return ExportReport(name, 0, len(every), kept, sorted(missing.values()))


def _add_beside(
    cx: Connection, out: _Zip, every: Sequence[str], names: Iterable[str], files: dict[str, str]
) -> None:
    """Write what belongs to the runs; note the files that it has."""

    def noted(lines: Iterable[CarriedLogged | CarriedTrace | CarriedSpans]) -> Iterator[bytes]:
        for one in lines:
            if not isinstance(one, CarriedSpans):
                shown = one.model.id if isinstance(one, CarriedLogged) else one.trace.id
                for file in one.files:
                    files.setdefault(file.digest, f"{shown} {file.path}")
            yield layout.line(one)

    out.add(layout.LOGGED, noted(carried_beside.read_logged(cx, every)))
    out.add(layout.TRACES, noted(carried_beside.read_traces(cx, every)))
    out.add(layout.DATASETS, map(layout.line, carried_beside.read_datasets(cx, names)))


def run_lines(cx: Connection, run: CarriedRun) -> Iterator[bytes]:
    """Yield the lines of a run: itself, and then the points of its metrics."""
    yield layout.line(run)
    for series in metrics.read_series(cx, [run.id]).get(run.id, []):
        every = chain.from_iterable(metrics.stream_points(cx, series))
        # Lines of one length, however the store keeps its points.
        for portion in pieces(every, layout.POINTS_PER_LINE):
            yield layout.line(
                CarriedPoints(
                    name=series.name,
                    steps=[step for step, _, _ in portion],
                    times=[time for _, time, _ in portion],
                    values=[to_wire(_NAN if value is None else value) for _, _, value in portion],
                )
            )


def run_digest(cx: Connection, run_id: str) -> str | None:
    """Return the SHA-256 of a run as it would be exported; None when there is none."""
    for run in carried.read_carried(cx, [run_id]):
        hashed = hashlib.sha256()
        for portion in run_lines(cx, run):
            hashed.update(portion)
        return hashed.hexdigest()
    return None


def _history_lines(
    cx: Connection, run_ids: Sequence[str], texts: dict[str, None]
) -> Iterator[bytes]:
    for row in carried.read_histories(cx, run_ids):
        texts[row.digest] = None
        yield layout.line(row)


def _document_lines(cx: Connection, digests: Iterable[str]) -> Iterator[bytes]:
    for some in pieces(sorted(digests), 50):
        for digest, content in sorted(documents.read_documents(cx, some).items()):
            yield layout.line(CarriedDocument(digest, content.decode("utf-8", "surrogatepass")))


def _bytes_of(store: Store, digest: str) -> Iterator[bytes]:
    with store.artifacts.open(digest) as content:
        while portion := content.read():
            yield portion
