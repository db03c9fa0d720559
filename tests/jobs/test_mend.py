"""The final state of a notebook whose execution was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlops_lab.jobs.folder import JobFolder
from mlops_lab.jobs.mend import mend_notebook

ENDED_AT = 1_800_000_010_000


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    folder = JobFolder(tmp_path / "job")
    folder.make()
    return folder


def cell(status: str, start: str | None = None, end: str | None = None) -> dict[str, Any]:
    own = {"status": status, "start_time": start, "end_time": end, "exception": False}
    return {"cell_type": "code", "source": "", "metadata": {"papermill": own}}


def test_the_cell_that_ran_has_failed_and_the_rest_stays_pending(folder: JobFolder) -> None:
    start = "2027-01-15T08:00:00+00:00"
    cells = [cell("completed", start, start), cell("running", start), cell("pending")]
    whole = {"start_time": start, "end_time": None, "exception": None}
    notebook = {"cells": cells, "metadata": {"papermill": whole}}
    folder.executed.write_text(json.dumps(notebook))
    mend_notebook(folder, ended_at=ENDED_AT)
    mended = json.loads(folder.executed.read_bytes())
    states = [c["metadata"]["papermill"]["status"] for c in mended["cells"]]
    assert states == ["completed", "failed", "pending"]
    assert mended["cells"][0]["metadata"]["papermill"]["end_time"] == start
    assert mended["metadata"]["papermill"]["exception"] is True
    assert mended["metadata"]["papermill"]["end_time"] == "2027-01-15T08:00:10+00:00"
    assert mended["metadata"]["papermill"]["duration"] == 10.0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3, "metadata": {}}'])
def test_what_is_no_notebook_is_left_alone(folder: JobFolder, content: bytes) -> None:
    mend_notebook(folder, ended_at=ENDED_AT)
    folder.executed.write_bytes(content)
    mend_notebook(folder, ended_at=ENDED_AT)
    assert folder.executed.read_bytes() == content
