"""Holds the tree to its own rules: length of files and functions, and a first sentence a module."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 50
GENERATED = ("src/api/schema.ts", "mlops_lab/_version.py")


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name and name not in GENERATED]


SOURCES = [path for path in _tracked("*.py", "*.ts", "*.tsx") if path.exists()]
PYTHON = [path for path in SOURCES if path.suffix == ".py" and "versions" not in path.parts]


def test_the_walk_finds_the_tree() -> None:
    assert len(PYTHON) > 40
    assert any(path.suffix == ".tsx" for path in SOURCES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_FILE_LINES, f"{path} has {lines} lines; split it by what it owns"


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_functions_are_short_and_modules_say_what_they_own(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path} needs a first sentence that says what it owns"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{path}:{node.lineno} {node.name}: {length} lines"


def test_no_machine_paths_or_download_addresses() -> None:
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock, "npm must omit download addresses; see .npmrc"
