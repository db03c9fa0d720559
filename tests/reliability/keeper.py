"""Owns a process that keeps a store in order for as long as its input is open, while others write.

Arguments: the file to note its rounds in, and those where the writers note their runs. It trashes,
restores, purges, collects garbage and packs points, with runs of its own below those of the others.
What it does is never tried again: a writer that meets another one ends it.
"""

from __future__ import annotations

import hashlib
import os
import select
import sys
from contextlib import closing, suppress
from pathlib import Path

import psutil

from mlops_lab.core.ids import new_id
from mlops_lab.core.records import (
    Batch,
    DocumentKept,
    ExperimentSet,
    FacetCaptured,
    MetricLogged,
    Record,
    RunFinished,
    RunIdentified,
    RunStarted,
    SpoolHeader,
    TagSet,
)
from mlops_lab.core.settings import make_settings
from mlops_lab.core.trash import PurgeOrder, TrashOrder
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.store import Store
from mlops_lab.tracking.ingest import store_batch
from mlops_lab.tracking.packing import pack_points
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService
from mlops_lab.tracking.writing import WritingService

POINTS = 200
_GIT = '{"commit":"c","branch":"main"}'


class Keeper:
    """One process that keeps order."""

    def __init__(self, store: Store, number: int) -> None:
        self.store = store
        self.name = f"keeper {number}"
        self.tracking = TrackingService(store)
        self.trash = TrashService(store)
        self.aside: list[str] = []

    def deliver(self, experiment: str, parent: str | None) -> str:
        """Store a run that has ended, with what runs share: a parent, texts, names, an experiment."""
        run, at = new_id(), 1
        header = SpoolHeader(
            new_id(), "elsewhere", os.getpid(), psutil.Process().create_time(), delivers=True
        )
        about = (self.name, experiment, "notebook", "ada", at, None, None, None, None, "loss", None)
        digest = hashlib.sha256(_GIT.encode()).hexdigest()
        records: list[Record] = [
            RunStarted(1, run, *about, parent_run_id=parent),
            ExperimentSet(2, run, experiment, "loss", "min"),
            ExperimentSet(3, run, "aside", "loss", "min"),
            DocumentKept(4, run, digest, _GIT),
            FacetCaptured(5, run, "git", "", digest, "c"),
            TagSet(6, run, f"tag {new_id()}", self.name),
            RunIdentified(7, run, "same", parent),
        ]
        records += [
            MetricLogged(at, run, "loss", 0.5, at, at)
            for at in range(len(records) + 1, len(records) + 1 + POINTS)
        ]
        records.append(RunFinished(len(records) + 1, run, "finished", 2, 1, "loss", None))
        batch = Batch(spool=header, records=records)
        with self.store.write() as tx:
            store_batch(tx, batch, places={}, now=at)
        return run

    def keep(self, others: list[str]) -> None:
        """Do everything once."""
        mine = [self.deliver("load", parent) for parent in [None, *others[:3]]]
        mine.append(self.deliver("load", mine[0]))
        self.aside.append(self.deliver("aside", None))
        writing = WritingService(self.store)
        for other in others:
            writing.set_tag(other, "seen", self.name)
        self.trash.put(TrashOrder(runs=[*mine, *others], experiments=["load", "aside"]), who="k")
        moved = self.trash.restore(TrashOrder(runs=mine[::-1], experiments=["aside"]), who="k")
        assert not {one.name for one in moved.refused} & set(mine), moved.refused
        pack_points(self.store, rest=lambda _: None)
        for run in mine:
            series = self.tracking.get_run(run).metrics
            assert [(one.name, one.count) for one in series] == [("loss", POINTS)], series
        self.trash.put(TrashOrder(runs=mine, experiments=["aside"]), who="k")
        gone = self.trash.purge(PurgeOrder(runs=mine, experiments=["aside"]), who="k")
        assert set(gone.runs) >= set(mine), gone
        Garbage(self.store).collect(grace=0, who="k")

    def clear(self) -> None:
        """Leave nothing of its own, whatever others put into the trash or took out of it."""
        self.trash.put(TrashOrder(runs=self.aside), who="k")
        self.trash.purge(PurgeOrder(runs=self.aside), who="k")


def named_in(journals: list[Path]) -> list[str]:
    """Return the runs of the writers, as far as they noted any."""
    found = set()
    for journal in journals:
        with suppress(FileNotFoundError):
            found |= {line.split()[0] for line in journal.read_text().splitlines()[:1]}
    return sorted(found)


def main() -> None:
    journal, journals = Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]]
    settings = make_settings(jupyter_data_dir=journal.parent)
    with closing(Store.open(settings)) as store, journal.open("w") as notes:
        keeper = Keeper(store, os.getpid())
        while not select.select([sys.stdin], [], [], 0)[0]:
            keeper.keep(named_in(journals))
            notes.write("round\n")
            notes.flush()
        keeper.clear()


if __name__ == "__main__":
    main()
