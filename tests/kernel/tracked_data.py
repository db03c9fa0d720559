"""Runs tracked cells on tables, and reads what their runs say of data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.data import DataVersion
from mlops_lab.core.records import DocumentKept, FacetCaptured, RunStarted
from mlops_lab.kernel.session import process_session

from .spool_reader import read_records

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "y"]})

Track = Callable[..., dict[str, DataVersion]]


def read_data(folder: Path) -> dict[str, DataVersion]:
    """Return the data of the newest run, by name."""
    assert process_session().background.finish(timeout=60)
    records = read_records(folder)
    documents = {one.digest: one.content for one in records if isinstance(one, DocumentKept)}
    newest = [one.run_id for one in records if isinstance(one, RunStarted)][-1]
    return {
        one.name: msgspec.json.decode(documents[one.digest], type=DataVersion)
        for one in records
        if isinstance(one, FacetCaptured) and one.kind == "data" and one.run_id == newest
    }


def make_track(shell: InteractiveShell, spool_dir: Path) -> Track:
    """Return what runs a tracked cell on some names, and returns the data of its run."""

    def run(code: str, *, line: str = "", succeeds: bool = True, **names: object):
        shell.user_ns.update(pd=pd, np=np, pl=pl, pa=pa, **names)
        assert shell.run_cell(f"%%track {line}\n{code}").success is succeeds
        return read_data(spool_dir)

    return run
