"""Fixtures for notebooks that tests write by hand, and for papermill without our package."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

_BLOCKER = """
import sys


class _Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "mlops_lab":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


sys.meta_path.insert(0, _Absent())
"""

_KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


@pytest.fixture
def make_notebook() -> Callable[..., NotebookNode]:
    """Build a notebook from sources; a pair gives a cell its tags."""

    def make(*cells: str | tuple[str, list[str]], kernelspec: bool = True) -> NotebookNode:
        notebook = nbformat.v4.new_notebook()
        if kernelspec:
            notebook.metadata["kernelspec"] = nbformat.from_dict(_KERNELSPEC)
        for number, cell in enumerate(cells, 1):
            source, tags = cell if isinstance(cell, tuple) else (cell, [])
            new = nbformat.v4.new_code_cell(source, id=f"cell-{number}")
            if tags:
                new.metadata["tags"] = tags
            notebook.cells.append(new)
        return notebook

    return make


@pytest.fixture
def papermill_without_us(tmp_path: Path) -> Callable[..., NotebookNode]:
    """Run a notebook under plain papermill where neither it nor the kernel can import our package."""
    blocker = tmp_path / "without_mlops_lab"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(_BLOCKER)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLOPS_LAB_")}
    environment["PYTHONPATH"] = str(blocker)
    environment["IPYTHONDIR"] = str(tmp_path / "ipython")

    def run(notebook: NotebookNode, *options: str) -> NotebookNode:
        source, target = tmp_path / "production.ipynb", tmp_path / "executed.ipynb"
        nbformat.write(notebook, source)
        probe = [sys.executable, "-c", "import mlops_lab"]
        assert subprocess.run(probe, env=environment, cwd=tmp_path, check=False).returncode != 0
        done = subprocess.run(
            [sys.executable, "-m", "papermill", str(source), str(target), *options],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return nbformat.read(target, as_version=4)

    return run
