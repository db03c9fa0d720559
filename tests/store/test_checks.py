"""An examination finds what is wrong with a store, names it, and changes nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from mlops_lab.core.errors import StoreUnavailableError
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.store.capture_tables import facet, run_artifact
from mlops_lab.store.checks import Examination, examine
from mlops_lab.store.schema import HEAD
from mlops_lab.store.store import Store
from mlops_lab.store.tables import experiment, run

ROW = {
    "id": "b" * 32,
    "experiment_id": "a" * 32,
    "name": "train",
    "status": "finished",
    "source": "notebook",
    "user": "ada",
    "started_at": 1,
}


def wrong(found: Examination) -> dict[str, str]:
    return {one.name: one.found for one in found.findings if not one.ok}


def add_run(store: Store) -> None:
    with store.write() as tx:
        tx.execute(insert(experiment), {"id": "a" * 32, "name": "e", "created_at": 1})
        tx.execute(insert(run), ROW)


def test_a_store_in_order(any_store: Store) -> None:
    add_run(any_store)
    digest = any_store.artifacts.put(b"model")
    file = {"run_id": ROW["id"], "path": "m", "digest": digest, "size": 5, "media_type": "x"}
    with any_store.write() as tx:
        tx.execute(insert(run_artifact), file)
    found = examine(any_store)
    assert found.ok, wrong(found)
    assert (found.counts["run"], found.counts["run_artifact"]) == (1, 1)
    assert found.store == any_store.url


def test_what_leads_nowhere_is_named(any_store: Store) -> None:
    add_run(any_store)
    file = {"run_id": ROW["id"], "path": "m", "digest": "9" * 64, "size": 5, "media_type": "x"}
    lost = {"run_id": ROW["id"], "kind": "git", "name": "", "digest": "8" * 64, "key": ""}
    with any_store.write() as tx:
        tx.execute(insert(run_artifact), file)
        tx.execute(insert(facet), lost)
    found = wrong(examine(any_store))
    assert set(found) == {"artifacts", "facet.digest"}
    assert "1 of 1 have no bytes: 999999999999" in found["artifacts"]
    assert "1 rows name a document" in found["facet.digest"]


def test_rows_without_their_run(store: Store) -> None:
    with store.read() as cx:
        cx.exec_driver_sql("ROLLBACK")
        cx.exec_driver_sql("PRAGMA foreign_keys=OFF")
        cx.exec_driver_sql(
            "INSERT INTO run_warning (run_id, position, text) VALUES ('gone', 0, 'x')"
        )
        cx.exec_driver_sql("PRAGMA foreign_keys=ON")
        cx.exec_driver_sql("BEGIN")
    assert wrong(examine(store)) == {
        "references": "Rows of run_warning name rows that are not there."
    }


@pytest.mark.parametrize(
    ("revision", "words"),
    [("0001", f"needs {HEAD}: mlops-lab db upgrade"), ("9999", "pip install --upgrade")],
)
def test_another_schema_is_told_and_left(any_store: Store, revision: str, words: str) -> None:
    with any_store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    found = examine(any_store)
    assert words in wrong(found)["schema"]
    assert found.counts == {}
    with any_store.read() as cx:
        assert cx.execute(text("SELECT version_num FROM alembic_version")).scalar() == revision


def test_a_damaged_file(settings: Settings, tmp_path: Path) -> None:
    with closing(Store.open(settings)) as store:
        add_run(store)
        with store.write() as tx:
            tx.execute(
                insert(experiment),
                [
                    {"id": f"{n:032}", "name": "x" * 900 + str(n), "created_at": 1}
                    for n in range(300)
                ],
            )
    file = settings.data_dir / "store.db"
    content = bytearray(file.read_bytes())
    content[-200_000:-100_000] = b"\xff" * 100_000
    file.write_bytes(content)
    with closing(Store.look(settings)) as store:
        try:
            found = wrong(examine(store))
        except StoreUnavailableError as error:
            found = {"file": error.hint}
    assert "backup" in found["file"]


def test_looking_makes_no_table(tmp_path: Path) -> None:
    settings = make_settings(jupyter_data_dir=tmp_path / "new", environ={})
    with closing(Store.look(settings)) as store:
        assert "db upgrade" in wrong(examine(store))["schema"]
        with store.read() as cx:
            assert cx.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
