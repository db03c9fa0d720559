"""Fixtures for commands: a command line in this process, and a store with runs and jobs in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest
from typer.testing import CliRunner

from mlops_lab.cli import make_app
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import (
    Batch,
    CellCaptured,
    MetricLogged,
    ParamLogged,
    RunFinished,
    RunStarted,
    SpoolHeader,
)
from mlops_lab.core.settings import Settings
from mlops_lab.core.tracking import ErrorInfo
from mlops_lab.lab import Lab


class Answer(msgspec.Struct, frozen=True):
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def cli() -> Callable[..., Answer]:
    """Run ``mlops-lab`` with these words, as ``main`` does but for the process."""

    def run(*words: str) -> Answer:
        done = CliRunner().invoke(make_app(), list(words), prog_name="mlops-lab")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    with Lab.open(settings) as opened:
        yield opened


@pytest.fixture
def notebook_file(tmp_path: Path) -> Path:
    """A small notebook whose job takes no time."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "P", "language": "python"}
    notebook.cells = [
        nbformat.v4.new_code_cell("%load_ext mlops_lab\nplace = 'here'  # where", id="load"),
        nbformat.v4.new_code_cell(SOURCE, id="train"),
    ]
    path = tmp_path / "sums.ipynb"
    nbformat.write(notebook, path)
    return path


SOURCE = """%%track
size = 3  # how many
ratio = 0.5
for step in range(size):
    lab.log_metric("part", ratio * step, step=step)
assert size > 0, "nothing to add up"
total = float(sum(range(size)))"""


@pytest.fixture
def add_run(lab: Lab, notebook_file: Path) -> Callable[..., str]:
    """Store a run as a kernel would have recorded it."""

    def add(
        *,
        name: str = "sums [1]",
        size: int = 3,
        metrics: tuple[tuple[str, Any], ...] = (("total", 3.0),),
        error: ErrorInfo | None = None,
    ) -> str:
        run = new_id()
        source = SOURCE.replace("size = 3", f"size = {size}")
        records = [
            RunStarted(
                1, run, name, "sums", "notebook", "ada", 1_000,
                str(notebook_file), "train", None, "python3", None, None,
            ),
            CellCaptured(2, run, source, "train", 1),
            ParamLogged(3, run, "size", str(size), "assigned"),
            ParamLogged(4, run, "ratio", "0.5", "assigned"),
        ]  # fmt: skip
        records += [
            MetricLogged(number, run, key, value, 0, 1_500)
            for number, (key, value) in enumerate(metrics, 5)
        ]
        status = "failed" if error else "finished"
        last = RunFinished(len(records) + 1, run, status, 2_000, 1_000, "total", error)
        header = SpoolHeader(new_id(), "host", 1, 1.0)
        lab.tracking.ingest(Batch(spool=header, records=[*records, last]))
        return run

    return add
