"""Owns what becomes of the executed notebook of a job that was killed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from mlops_lab.core.clock import Millis


def mend_notebook(content: bytes, *, ended_at: Millis) -> bytes:
    """Return the notebook of a killed execution in its final state: papermill did not write it.

    The cell that ran counts as failed; those after it stay pending, as in a notebook that failed.
    What is no notebook is returned as it is.
    """
    try:
        notebook = json.loads(content)
        _mend(notebook, datetime.fromtimestamp(ended_at / 1000, tz=UTC))
    except (ValueError, TypeError, KeyError, AttributeError):
        return content
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def _mend(notebook: dict[str, Any], ended: datetime) -> None:
    whole = notebook["metadata"].setdefault("papermill", {})
    whole["exception"] = True
    _close(whole, ended)
    for cell in notebook["cells"]:
        own = cell["metadata"].get("papermill", {})
        if own.get("status") == "running":
            own["status"] = "failed"
            own["exception"] = True
            _close(own, ended)


def _close(times: dict[str, Any], ended: datetime) -> None:
    if times.get("end_time") is not None:
        return
    times["end_time"] = ended.isoformat()
    if times.get("start_time"):
        started = datetime.fromisoformat(times["start_time"])
        times["duration"] = max(0.0, (ended - started).total_seconds())
