"""Proves that notebooks are found by kernel and by path, and that paths cannot leave the root."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.tracking import NotebookPlace
from mlops_lab.server.places import ContentsRoot, Places

from .conftest import json_of


@pytest.fixture
def root(tmp_path: Path) -> ContentsRoot:
    (tmp_path / "root" / "models").mkdir(parents=True)
    (tmp_path / "root" / "models" / "tr\u00e4in.ipynb").write_text("{}")
    (tmp_path / "secret.ipynb").write_text("{}")
    return ContentsRoot(tmp_path / "root")


@pytest.mark.parametrize(
    "path", ["models/tr\u00e4in.ipynb", "/models/tr\u00e4in.ipynb", "RTC:models/./tr\u00e4in.ipynb"]
)
def test_a_path_of_the_file_browser_becomes_a_file(root: ContentsRoot, path: str) -> None:
    assert root.find_notebook(path).name == "tr\u00e4in.ipynb"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.ipynb",
        "models/../../secret.ipynb",
        "RTC:../secret.ipynb",
        "/../secret.ipynb",
        "..",
        ".",
        "",
        "a\0b",
    ],
)
def test_a_path_that_leaves_the_root_is_refused(root: ContentsRoot, path: str) -> None:
    with pytest.raises(InvalidInputError):
        root.find_notebook(path)


def test_a_missing_notebook_and_a_folder_are_not_found(root: ContentsRoot) -> None:
    for path in ("models", "models/other.ipynb"):
        with pytest.raises(NotFoundError):
            root.find_notebook(path)


def test_without_local_files_there_is_a_path_but_no_file() -> None:
    away = ContentsRoot(None)
    assert away.place("RTC:a.ipynb") == NotebookPlace(path="a.ipynb", file=None)
    with pytest.raises(InvalidInputError):
        away.find_notebook("a.ipynb")


async def test_session_managers_that_fail_lose_no_batch(root: ContentsRoot, caplog) -> None:
    class Broken:
        def list_sessions(self) -> Any:
            raise OSError("gone")

    places = Places(Broken(), root, log=logging.getLogger("test"))
    assert await places.find(["k"]) == {}
    assert "cannot be listed" in caplog.text


async def test_a_run_has_the_path_of_its_kernels_session(  # noqa: PLR0917 - fixtures
    api, delivery, jp_fetch, jp_root_dir, notebook, jp_serverapp
) -> None:
    order = {
        "path": f"RTC:{notebook}",
        "name": "train.ipynb",
        "type": "notebook",
        "kernel": {"name": "python3"},
    }
    session = await jp_fetch("api", "sessions", method="POST", body=json.dumps(order))
    kernel_id = json_of(session)["kernel"]["id"]
    run_id, elsewhere = new_id(), new_id()
    batch = delivery.batch(
        delivery.run(run_id, kernel_id=kernel_id), delivery.run(elsewhere, kernel_id=new_id())
    )
    assert (await api("POST", delivery.path, body=batch)).code == 200
    run = json_of(await api("GET", f"runs/{run_id}"))
    assert run["summary"]["notebook_path"] == notebook
    assert run["notebook_file"] == str(jp_root_dir / notebook)
    other = json_of(await api("GET", f"runs/{elsewhere}"))
    assert other["summary"]["notebook_path"] != notebook
    await jp_serverapp.kernel_manager.shutdown_all(now=True)


async def test_of_two_notebooks_on_one_kernel_both_are_known(root: ContentsRoot) -> None:
    class Sessions:
        def list_sessions(self) -> Any:
            kernel = {"id": "k"}
            return [
                {"type": "notebook", "path": p, "kernel": kernel} for p in ("a.ipynb", "b.ipynb")
            ]

    places = Places(Sessions(), root, log=logging.getLogger("test"))
    first = NotebookPlace(path="a.ipynb")
    assert await places.find(["k"]) == {"k": NotebookPlace(path="b.ipynb", others=(first,))}
