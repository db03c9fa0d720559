"""Owns the files of runs: those that were logged, and the one that its packages install from.

Files that belong to no run are in ``freefiles.py``, as ``lab.files.free``.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlops_lab.core.errors import ConflictError, NotFoundError, did_you_mean
from mlops_lab.core.facets import ArtifactRef, Environment
from mlops_lab.core.files import FileEntry, StoredFile, as_entry, one_level
from mlops_lab.core.limits import MAX_KEY_CHARS
from mlops_lab.core.paths import check_artifact_path, check_artifact_prefix
from mlops_lab.core.uploads import Upload
from mlops_lab.store import audit, facets, outbox, run_files
from mlops_lab.store.artifact_parts import PartedUploads
from mlops_lab.store.artifact_uploads import Resuming, Uploads
from mlops_lab.store.artifacts import Incoming
from mlops_lab.store.store import Store

from .capture import read_decoded
from .freefiles import FreeFiles
from .lookup import find_run_id
from .requirements import requirements_of
from .writing import hold_active

_NAMED = 1_000
"""So many files are looked through for one that may have been meant."""


class FilesService:
    """The files of the runs of one store. Safe to use from several threads.

    ``uploads`` go on after a broken connection, ``parts`` come in any order, ``free`` are files that
    belong to no run.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.uploads = Uploads(store.artifacts)
        self.parts = PartedUploads(store.artifacts)
        self.free = FreeFiles(store)

    def find(self, run_id: str, path: str) -> ArtifactRef:
        """Return the file that a run has under ``path``.

        Raises:
            NotFoundError: there is no such run, or it has no such file.
            InvalidInputError: several runs have it.
        """
        with self._store.read() as cx:
            full_id = find_run_id(cx, run_id)
            found = run_files.find_file(cx, full_id, path)
            if found is None:
                known = [file.path for file in run_files.files_below(cx, full_id, "")]
                raise NotFoundError(
                    f"Run {full_id} has no file {path[:200]!r}.",
                    hint=did_you_mean(path, known[:_NAMED]),
                )
        is_kept = self._store.artifacts.has(found.digest)
        return ArtifactRef(found.path, found.digest, found.size, found.media_type, is_kept)

    def list(self, run_id: str, prefix: str = "") -> Sequence[FileEntry]:
        """Return what a run has directly in the folder ``prefix``; empty is the top.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: several runs have it, or no file can lie there.
        """
        return one_level(self._below(run_id, prefix), prefix.rstrip("/"))

    def walk(self, run_id: str, prefix: str = "") -> Sequence[FileEntry]:
        """Return all files that a run has in the folder ``prefix`` and in the folders in it.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: several runs have it, or no file can lie there.
        """
        return [as_entry(file) for file in self._below(run_id, prefix)]

    def add(
        self, run_id: str, path: str, incoming: Incoming, *, media_type: str, who: str
    ) -> StoredFile:
        """Keep what came in as a file of a run; one of the same path is replaced, and that is noted.

        Raises:
            NotFoundError: there is no such run.
            NotActiveError: it is in the trash.
            InvalidInputError: the path cannot be that of a file of a run, or the content is not what
                its digest says.
            ConflictError: the path is a folder of the run, or lies in one of its files.
            StoreUnavailableError: the disk is full, or the artifacts cannot be written.
        """
        check_artifact_path(path)
        with self._store.read() as cx:
            run_id = find_run_id(cx, run_id)
            _check_free(run_files.find_in_the_way(cx, run_id, path), path)
        digest = incoming.keep()
        file = StoredFile(path, digest, incoming.size, media_type[:MAX_KEY_CHARS])
        return self._put(run_id, file, who=who)

    def add_kept(
        self, run_id: str, path: str, digest: str, *, media_type: str, who: str
    ) -> StoredFile:
        """Name kept bytes as a file of a run; one of the same path is replaced, and that is noted.

        Raises:
            NotFoundError: there is no such run, or nothing is kept under the digest.
            NotActiveError: the run is in the trash.
            InvalidInputError: the path cannot be that of a file of a run.
            ConflictError: the path is a folder of the run, or lies in one of its files.
        """
        check_artifact_path(path)
        artifacts = self._store.artifacts
        found = artifacts.find(digest) if artifacts.renew(digest) else None
        if found is None:
            raise NotFoundError(f"Nothing is kept under {digest}.", hint="Send the bytes first.")
        with self._store.read() as cx:
            run_id = find_run_id(cx, run_id)
        file = StoredFile(path, digest, found.size, media_type[:MAX_KEY_CHARS])
        return self._put(run_id, file, who=who)

    def _put(self, run_id: str, file: StoredFile, *, who: str) -> StoredFile:
        path = file.path
        with self._store.write() as tx:
            hold_active(tx, run_id)
            _check_free(run_files.find_in_the_way(tx, run_id, path), path)
            before = run_files.find_file(tx, run_id, path)
            run_files.put_file(tx, run_id, file)
            if before is not None and before.digest != file.digest:
                audit.note(tx, "update", "artifact", run_id, who=who, path=path, was=before.digest)
            outbox.put_change(tx, "run", run_id, "updated")
        return file

    def remove(self, run_id: str, path: str, *, who: str) -> int:
        """Remove a file, or a folder with all that is in it; return how many files they were.

        Their bytes stay until the collection of garbage finds that nothing names them.

        Raises:
            NotFoundError: there is no such run, or nothing of it lies there.
            NotActiveError: it is in the trash.
            InvalidInputError: no file of a run can lie there.
        """
        folder = check_artifact_path(path.rstrip("/"))
        with self._store.write() as tx:
            full_id = find_run_id(tx, run_id)
            hold_active(tx, full_id)
            removed = run_files.remove_files(tx, full_id, folder)
            if not removed:
                raise NotFoundError(f"Run {full_id} has no file {folder[:200]!r}.")
            audit.note(tx, "delete", "artifact", full_id, who=who, path=folder, files=removed)
            outbox.put_change(tx, "run", full_id, "updated")
        return removed

    def _below(self, run_id: str, prefix: str) -> Sequence[StoredFile]:
        folder = check_artifact_prefix(prefix)
        with self._store.read() as cx:
            return run_files.files_below(cx, find_run_id(cx, run_id), folder)

    def keep(self, incoming: Incoming) -> None:
        """Keep what came in whole; runs that have the file are told of as moved.

        Raises:
            InvalidInputError: it is not what its digest says.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        self._tell_of(incoming.keep())

    def keep_upload(self, resuming: Resuming) -> Upload:
        """Note how far an upload is; when it is whole, keep it, and tell of runs that have the file.

        Raises:
            InvalidInputError: the whole is not what its digest says.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        upload = resuming.keep()
        if upload.is_kept:
            self._tell_of(upload.digest)
        return upload

    def _tell_of(self, digest: str) -> None:
        with self._store.read() as cx:
            moved = facets.runs_with(cx, digest)
        if moved:
            with self._store.write() as tx:
                outbox.put_changes(tx, "run", [(run_id, "updated") for run_id in moved])

    def requirements(self, run_id: str) -> str:
        """Return the packages of a run as a text that ``uv`` and ``pip`` install from.

        Raises:
            NotFoundError: there is no such run, or its packages were not recorded.
            InvalidInputError: several runs have it.
        """
        with self._store.read() as cx:
            full_id = find_run_id(cx, run_id)
            decoded = read_decoded(cx, [full_id], kinds=["environment"])[full_id]
        environment = decoded.one("environment", Environment)
        if environment is None:
            raise NotFoundError(
                f"The packages of run {full_id} were not recorded.",
                hint="The capture of the environment was switched off, or the run is older.",
            )
        return requirements_of(environment)


def _check_free(in_the_way: str | None, path: str) -> None:
    if in_the_way is not None:
        raise ConflictError(
            f"The run has a file {in_the_way!r}, so that {path!r} cannot be one too.",
            hint="One of them would be a folder: give the file another path.",
        )
