"""Owns what the tests of reproduction record runs with: real shells, and a store of their own."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import psutil

from mlops_lab.core import kernelenv
from mlops_lab.core.facets import FacetKind, Reproduction
from mlops_lab.lab import Lab
from mlops_lab.store.documents import Entries, add_documents, digest_of, index_documents
from mlops_lab.store.facets import FacetRow, read_facets, set_facets
from mlops_lab.workflows.reproduce import Wishes, reproduce

from .shells import LOAD, Order, run_in_shells, write_notebook


class Recorder:
    """Records the cells of a notebook as a kernel does, and reproduces its newest run."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.file = write_notebook(folder / "train.ipynb", "pass")

    def record(self, *cells: str) -> str:
        order = Order(cells=[LOAD, *cells, "result = 0"], file=self.file)
        run_in_shells([order], data=self.lab.settings.data_dir, folder=self.folder)
        self.lab.tracking.take_in_spools(self.lab.settings.spool_dir)
        newest = self.lab.tracking.newest_run()
        assert newest is not None
        return newest.summary.id

    def reproduce(self, run_id: str, wishes: Wishes | None = None) -> Reproduction:
        done = reproduce(self.lab, run_id, wishes)
        assert self.lab.tracking.get_capture(run_id).reproductions[-1] == done
        return done


def replay_processes(data_dir: Path) -> list[psutil.Process]:
    """Return the processes that belong to a reproduction of this store."""
    found = []
    for process in psutil.process_iter():
        try:
            place = process.environ().get(kernelenv.REPLAY, "")
            if process.pid != os.getpid() and place.startswith(str(data_dir)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def set_facet(lab: Lab, run_id: str, kind: FacetKind, facet: msgspec.Struct) -> None:
    """Replace what was captured of a run, as if it had been so."""
    content = msgspec.json.encode(facet)
    digest = digest_of(content)
    with lab.store.write() as tx:
        rows = read_facets(tx, [run_id], kinds=[kind]).get(run_id, [])
        name = rows[0].name if rows else ""
        add_documents(tx, {digest: content})
        index_documents(tx, {digest: Entries()})
        set_facets(tx, [FacetRow(run_id, kind, name, digest, "")])
