"""Proves which settings a cell has made when it changed its dicts, or wrote them in a class."""

from __future__ import annotations

import pytest

from .test_params import params_of


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("cfg = {'lr': 0.1, 'n': 3}\ncfg['lr'] = 0.5", {"cfg.lr": "0.5", "cfg.n": "3"}),
        ("cfg = {'lr': 0.1, 'n': 3}\ncfg.update(k=len('abc'), n=4)", {"cfg.lr": "0.1"}),
        ("cfg = {'lr': 0.1, 'n': 3}\ndel cfg['lr']", {"cfg.n": "3"}),
        ("cfg = {'m': {'d': 3, 'e': 1}}\ncfg['m']['d'] += 1", {"cfg.m.e": "1"}),
        (
            "cfg = {'m': {'d': 3}, 'k': len('abc')}\ncfg['m']['w'] = 5",
            {"cfg.m.d": "3", "cfg.m.w": "5"},
        ),
        ("class CFG:\n    lr = 0.1\n    kinds = [1, 2]", {"CFG.lr": "0.1", "CFG.kinds": "[1, 2]"}),
        ("class CFG:\n    lr = 0.1\nclass More(CFG):\n    n = 2", {"CFG.lr": "0.1", "More.n": "2"}),
        ("class Net:\n    lr = 0.1\n    def f(self): pass", {}),
        ("class Bad(ValueError):\n    code = 1", {}),
        ("class CFG:\n    lr = 0.1\nCFG = CFG()", {}),
        ("1 / 0\nclass Old:\n    lr = 0.2", {}),
    ],
)
def test_changed_dicts_and_classes_of_a_cell_keep_their_literals(shell, spool_dir, cell, expected):
    shell.run_cell("class Old:\n    lr = 0.1")
    shell.run_cell(f"%%track\n{cell}")
    assert params_of(spool_dir) == {name: (text, "assigned") for name, text in expected.items()}
