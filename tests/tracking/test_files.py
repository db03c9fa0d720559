"""Shows files of runs and files that belong to no run: kept, listed, replaced, removed."""

from __future__ import annotations

from functools import partial

import pytest

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.files import FileEntry
from mlops_lab.core.logged import NewClientRun, NotActiveError
from mlops_lab.store import audit, clientruns
from mlops_lab.store.store import Store
from mlops_lab.tracking.files import FilesService
from mlops_lab.tracking.writing import WritingService

BAD = ["", "..", "../x", "/x", "a//b", "C:/x", "a\\b", "a\0b", "%2e%2e/x", "NUL", "x" * 300]


@pytest.fixture
def files(store: Store) -> FilesService:
    return FilesService(store)


@pytest.fixture
def run_id(store: Store) -> str:
    writing = WritingService(store)
    experiment_id = writing.create_experiment("e", who="ada")
    return writing.create_run(NewClientRun(experiment_id, name="r", user="ada"))


def put(files: FilesService, run_id: str, path: str, content: bytes = b"content") -> str:
    with files._store.artifacts.receive() as incoming:
        incoming.write(content)
        return files.add(run_id, path, incoming, media_type="text/plain", who="ada").digest


def put_free(files: FilesService, area: str, path: str, content: bytes = b"content") -> str:
    with files._store.artifacts.receive() as incoming:
        incoming.write(content)
        return files.free.add(area, path, incoming, media_type="text/plain", who="ada").digest


def test_folders_that_differ_in_case_are_two(files: FilesService, run_id: str) -> None:
    put(files, run_id, "Model/weights")
    put(files, run_id, "model/weights")
    put(files, run_id, "model0/weights")
    assert [one.path for one in files.walk(run_id, "model")] == ["model/weights"]
    put(files, run_id, "MODEL")
    assert files.remove(run_id, "model", who="ada") == 1
    assert sorted(one.path for one in files.walk(run_id)) == [
        "MODEL",
        "Model/weights",
        "model0/weights",
    ]


def test_free_folders_that_differ_in_case_are_two(files: FilesService) -> None:
    for path in ("Model/weights", "model/weights", "model0", "Ärzte/a", "ärzte/a"):
        put_free(files, "mlflow", path)
    assert [one.path for one in files.free.walk("mlflow", "Model")] == ["Model/weights"]
    assert files.free.remove("mlflow", "model", who="ada") == 1
    assert files.free.remove("mlflow", "Ärzte", who="ada") == 1
    assert sorted(one.path for one in files.free.walk("mlflow")) == [
        "Model/weights",
        "model0",
        "ärzte/a",
    ]


def test_folders_are_listed_one_level_at_a_time(files: FilesService, run_id: str) -> None:
    digest = put(files, run_id, "a/b/c")
    put(files, run_id, "a%b/c")
    put(files, run_id, "a_b")
    put(files, run_id, "ab/c")
    folder = FileEntry("a", is_folder=True)
    assert files.list(run_id)[0] == folder
    assert [one.path for one in files.list(run_id)] == ["a", "a%b", "a_b", "ab"]
    assert files.list(run_id, "a/b") == [
        FileEntry("a/b/c", is_folder=False, size=7, digest=digest, media_type="text/plain")
    ]
    assert [one.path for one in files.walk(run_id, "a%b")] == ["a%b/c"]
    assert [one.path for one in files.walk(run_id, "a_b")] == ["a_b"]
    assert files.list(run_id, "a_b") == []
    assert files.list(run_id, "nothing") == []


def test_a_file_is_replaced_and_that_is_noted(
    files: FilesService, store: Store, run_id: str
) -> None:
    was = put(files, run_id, "a")
    assert put(files, run_id, "a") == was
    new = put(files, run_id, "a", b"new")
    assert files.find(run_id, "a").digest == new
    with store.read() as cx:
        (entry,) = audit.read_entries(cx, kind="artifact")
    assert (entry.action, entry.who, entry.detail) == ("update", "ada", {"path": "a", "was": was})


def test_a_file_is_no_folder(files: FilesService, run_id: str) -> None:
    put(files, run_id, "a/b")
    for path in ("a", "a/b/c", "a/b/c/d"):
        with pytest.raises(ConflictError, match="'a/b'"):
            put(files, run_id, path)
    assert [one.path for one in files.walk(run_id)] == ["a/b"]


def test_removal(files: FilesService, run_id: str) -> None:
    for path in ("a/b", "a/c", "ab"):
        put(files, run_id, path)
    assert files.remove(run_id, "a/", who="ada") == 2
    assert [one.path for one in files.walk(run_id)] == ["ab"]
    with pytest.raises(NotFoundError):
        files.remove(run_id, "a", who="ada")


def test_a_run_in_the_trash_takes_nothing(files: FilesService, store: Store, run_id: str) -> None:
    put(files, run_id, "a")
    with store.write() as tx:
        clientruns.change_run(tx, run_id, trashed_at=1)
    for act in (
        lambda: put(files, run_id, "b"),
        lambda: files.remove(run_id, "a", who="ada"),
    ):
        with pytest.raises(NotActiveError):
            act()
    assert [one.path for one in files.walk(run_id)] == ["a"]


@pytest.mark.parametrize("path", BAD)
def test_paths_that_lead_elsewhere(files: FilesService, run_id: str, path: str) -> None:
    for act in (
        lambda: put(files, run_id, path),
        lambda: put_free(files, "area", path),
        lambda: files.remove(run_id, path, who="ada"),
    ):
        with pytest.raises(InvalidInputError):
            act()
    if path.strip("/"):
        for ask in (files.list, files.walk, files.free.list, partial(files.free.remove, who="ada")):
            with pytest.raises(InvalidInputError):
                ask(run_id, path)


def test_files_of_an_area(files: FilesService) -> None:
    digest = put_free(files, "logged_model/m-1", "data/model.skops")
    put_free(files, "logged_model/m-1", "MLmodel", b"old")
    put_free(files, "logged_model/m-1", "MLmodel", b"flavors")
    put_free(files, "logged_model/m-10", "MLmodel")
    area = files.free
    assert [one.path for one in area.list("logged_model/m-1")] == ["MLmodel", "data"]
    assert area.find("logged_model/m-1", "data/model.skops").digest == digest
    assert area.find("logged_model/m-1", "MLmodel").size == 7
    with pytest.raises(NotFoundError, match="has no file") as raised:
        area.find("logged_model/m-1", "MLModel")
    assert "MLmodel" in raised.value.hint
    assert area.remove("logged_model/m-1", "data", who="ada") == 1
    assert area.remove("logged_model/m-1", who="ada") == 1
    assert [one.path for one in area.walk("logged_model/m-10")] == ["MLmodel"]
    for wrong in ("", "x" * 300, "a\nb"):
        with pytest.raises(InvalidInputError, match="cannot be an area"):
            put_free(files, wrong, "x")
