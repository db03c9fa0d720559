"""What is told of a store is so, on both databases."""

from __future__ import annotations

from mlops_lab.core.files import StoredFile
from mlops_lab.core.logged import NewClientRun
from mlops_lab.core.trash import TrashOrder
from mlops_lab.store import run_files
from mlops_lab.store.facts import read_facts
from mlops_lab.store.schema import HEAD
from mlops_lab.store.store import Store
from mlops_lab.tracking.trash import TrashService
from mlops_lab.tracking.writing import WritingService


def test_kind_size_and_trash(any_store: Store) -> None:
    writing = WritingService(any_store)
    experiment = writing.create_experiment("churn", who="ada")
    one, _ = (writing.create_run(NewClientRun(experiment, user="ada")) for _ in range(2))
    empty = read_facts(any_store)
    assert (empty.trashed_runs, empty.trashed_files, empty.trashed_experiments) == (0, 0, 0)
    with any_store.write() as tx:
        run_files.put_file(tx, one, StoredFile("a", "0" * 64, 5, "text/plain"))
    TrashService(any_store).put(TrashOrder(runs=[one]), who="ada")
    found = read_facts(any_store)
    assert (found.revision, found.runs, found.points_waiting) == (HEAD, 2, 0)
    assert (found.trashed_runs, found.trashed_files, found.trashed_experiments) == (1, 5, 0)
    assert found.size > 100_000
    if any_store.dialect == "sqlite":
        assert found.database.startswith("SQLite 3.")
        assert found.free
    else:
        assert found.database.startswith("PostgreSQL ")
        assert (found.free, found.doubt) == (None, None)
