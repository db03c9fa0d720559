"""Makes real repositories of git for tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["x = %d"]}], "nbformat": 4}\n'


def git(folder: Path, *words: str) -> str:
    environ = {
        **os.environ,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    command = ["git", "-c", "protocol.file.allow=always", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout


def make_repository(folder: Path) -> Path:
    """Make a repository with one commit of a module and a notebook."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "train.py").write_text("rate = 1\n")
    (folder / "note.ipynb").write_text(NOTEBOOK % 1)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD").strip()
