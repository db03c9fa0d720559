"""Which files a cell is found to read, and what is recorded of them."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.data import DataVersion
from mlops_lab.kernel.capture import files as module
from mlops_lab.kernel.capture.opened import process_watches

from .tracked_data import read_data

Track = Callable[..., dict[str, DataVersion]]


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path, tmp_path: Path, monkeypatch) -> Track:
    """Run a tracked cell in a folder of its own, and return the files of its run by path."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(code: str, *, before: str = "", line: str = ""):
        assert shell.run_cell(
            "import pandas as pd, numpy as np\nfrom pathlib import Path\n" + before
        ).success
        assert shell.run_cell(f"%%track {line}\n{code}").success
        return {one.path: one for one in read_data(spool_dir).values() if one.source == "file"}

    return run


def sha256(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_a_file_that_the_cell_opens(track: Track):
    Path("data").mkdir()
    Path("data/x.csv").write_text("a,b\n1,2\n")
    (found,) = track("df = pd.read_csv('data/x.csv')").values()
    assert (found.name, found.path, found.library_type) == ("data/x.csv", "data/x.csv", "file")
    assert (found.digest, found.bytes) == (sha256("data/x.csv"), 8)
    assert found.modified_at == Path("data/x.csv").stat().st_mtime_ns // 1_000_000
    assert found.notes == []


def parquet(path: str) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(path)


def csv(path: str) -> None:
    Path(path).write_text("a\n1\n")


IN_THREAD = "t = threading.Thread(target=Path('x.txt').read_text); t.start(); t.join()"


@pytest.mark.parametrize(
    ("name", "write", "code"),
    [
        ("x.parquet", parquet, "pd.read_parquet('x.parquet')"),
        ("x.npy", lambda p: np.save(p, np.arange(3)), "np.load('x.npy')"),
        ("x.npy", lambda p: np.save(p, np.arange(3)), "np.load('x.npy', mmap_mode='r')"),
        ("x.pkl", lambda p: Path(p).write_bytes(pickle.dumps([1])), "pd.read_pickle('x.pkl')"),
        ("x.csv", csv, "import polars; polars.scan_csv('x.csv').collect()"),
        ("x.csv", csv, "import pyarrow.csv as c; c.read_csv('x.csv')"),
        ("x.parquet", parquet, "import polars; polars.read_parquet(f'{stem}.parquet')"),
        ("x.parquet", parquet, "import pyarrow.parquet as q; q.read_table(root / 'x.parquet')"),
        ("x.parquet", parquet, "import polars; polars.read_parquet('*.parquet')"),
        ("x.parquet", parquet, "load_it('x.parquet')"),
        ("x.txt", csv, "import os; os.close(os.open('x.txt', os.O_RDONLY))"),
        ("x.txt", csv, "Path('x.txt').read_text()"),
        ("x.txt", csv, IN_THREAD),
    ],
)  # fmt: skip
def test_readers_of_every_kind(track: Track, name, write, code):
    write(name)
    before = (
        "import threading, polars\nfrom pathlib import Path\nstem, root = 'x', Path('.')\n"
        "def load_it(path):\n    return polars.read_parquet(path)"
    )
    found = track(code, before=before)
    assert [(one.path, one.digest) for one in found.values()] == [(name, sha256(name))]


def test_what_is_no_input_is_left_out(track: Track, tmp_path: Path):
    Path("helper.py").write_text("import json\nX = 1\n")
    Path("seen.txt").write_text("seen")
    (tmp_path / "outside.txt").write_text("outside")
    code = """
import sys, os
sys.path.insert(0, os.getcwd())
sys.dont_write_bytecode = True
import helper
Path('../outside.txt').read_text()
with open('out.txt', 'w') as f: f.write('x')
Path('out.txt').read_text()
with open('log.txt', 'a') as f: f.write('x')
os.listdir('.')
os.path.exists('seen.txt')
pd.DataFrame({'a': [1]}).to_csv('made.csv'); pd.read_csv('made.csv')
import sklearn.datasets; sklearn.datasets.load_iris()
"""
    assert track(code) == {}
    assert track("Path('seen.txt').read_text()", line="--no-data") == {}
    track("x = 1")
    Path("seen.txt").read_text()
    assert track("x = 1") == {}
    # matplotlib and others try a name as a file first; what was never there is no data.
    assert track("try: open('never-there.txt')\nexcept FileNotFoundError: pass") == {}


def test_a_file_that_is_read_and_then_written_is_told_as_it_was(track: Track):
    Path("state.txt").write_text("before")
    was = sha256("state.txt")
    (found,) = track(
        "s = Path('state.txt').read_text()\nPath('state.txt').write_text('after')"
    ).values()
    assert found.digest == was
    assert Path("state.txt").read_text() == "after"


def test_a_file_that_changes_or_goes_is_told(track: Track):
    for name in ("a.txt", "b.txt"):
        Path(name).write_text("x")
    code = """
import subprocess, os
Path('a.txt').read_text(); Path('b.txt').read_text()
subprocess.run(['sh', '-c', 'echo more >> a.txt; rm b.txt'], check=True)
"""
    found = track(code)
    assert found["a.txt"].notes == ["It changed while the cell ran. The digest is that of its end."]
    assert "No such file" in found["b.txt"].notes[0]


def test_a_pipe_is_not_waited_for(track: Track):
    os.mkfifo("pipe")
    code = """
import threading, os
t = threading.Thread(target=Path('pipe').read_text); t.start()
with open('pipe', 'w') as f: f.write('x')
t.join()
"""
    assert track(code) == {}


def test_many_files_are_recorded_together(track: Track, monkeypatch):
    monkeypatch.setattr(module, "MAX_FACETS", 3)
    for n in range(10):
        Path(f"{n}.txt").write_text(str(n))
    found = track("for n in range(10): open(f'{n}.txt').close()")
    rest = found.pop(None)
    assert len(found) == 3
    assert (rest.name, rest.shape, rest.bytes) == ("and 7 more files", [7], 7)


def test_a_large_file_is_read_in_the_background(track: Track, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE_BYTES", 10)
    Path("big.bin").write_bytes(b"x" * 100)
    expected = sha256("big.bin")
    (found,) = track("n = len(Path('big.bin').read_bytes())").values()
    assert found.digest == expected


def test_the_hook_notes_nothing_between_cells(track: Track):
    Path("x.txt").write_text("x")
    track("x = 1")
    assert process_watches()._active == {}
