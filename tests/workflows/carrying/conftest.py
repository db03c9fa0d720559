"""The stores of these tests: one with a run that has everything, and an empty one on each database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert

from mlops_lab.core.records import (
    ArtifactLogged,
    CellExecuted,
    ExperimentSet,
    RunIdentified,
    TagSet,
)
from mlops_lab.core.registry import NewModel, NewVersion
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.core.tracking import ErrorInfo
from mlops_lab.lab import Lab
from mlops_lab.store.tables import experiment, experiment_tag
from tests.tracking import captured
from tests.tracking.conftest import STARTED_AT, Recorder

PICTURE = b"\x89PNG\r\n" + bytes(range(256)) * 40


@dataclass
class Filled:
    """A store with a run, its child, and one of another experiment that failed."""

    lab: Lab
    parent: str
    child: str
    failed: str


def fill(lab: Lab) -> Filled:
    made = Recorder()
    parent = made.start(
        kernel_name="python3",
        notebook_file="/home/ada/train.ipynb",
        history_id="kernel-1",
        history_position=1,
        primary_metric="auc",
    )
    made.add(CellExecuted, parent, "kernel-1", 0, "import x", "c0", 1, STARTED_AT, 5, "ok")
    made.add(
        CellExecuted, parent, "kernel-1", 1, "train(x)", "c1", 2, STARTED_AT, 9, "ok", parent,
        {"x": "digest"},
    )  # fmt: skip
    made.param(parent, "lr", "0.1")
    made.param(parent, "kind", "'forest'", "read")
    made.cell(parent, "train(x)  # ∀")
    for name, value in (("stage", "try"), ("stage", "good"), ("team", "a")):
        made.add(TagSet, parent, name, value, STARTED_AT + len(made.records))
    made.warn(parent, "The data was too large.")
    for at in range(12_000):
        made.metric(parent, "loss", 1 / (at + 1), at, STARTED_AT + at)
    for at, value in enumerate((0.5, "NaN", "Infinity", 0.75)):
        made.metric(parent, "auc", value, at)
    add_captures(lab, made, parent)
    child = made.start(parent_run_id=parent, name="fold 1")
    made.metric(child, "auc", 0.7)
    made.end(child)
    made.end(parent, primary="auc")
    failed = made.start(experiment="weather", name="broken")
    made.end(failed, "failed", error=ErrorInfo("ValueError", "no", "Traceback..."))
    lab.tracking.ingest(made.batch())
    with lab.store.write() as tx:
        for row in tx.execute(experiment.select().where(experiment.c.name == "flights")):
            tx.execute(
                insert(experiment_tag).values(experiment_id=row.id, name="owner", value="ada")
            )
    lab.registry.models.create(NewModel("delay", tags={"team": "a"}), who="ada")
    lab.registry.versions.create("delay", NewVersion(run_id=parent, description="x"), who="ada")
    lab.registry.aliases.move("delay", "champion", 1, who="ada")
    return Filled(lab, parent, child, failed)


def add_captures(lab: Lab, made: Recorder, parent: str) -> None:
    for kind, content in (
        ("data", captured.DATA),
        ("model", captured.MODEL),
        ("environment", captured.ENVIRONMENT),
        ("git", captured.GIT),
        ("resources", captured.RESOURCES),
        ("outputs", captured.OUTPUTS),
        ("order", captured.OUT_OF_ORDER),
    ):
        made.facet(parent, kind, content, name=kind)
    digest = hashlib.sha256(PICTURE).hexdigest()
    lab.store.artifacts.put(PICTURE)
    made.add(ArtifactLogged, parent, "figures/roc.png", digest, len(PICTURE), "image/png")
    made.add(ArtifactLogged, parent, "lost.bin", "ab" * 32, 5, "application/octet-stream")
    made.add(RunIdentified, parent, "identity-1")
    made.add(ExperimentSet, parent, "flights", "auc", "max")


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Filled]:
    with Lab.open(make_settings(jupyter_data_dir=tmp_path / "first", environ={})) as lab:
        yield fill(lab)


@pytest.fixture
def other(any_settings: Settings) -> Iterator[Lab]:
    with Lab.open(any_settings) as lab:
        yield lab
