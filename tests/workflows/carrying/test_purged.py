"""A run that was purged comes back to whoever imports it, and to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.core.errors import ConflictError
from mlops_lab.core.logged import LoggedPoint, NewClientRun
from mlops_lab.core.trash import PurgeOrder, TrashOrder
from mlops_lab.lab import Lab
from mlops_lab.workflows.carrying.exporting import export_runs
from mlops_lab.workflows.carrying.importing import import_archive


def test_an_import_brings_a_purged_run_back(other: Lab, tmp_path: Path) -> None:
    new = NewClientRun(other.writing.create_experiment("churn", who="ada"), user="ada")
    run_id = other.writing.create_run(new)
    other.writing.log_batch(run_id, metrics=[LoggedPoint("loss", 0.5, time=1, step=3)])
    other.writing.update_run(run_id, status="finished")
    file = tmp_path / "run.zip"
    export_runs(other, [run_id], file, who="ada")
    for _ in range(2):
        other.trash.put(TrashOrder(runs=[run_id]), who="ada")
        assert other.trash.purge(PurgeOrder(runs=[run_id]), who="ada").runs == [run_id]
        with pytest.raises(ConflictError, match="was purged"):
            other.writing.create_run(new, run_id=run_id)
        assert import_archive(other.store, file, who="eve").taken["runs"] == 1
        assert other.tracking.get_run(run_id).metrics[0].last == 0.5
    assert "runs" not in import_archive(other.store, file, who="eve").taken
