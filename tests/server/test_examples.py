"""Proves that the examples in other languages do what they say against a real server."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lab.client import Client

from .live_server import TOKEN, LiveServer

EXAMPLES = Path(__file__).parents[2] / "examples" / "rest"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    live = LiveServer(tmp_path_factory.mktemp("server"))
    asyncio.run(live.wait_until_up())
    yield live
    live.kill()


@pytest.mark.parametrize(
    ("order", "experiment", "last"),
    [(["bash", "track.sh"], "from a shell", 0.80), (["node", "track.js"], "from JavaScript", 0.05)],
)
def test_an_example_tracks_a_run(
    server: LiveServer, tmp_path: Path, order: list[str], experiment: str, last: float
) -> None:
    assert shutil.which(order[0])
    url = f"http://127.0.0.1:{server.port}"
    done = subprocess.run(
        [order[0], str(EXAMPLES / order[1])],
        env=os.environ | {"SERVER": url, "TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "coefficients: 1, 2, 3" in done.stdout
    with Client(url, TOKEN) as lab:
        run_id = done.stdout.split()[-1]
        run = lab.runs.get(run_id)
        assert (run.summary.experiment, run.summary.name) == (experiment, "first")
        assert run.summary.status == "finished"
        assert {param.name: param.value for param in run.params}["rate"] == "0.1"
        loss = lab.runs.series(run_id, "loss")
        assert (loss.count, loss.points[-1].value) == (20, last)
        kept = lab.files.get(run_id, "model/weights.txt", tmp_path / "weights.txt")
        assert kept.read_text() == "coefficients: 1, 2, 3\n"
        assert run.tags
