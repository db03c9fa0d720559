"""Tests of export, import and report as commands."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lab.core import settings as settings_module

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_runs_go_into_a_file_and_into_another_store(
    cli: Callable[..., Any], add_run: Callable[..., str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    first, second = add_run(name="one"), add_run(name="two", size=5)
    done = cli("export", first, second, "-o", "runs.zip", "--json").json()
    assert (done["runs"], done["file"]) == (2, "runs.zip")
    assert "mlops-lab import" in cli("export", "--experiment", "sums").out
    assert Path("mlops-lab-2-runs.zip").exists()
    assert cli("export", "--filter", "name:one", "-o", "one.zip", "--json").json()["runs"] == 1

    monkeypatch.setenv(settings_module.DATA_DIR, str(tmp_path / "other"))
    said = cli("import", "runs.zip", "--json").json()
    assert said["taken"] == {"experiments": 1, "runs": 2}
    again = cli("import", "runs.zip")
    assert "nothing new" in again.out
    assert "2 runs are there from before" in again.out
    assert {run["name"] for run in cli("runs", "list", "--json").json()["runs"]} == {"one", "two"}


def test_the_runs_of_another_tool(cli: Callable[..., Any], tmp_path: Path) -> None:
    with zipfile.ZipFile(DATA / "mlflow-2.9-folder.zip") as packed:
        packed.extractall(tmp_path)
    assert "Would take" in cli("import", "mlflow", "mlruns", "--dry-run").out
    out = cli("import", "mlflow", "mlruns").out
    assert "5 runs" in out
    assert cli("import", "mlflow", "mlruns", "--json").json()["skipped"] == 5


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["export"], "Name runs"),
        (["import", "mlflow"], "mlops-lab import mlflow PATH"),
        (["import", "mlfow", "x"], "mlflow"),
        (["import", "."], "mlops-lab import mlflow"),
        (["import", "a.zip", "--dry-run"], "another tool"),
        (["import", "mlflow", "a", "b"], "one place"),
    ],
)
def test_what_is_meant_is_asked_for(cli: Callable[..., Any], words: list[str], hint: str) -> None:
    answer = cli(*words)
    assert answer.code == 1
    assert hint in answer.err


def test_a_report_is_written(cli: Callable[..., Any], add_run: Callable[..., str]) -> None:
    runs = [add_run(name="one"), add_run(name="two", size=5)]
    assert "2 runs in report.html" in cli("report", *runs).out
    assert "<h2>Params</h2>" in Path("report.html").read_text(encoding="utf-8")
    assert cli("report", "--experiment", "sums", "-o", "r.md", "--title", "Sums").code == 0
    assert Path("r.md").read_text(encoding="utf-8").startswith("# Sums")
    assert cli("report", runs[0], "-o", "r.pdf").code == 1
