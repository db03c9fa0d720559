"""Proves that the extension takes its settings, starts, stops, and is light to load."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tornado import httputil

from mlops_lab.server import app

_HEAVY = {"sqlalchemy", "alembic", "papermill", "pandas", "numpy", "nbclient", "psutil", "cronsim"}


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    url = f"sqlite:///{tmp_path / 'elsewhere' / 'team.db'}"
    return {
        "ServerApp": {"jpserver_extensions": {"mlops_lab": True}},
        "LabExtensionApp": {"store_url": url},
    }


def test_the_store_is_the_one_that_the_configuration_names(lab, tmp_path) -> None:
    assert lab.store.url.endswith("elsewhere/team.db")
    assert (tmp_path / "elsewhere" / "team.db").exists()


@pytest.fixture
def threads_before() -> set[threading.Thread]:
    """The threads of before the server: those of kernel code that other tests ran here."""
    return set(threading.enumerate())


async def test_after_a_stop_no_thread_and_no_task_is_left(threads_before, extension, lab) -> None:
    await extension.stop_extension()
    left = [thread.name for thread in threading.enumerate() if thread not in threads_before]
    assert [name for name in left if "mlops-lab" in name] == []
    assert all(task.done() for task in extension._tasks)


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "import sys, jupyter_server.serverapp; before = set(sys.modules); "
        "import mlops_lab.server.app; "
        f"heavy = {_HEAVY!r} & (set(sys.modules) - before); sys.exit(str(heavy) if heavy else 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert found.returncode == 0, found.stderr


def test_the_limit_of_the_process_is_only_ever_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    no_files = httputil.ParseMultipartConfig(enabled=False)
    for set_before, is_now in ((1_000, app._MAX_ARGUMENTS), (9_999, 9_999)):
        form = httputil.ParseUrlEncodedConfig(max_arguments=set_before)
        before = httputil.ParseBodyConfig(multipart=no_files, urlencoded=form)
        monkeypatch.setattr(httputil, "_DEFAULT_PARSE_BODY_CONFIG", before)
        app._allow_long_queries()
        after = httputil._DEFAULT_PARSE_BODY_CONFIG
        assert (after.urlencoded.max_arguments, after.multipart) == (is_now, no_files)
