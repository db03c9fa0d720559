"""Proves how cells are parsed: IPython syntax, line numbers, and what is no Python."""

from __future__ import annotations

import ast

import pytest

from mlops_lab.notebooks.parse import cell_magic, parse_cell


def names_by_line(source: str) -> dict[str, int]:
    tree = parse_cell(source)
    assert tree is not None
    return {
        node.id: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


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


def test_lines_count_from_the_first_line_of_the_source():
    assert names_by_line("x = 1\ny = 2") == {"x": 1, "y": 2}
    assert names_by_line("\n\nx = 1") == {"x": 3}
    assert names_by_line("%%track\nx = 1\n\ny = 2") == {"x": 2, "y": 4}
    assert names_by_line("\n%%track a\n\n%%time\n\nx = 1") == {"x": 6}


def test_ipython_syntax_becomes_calls():
    source = "%matplotlib inline\n!ls\nfiles = !ls\nx = 1\nlen?"
    assert names_by_line(source) == {"files": 3, "x": 4}


@pytest.mark.parametrize("source", ["x =", "%%bash\nls", "%%track\n%%html\n<b>", "x = 1\x00"])
def test_what_is_not_python_gives_none(source):
    assert parse_cell(source) is None


def test_await_at_top_level_and_bad_escapes_are_python():
    assert parse_cell("await thing()") is not None
    assert parse_cell("x = '\\d'") is not None


def test_an_empty_cell_is_an_empty_module():
    tree = parse_cell("%%track")
    assert tree is not None
    assert tree.body == []
