"""Owns the files of runs: those that were logged, and the one that its packages install from."""

from __future__ import annotations

from mlops_lab.core.errors import NotFoundError, did_you_mean
from mlops_lab.core.facets import ArtifactRef, Environment
from mlops_lab.store import facets, outbox
from mlops_lab.store.artifacts import Incoming
from mlops_lab.store.store import Store

from .capture import read_decoded
from .lookup import find_run_id
from .requirements import requirements_of


class FilesService:
    """The files of the runs of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, run_id: str, path: str) -> ArtifactRef:
        """Return the file that a run has under ``path``.

        Raises:
            NotFoundError: there is no such run, or it has no such file.
            InvalidInputError: several runs have it.
        """
        with self._store.read() as cx:
            full_id = find_run_id(cx, run_id)
            rows = facets.read_artifacts(cx, full_id)
        for row in rows:
            if row.path == path:
                is_kept = self._store.artifacts.has(row.digest)
                return ArtifactRef(row.path, row.digest, row.size, row.media_type, is_kept)
        raise NotFoundError(
            f"Run {full_id} has no file {path[:200]!r}.",
            hint=did_you_mean(path, [row.path for row in rows]),
        )

    def keep(self, incoming: Incoming) -> None:
        """Keep what came in whole; runs that have the file are told of as moved.

        Raises:
            InvalidInputError: it is not what its digest says.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        incoming.keep()
        with self._store.read() as cx:
            moved = facets.runs_with(cx, incoming.digest)
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
