"""Shows what was captured of a run on the command line: code, cells before, packages, files."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.records import (
    ArtifactLogged,
    Batch,
    CellCaptured,
    CellExecuted,
    DocumentKept,
    FacetCaptured,
    MetricLogged,
    Record,
    RunFinished,
    RunStarted,
    SpoolHeader,
)
from mlops_lab.core.settings import DATA_DIR, Settings
from mlops_lab.lab import Lab
from tests.tracking import captured

from .conftest import Answer

Cli = Callable[..., Answer]


@pytest.fixture
def run(lab: Lab) -> str:
    """A run with everything."""
    run_id = new_id()
    model = lab.store.artifacts.put(b"model")
    records: list[Record] = []

    def add(kind: type[Any], *values: Any) -> None:
        records.append(kind(len(records) + 1, run_id, *values))

    place = ["/n.ipynb", "c1", None, "python3", "auc", None, None, "kernel", 2]
    add(RunStarted, "train", "flights", "notebook", "ada", 1_000, *place)
    for position, source in enumerate(["x = 1", "x = 2"]):
        add(CellExecuted, "kernel", position, source, "c", position + 1, 1_000, 5, "ok")
    add(CellCaptured, "model.fit(x)", "c1", 3)
    add(CellCaptured, "model.score(x)", "c2", 4)
    add(MetricLogged, "auc", 0.75, 0, 1_500)
    for kind, name, content in (
        ("environment", "", captured.ENVIRONMENT),
        ("git", "", captured.GIT),
        ("data", "flights", captured.DATA),
        ("model", "model", captured.MODEL),
        ("order", "", captured.OUT_OF_ORDER),
        ("outputs", "", captured.OUTPUTS),
    ):
        text = msgspec.json.encode(content)
        digest = hashlib.sha256(text).hexdigest()
        add(DocumentKept, digest, text.decode())
        add(FacetCaptured, kind, name, digest)
    add(ArtifactLogged, "model/model.skops", model, 5, "application/octet-stream")
    add(ArtifactLogged, "lost.bin", "0" * 64, 5_000, "application/octet-stream")
    add(RunFinished, "finished", 3_000, 2_000, "auc", None, 1_500, 123_000_000)
    lab.tracking.ingest(Batch(SpoolHeader(new_id(), "host", 1, 1.0), records))
    return run_id


def test_show_tells_the_whole_capture_in_short(cli: Cli, run: str) -> None:
    shown = cli("runs", "show", run).out
    for words in (
        "3.11.2, 2 packages",
        "main abababababab, with uncommitted changes",
        "123.0 MB",
        "1.5 s",
        "3 x 2",
        "RandomForestClassifier",
        "model/model.skops",
        "bytes missing",
        "x: from a cell that is deleted",
        "Cells before",
        "model.fit(x)",
    ):
        assert words in shown, words


def test_show_as_json_has_run_and_capture(cli: Cli, run: str) -> None:
    found = cli("runs", "show", run, "--json").json()
    assert found["summary"]["id"] == run
    assert found["summary"]["has_order_problems"]
    assert found["capture"] == cli("runs", "capture", run, "--json").json()
    assert found["capture"]["git"]["branch"] == "main"
    assert "Python" in cli("runs", "capture", run).out


def test_code_and_cells_before(cli: Cli, run: str) -> None:
    assert cli("runs", "code", run).out == "model.fit(x)\n\nmodel.score(x)\n"
    assert len(cli("runs", "code", run, "--json").json()) == 2
    shown = cli("runs", "history", run).out
    assert shown.index("x = 1") < shown.index("In [2]") < shown.index("x = 2")
    assert [cell["source"] for cell in cli("runs", "history", run, "--json").json()] == [
        "x = 1",
        "x = 2",
    ]


def test_requirements(cli: Cli, run: str, lab: Lab, add_run: Callable[..., str]) -> None:
    assert cli("runs", "requirements", run).out.splitlines()[1:] == [
        "numpy==2.4.0",
        "scikit-learn==1.9.0",
    ]
    assert "numpy" in cli("runs", "requirements", run, "--json").json()["requirements"]
    unknown = cli("runs", "requirements", add_run())
    assert (unknown.code, "not recorded" in unknown.err) == (1, True)


def test_files_are_listed_and_written(cli: Cli, run: str, tmp_path: Path) -> None:
    assert "5.0 kB" in cli("runs", "artifacts", run).out
    folder = tmp_path / "out"
    written = cli("runs", "artifacts", run, "--to", str(folder))
    assert written.code == 0
    assert "were not written" in written.out
    assert (folder / "model" / "model.skops").read_bytes() == b"model"
    assert [path for path in folder.rglob("*") if path.is_file()] == [
        folder / "model" / "model.skops"
    ]
    again = cli("runs", "artifacts", run, "--to", str(folder))
    assert (again.code, "is there already" in again.err) == (1, True)


def test_files_do_not_leave_the_folder_through_a_link(cli: Cli, run: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "model").symlink_to(elsewhere)
    answer = cli("runs", "artifacts", run, "--to", str(folder))
    assert (answer.code, "leads out of" in answer.err) == (1, True)
    assert list(elsewhere.iterdir()) == []


def test_compare_tells_data_and_surroundings(cli: Cli, run: str, lab: Lab) -> None:
    other = new_id()
    data = msgspec.structs.replace(captured.DATA, digest="d2" * 32, content_digest="c2" * 32)
    git = msgspec.structs.replace(captured.GIT, commit="cd" * 20)
    records: list[Record] = [
        RunStarted(1, other, "other", "flights", "notebook", "ada", 9, *[None] * 6)
    ]
    for kind, name, content in (("data", "flights", data), ("git", "", git)):
        text = msgspec.json.encode(content)
        digest = hashlib.sha256(text).hexdigest()
        records.append(DocumentKept(len(records) + 1, other, digest, text.decode()))
        records.append(FacetCaptured(len(records) + 1, other, kind, name, digest))  # type: ignore[arg-type]
    lab.tracking.ingest(Batch(SpoolHeader(new_id(), "host", 1, 1.0), records))
    shown = cli("runs", "compare", run, other).out
    assert "Data: train" in shown
    assert "d2d2d2d2d2d2  content" in shown
    assert "commit" in shown
    found = cli("runs", "compare", run, other, "--json").json()
    assert [fact["name"] for fact in found["surroundings"][0]["facts"]] == ["commit", "model"]


def test_experiments_are_listed_shown_and_set(cli: Cli, run: str) -> None:
    listed = cli("experiments", "list").out
    assert "flights" in listed
    assert "auc (max)" in listed
    changed = cli(
        "experiments", "set", "flights", "--metric", "auc", "--direction", "min", "--json"
    )
    assert changed.json()["direction"] == "min"
    assert "auc (min)" in cli("experiments", "show", "flights").out
    assert cli("experiments", "show", "flights", "--json").json()["known"] == []
    assert cli("experiments", "list", "--json").json()["experiments"][0]["best_run_id"] == run
    assert "auc (max)" in cli("experiments", "set", "flights", "--direction", "max").out
    assert cli("experiments", "set", "flights").code == 1
    assert cli("experiments", "set", "flight", "--metric", "auc").code == 1
    assert cli("experiments", "show", "flight").code == 1


def test_runs_are_listed_by_parent_experiment_and_page(cli: Cli, run: str) -> None:
    def ids(*words: str) -> list[str]:
        return [one["id"] for one in cli("runs", "list", "--json", *words).json()["runs"]]

    assert ids("--experiment", "flights") == [run]
    assert ids("--experiment", "flight") == []
    assert ids("--parent", "none", "--limit", "1") == [run]
    assert ids("--parent", run) == []
    assert ids("--identity", "x") == []
    assert ids("--filter", "git.dirty:true package.numpy = 2.4.0") == [run]


def test_the_module_is_the_command(settings: Settings, run: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlops_lab.cli", "runs", "show", run, "--json"],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin", DATA_DIR: str(settings.data_dir)},
    )
    assert json.loads(done.stdout)["capture"]["run_id"] == run
