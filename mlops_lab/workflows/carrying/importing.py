"""Owns taking an export file into a store: same run ids, and nothing there is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from mlops_lab.core.carrying import CarriedDocument, CarriedRun, ImportReport
from mlops_lab.core.clock import held_time, now_ms
from mlops_lab.core.masking import mask_document, masked
from mlops_lab.store import carried, documents, outbox
from mlops_lab.store.carried import Origin
from mlops_lab.store.rows import pieces
from mlops_lab.store.store import Store

from .archive import Archive
from .beside import take_datasets, take_logged, take_traces
from .exporting import run_digest
from .models import take_models
from .taking import take_run
from .tally import Tally

_KIND = "export"
_THERE = "a run with this id is in the store with other content; it was left as it is"
_NO_BYTES = "the bytes of the file were missing where it was exported"
_ENDED = "the run was open when it was exported; it was taken in as killed"


def import_archive(
    store: Store,
    file: Path,
    *,
    who: str,
    name: str = "",
    told: Callable[[str], None] = lambda _: None,
) -> ImportReport:
    """Take the runs of an export file into a store. A second time takes nothing.

    Args:
        store: the open store.
        file: what ``export_runs`` wrote.
        who: the user, for the audit.
        name: what people call the file; else its path.
        told: called with a line whenever a run was done.

    Raises:
        InvalidInputError: the file is damaged, cut, of another kind or of a newer format; nothing
            was taken from it.
        StoreUnavailableError: the store cannot be written now; what was taken stays, and the rest
            is taken the next time.
    """
    shown = name or str(file)
    tally = Tally(shown, told=told)
    with Archive(file, name) as archive:
        wanted = _find_wanted(store, archive, tally)
        _take_bytes(store, archive, tally)
        changed = _take_shared(store, archive, wanted, tally) if wanted else {}
        for run, digest in archive.runs():
            if run.id in wanted:
                _take(
                    store,
                    archive,
                    _renamed(run, changed),
                    Origin(_KIND, run.id, digest, Path(shown).name),
                    tally,
                    who=who,
                )
        take_logged(store, archive.logged_models(), tally, who=who, run_of=str)
        take_traces(store, archive.traces(), tally, who=who, run_of=str)
        take_datasets(store, archive.datasets(), tally, who=who)
        take_models(store, archive.models(), tally, who=who, run_of=str)
    return tally.report()


def _find_wanted(store: Store, archive: Archive, tally: Tally) -> set[str]:
    """Return the runs that the store lacks."""
    wanted = set()
    with store.read() as cx:
        known = carried.read_imported(cx, _KIND, archive.manifest.runs)
    if any(one.is_unfinished for one in known.values()):
        with store.write() as tx:
            carried.drop_unfinished(tx, _KIND, known)
    with store.read() as cx:
        known = carried.read_imported(cx, _KIND, archive.manifest.runs)
        for run, digest in archive.runs():
            before = known.get(run.id)
            if before is not None and before.digest == digest:
                tally.skip()
            elif not carried.is_taken(cx, run.id):
                wanted.add(run.id)
            elif run_digest(cx, run.id) == digest:
                tally.skip()
            else:
                tally.leave(_THERE, f"{run.id} {run.name}")
    return wanted


def _take_bytes(store: Store, archive: Archive, tally: Tally) -> None:
    for digest in archive.artifacts():
        if store.artifacts.renew(digest):
            continue
        with store.artifacts.receive(digest) as incoming:
            for portion in archive.read_artifact(digest):
                incoming.write(portion)
            incoming.keep()
        tally.took("files")


def _take_shared(store: Store, archive: Archive, wanted: set[str], tally: Tally) -> dict[str, str]:
    """Write what several runs may share: documents, histories, experiments.

    Return the digests of the documents that held secrets, each with the one that it has now.
    """
    now = now_ms()
    changed: dict[str, str] = {}
    for texts in pieces(archive.documents(), 50):
        contents = dict(_clean(one, changed) for one in texts)
        with store.write() as tx:
            documents.add_documents(tx, contents)
    for rows in pieces(archive.history()):
        here = [
            msgspec.structs.replace(one, digest=changed.get(one.digest, one.digest)) for one in rows
        ]
        with store.write() as tx:
            carried.add_missing_history(tx, here)
    named = {run.experiment for run, _ in archive.runs() if run.id in wanted}
    for experiment in archive.experiments():
        if experiment.name in named:
            with store.write() as tx:
                experiment_id, is_new = carried.add_experiment(tx, masked(experiment), now=now)
                outbox.put_change(
                    tx, "experiment", experiment_id, "created" if is_new else "updated"
                )
            tally.took("experiments", int(is_new))
    return changed


def _clean(one: CarriedDocument, changed: dict[str, str]) -> tuple[str, bytes]:
    clean = mask_document(one.content)
    content = clean.encode("utf-8", "surrogatepass")
    if clean == one.content:
        return one.digest, content
    changed[one.digest] = documents.digest_of(content)
    return changed[one.digest], content


def _renamed(run: CarriedRun, changed: dict[str, str]) -> CarriedRun:
    """Return a run whose facets name its documents as they are here."""
    facets = [
        msgspec.structs.replace(one, digest=changed.get(one.digest, one.digest))
        for one in run.facets
    ]
    return msgspec.structs.replace(run, facets=facets)


def _take(
    store: Store, archive: Archive, run: CarriedRun, origin: Origin, tally: Tally, *, who: str
) -> None:
    missing = set(archive.manifest.missing)
    started = held_time(run.started_at)
    ended = None if run.ended_at is None else held_time(run.ended_at)
    taken = msgspec.structs.replace(run, started_at=started, ended_at=ended)
    if run.status == "running":
        # Nobody here would ever end it.
        tally.leave(_ENDED, f"{run.id} {run.name}")
        end = max(started, held_time(archive.manifest.made_at))
        taken = msgspec.structs.replace(
            taken, status="killed", ended_at=end, duration_ms=end - started
        )
    if not take_run(store, lambda _: taken, archive.points(run.id), origin=origin, who=who):
        tally.leave(_THERE, f"{run.id} {run.name}")
        return
    tally.took("runs")
    for file in run.files:
        if file.digest in missing:
            tally.leave(_NO_BYTES, f"{run.id} {file.path}")
