"""The final state of a notebook whose execution was killed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_lab.jobs.mend import mend_notebook

ENDED_AT = 1_800_000_010_000


def cell(status: str, start: str | None = None, end: str | None = None) -> dict[str, Any]:
    own = {"status": status, "start_time": start, "end_time": end, "exception": False}
    return {"cell_type": "code", "source": "", "metadata": {"papermill": own}}


def test_the_cell_that_ran_has_failed_and_the_rest_stays_pending() -> None:
    start = "2027-01-15T08:00:00+00:00"
    cells = [cell("completed", start, start), cell("running", start), cell("pending")]
    whole = {"start_time": start, "end_time": None, "exception": None}
    notebook = {"cells": cells, "metadata": {"papermill": whole}}
    mended = json.loads(mend_notebook(json.dumps(notebook).encode(), ended_at=ENDED_AT))
    states = [c["metadata"]["papermill"]["status"] for c in mended["cells"]]
    assert states == ["completed", "failed", "pending"]
    assert mended["cells"][0]["metadata"]["papermill"]["end_time"] == start
    assert mended["metadata"]["papermill"]["exception"] is True
    assert mended["metadata"]["papermill"]["end_time"] == "2027-01-15T08:00:10+00:00"
    assert mended["metadata"]["papermill"]["duration"] == 10.0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3, "metadata": {}}'])
def test_what_is_no_notebook_is_left_alone(content: bytes) -> None:
    assert mend_notebook(content, ended_at=ENDED_AT) == content
