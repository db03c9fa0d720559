"""Owns real shells for the tests of promotion: cells run as a kernel runs them, ``result`` comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import nbformat

from mlops_lab.core import kernelenv
from mlops_lab.core.settings import DATA_DIR

LOAD = "%load_ext mlops_lab"

_RUNNER = """
import io, json, os, sys
from contextlib import redirect_stdout
from IPython.core.interactiveshell import InteractiveShell

answers = []
for order in json.loads(sys.stdin.read()):
    os.environ["JPY_SESSION_NAME"] = order["file"]
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    with redirect_stdout(io.StringIO()) as printed:
        ended = [shell.run_cell(source, store_history=True) for source in order["cells"]]
    raised = [one.error_in_exec or one.error_before_exec for one in ended if not one.success]
    answers.append(f"raised {raised[0]!r}" if raised else repr(shell.user_ns["result"]))
    unload = sys.modules.get("mlops_lab.kernel.magics")
    if unload is not None and LOAD in order["cells"]:
        shell.extension_manager.unload_extension("mlops_lab")
print(json.dumps(answers))
""".replace("LOAD", repr(LOAD))


class Order(msgspec.Struct, frozen=True):
    """Cells to run in a shell of their own, and the notebook that they are of."""

    cells: Sequence[str]
    file: Path | None = None


def write_notebook(path: Path, *sources: str) -> Path:
    """Write a notebook of these cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "P", "language": "python"}
    nbformat.write(notebook, path)
    return path


def run_in_shells(orders: Sequence[Order], *, data: Path, folder: Path) -> list[str]:
    """Run each order in one process; return the texts of the ``result`` that each leaves.

    An error in a cell comes back in words, in place of the result.
    """
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MLOPS_LAB_")}
    environ |= {
        DATA_DIR: str(data),
        kernelenv.SPOOL_DIR: str(data / "spool"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(folder),
    }
    given = [{"file": str(order.file or ""), "cells": list(order.cells)} for order in orders]
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER],
        input=json.dumps(given),
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    answers: list[str] = json.loads(done.stdout.splitlines()[-1])
    return answers
