"""The fixtures of the tests of executions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lab.core.settings import Settings
from mlops_lab.lab import Lab

from .place import Place
from .recorder import Recorder


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Iterator[Place]:
    work = tmp_path / "work"
    work.mkdir()
    with Lab.open(settings) as lab:
        opened = Place(lab, work)
        yield opened
        opened.close()


@pytest.fixture
def recorder(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Recorder]:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with Lab.open(settings) as lab:
        yield Recorder(lab, work)
