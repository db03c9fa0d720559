"""Fixtures that every test shares: a store of its own, and no trace of the user's settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lab.core import kernelenv, settings as settings_module
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.store.store import Store

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Point everything at ``tmp_path`` and drop what a surrounding server may have exported."""
    for name in (kernelenv.SERVER_URL, kernelenv.KERNEL_TOKEN, kernelenv.JOB_CONTEXT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv(settings_module.STORE_URL, raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv(settings_module.DATA_DIR, str(tmp_path / "mlops_lab"))
    monkeypatch.setenv(kernelenv.SPOOL_DIR, str(tmp_path / "mlops_lab" / "spool"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(jupyter_data_dir=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store.open(settings)
    yield opened
    opened.close()
