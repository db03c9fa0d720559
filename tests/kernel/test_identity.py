"""Proves what is never called a repetition, though the cell reads the same, nor told by the history."""

from __future__ import annotations

import sys

import pytest

from mlops_lab.core.records import CellExecuted

from .spool_reader import read_records


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """A folder to work in, whose module ``own_part`` goes with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "own_part", None)


@pytest.mark.parametrize(
    ("setup", "other", "cell"),
    [
        ("def f(x=1): return x", "def f(x=2): return x", "f()"),
        ("def f(*, x=1): return x", "def f(*, x=2): return x", "f()"),
        ("def make(n):\n    return lambda: n\nf = make(1)", "f = make(2)", "f()"),
        ("class C:\n    x = 1\n    def f(self): pass", "C.x = 2", "C().x"),
        ("class C:\n    f = staticmethod(lambda: 1)", "C.f = staticmethod(lambda: 2)", "C.f()"),
        ("class C:\n    f = property(lambda s: 1)", "C.f = property(lambda s: 2)", "C().f"),
        (
            "class B:\n    x = 1\nclass C(B):\n    def f(self): pass",
            "B.x = 2",
            "C().x",
        ),
        ("class O: pass\no = O()\no.x = 1\ndef f(): return o.x", "o.x = 2", "f()"),
        ("path = 'a.txt'\nput(path, '1')", "put(path, '12')", "get(path)"),
        ("def f(): return get('b.txt')\nput('b.txt', '1')", "put('b.txt', '12')", "f()"),
        ("part = 'c'\nput('c.txt', '1')", "put('c.txt', '12')", "get(f'{part}.txt')"),
        (
            "import sys\nput('own_part.py', 'x = 1')\nsys.modules.pop('own_part')\nimport own_part",
            "put('own_part.py', 'x = 22')",
            "own_part.x",
        ),
    ],
)
@pytest.mark.usefixtures("own_folder")
def test_other_code_behind_the_same_cell_is_not_the_same(chips, capsys, setup, other, cell):
    chips.run_cell("from pathlib import Path\nget = lambda path: Path(path).read_text()")
    chips.run_cell("put = lambda path, text: Path(path).write_text(text)")
    chips.run_cell(setup)
    chips.run_cell(f"%%track\nm = {cell}")
    chips.run_cell(other)
    capsys.readouterr()
    chips.run_cell(f"%%track\nm = {cell}")
    told = capsys.readouterr().out
    assert "finished" in told
    assert "are those of the run" not in told


def test_what_a_mask_hides_is_not_called_the_same(chips, capsys):
    chips.run_cell("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [3, 4]})")
    for mask in ("a", "a", "c", "c"):
        chips.run_cell(f"%%track --mask {mask}\nm = df.a.sum()")
    assert capsys.readouterr().out.count("are those of the run") == 1


def test_the_history_has_no_digest_of_what_a_mask_hides(shell, spool_dir):
    shell.run_cell("import pandas as pd\ndf = pd.DataFrame({'salary': [1, 2], 'x': [3, 4]})")
    shell.run_cell(
        "%%track --mask 'sal*'\nsalary = df.salary.to_numpy()\npay = df['salary']\n"
        "whole = df.copy()\nx = df['x']\nn = 3",
        store_history=True,
    )
    shell.run_cell("%%track\npass", store_history=True)
    cells = [one for one in read_records(spool_dir) if isinstance(one, CellExecuted)]
    assert [sorted(one.bound) for one in cells if "--mask" in one.source] == [["n", "x"]]
