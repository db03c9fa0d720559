"""What people decide about models outlives a power loss once it is said to be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from mlops_lab.core.registry import NewModel, NewVersion
from mlops_lab.core.settings import make_settings
from mlops_lab.registry.service import RegistryService
from mlops_lab.store.artifacts import Artifacts
from mlops_lab.store.engine import open_engine
from mlops_lab.store.schema import ensure_schema
from mlops_lab.store.store import Store


@pytest.fixture
def levels(tmp_path: Path) -> Iterator[tuple[Store, list[int]]]:
    """A store, and what SQLite's ``synchronous`` was in each transaction that wrote."""
    settings = make_settings(jupyter_data_dir=tmp_path)
    engine: Engine = open_engine(settings.store_url)
    ensure_schema(engine)
    seen: list[int] = []

    @event.listens_for(engine, "commit")
    def _on_commit(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            seen.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    store = Store(engine, Artifacts(settings.artifact_dir))
    yield store, seen
    store.close()


def test_deeds_of_the_registry_are_durable(levels: tuple[Store, list[int]]) -> None:
    store, seen = levels
    registry = RegistryService(store)
    registry.models.create(NewModel("delays"), who="ada")
    for _ in range(2):
        registry.versions.create("delays", NewVersion(source="s3://bucket/model"), who="ada")
    registry.aliases.move("delays", "champion", 1, who="ada")
    registry.aliases.move("delays", "champion", 2, who="bob")
    registry.aliases.remove("delays", "champion", who="bob")
    registry.versions.set_stage("delays", 2, "Production", archive_others=True, who="bob")
    registry.versions.update("delays", 2, description="best", who="bob")
    registry.versions.set_tag("delays", 2, "a", "b", who="bob")
    registry.versions.delete("delays", 1, who="bob")
    registry.models.delete("delays", who="bob")
    full = 2
    assert seen == [full] * 11
