"""Proves how a cell magic is read off a cell."""

from __future__ import annotations

import pytest

from mlops_lab.notebooks.parse import cell_magic


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%%track\nx = 1", ("track", "", "x = 1")),
        (
            '\n  \n%%track "my run" -p lr \nx = 1\ny = 2',
            ("track", '"my run" -p lr', "x = 1\ny = 2"),
        ),
        ("%%track", ("track", "", "")),
        ("%%bash\nls", ("bash", "", "ls")),
        ("%%track?", None),
        ("%%track??\n", None),
        ("# note\n%%track\nx = 1", None),
        ("%track status", None),
        ("x = 1", None),
        ("", None),
    ],
)
def test_cell_magic(source, expected):
    assert cell_magic(source) == expected
