"""Proves which lone calls count as a change of what their first name holds."""

from __future__ import annotations

import heapq
import os
import random
import sys
import types
import warnings

import numpy as np
import pandas as pd
import pytest

import mlops_lab as lab
from mlops_lab.kernel.boundnames import read_names
from mlops_lab.kernel.changing import may_change
from mlops_lab.notebooks.source import place

OWN = types.ModuleType("helpers")
OWN.__file__ = "/home/ann/helpers.py"
INSTALLED = types.ModuleType("torch")
INSTALLED.__file__ = f"{sys.prefix}/lib/site-packages/torch/__init__.py"
NAMESPACE = {
    "lab": lab,
    "np": np,
    "pd": pd,
    "os": os,
    "random": random,
    "warnings": warnings,
    "heapq": heapq,
    "helpers": OWN,
    "torch": INSTALLED,
    "rows": [],
}


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("lab.log_metric", False),
        ("lab.set_tag", False),
        ("np.random.seed", True),
        ("np.random.shuffle", True),
        ("np.savetxt", False),
        ("np.seterr", True),
        ("random.seed", True),
        ("torch.manual_seed", True),
        ("torch.use_deterministic_algorithms", True),
        ("torch.save", False),
        ("torch.usefulness", False),
        ("warnings.filterwarnings", True),
        ("pd.set_option", True),
        ("os.makedirs", False),
        ("os.environ.update", True),
        ("helpers.prepare", True),
        ("rows.append", True),
        ("gone.prepare", True),
        ("np.gone.prepare", True),
    ],
)
def test_a_lone_call_counts_by_what_is_called(path: str, changes: bool) -> None:
    assert may_change(path.split("."), NAMESPACE) is changes


def names_of(source: str) -> tuple[list[str], list[list[str]]]:
    tree = place(source).tree
    assert tree is not None
    names = read_names(tree)
    return names.changed, names.calls


@pytest.mark.parametrize(
    ("source", "changed", "calls"),
    [
        ("np.x = 1", ["np"], []),
        ("plt.rcParams['x'] = 1", ["plt"], []),
        ("plt.title(x)", [], [["plt", "title"]]),
        ("for _ in range(3):\n    lab.log_metric('m', 1)", [], [["lab", "log_metric"]]),
        ("rows[0].append(1)", ["rows"], []),
        ("random.shuffle(rows)", ["rows"], [["random", "shuffle"]]),
        ("heappush(rows, 1)", ["rows"], []),
        ("nn.init.zeros_(net.weight)", ["net"], [["nn", "init", "zeros_"]]),
        ("frame.head()", [], []),
        ("import numpy as np\nnp.random.seed(1)", [], []),
    ],
)
def test_what_a_cell_does_is_read_from_its_code(
    source: str, changed: list[str], calls: list[list[str]]
) -> None:
    assert names_of(source) == (changed, calls)
