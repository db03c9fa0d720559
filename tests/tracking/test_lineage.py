"""The lineage of a run: data in and out, relatives, models, job definitions; long relations counted."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from mlops_lab.core.data import UNREAD, DataVersion
from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.facets import Reproduction
from mlops_lab.core.ids import new_id
from mlops_lab.core.lineage import MAX_LINEAGE_COUNT, MAX_LINEAGE_RUNS, LineageRuns
from mlops_lab.core.records import ArtifactLogged
from mlops_lab.core.registry import NewModel, NewVersion
from mlops_lab.registry.service import RegistryService
from mlops_lab.store import definitions
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run
from mlops_lab.tracking.lineage import LineageService
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService

from .captured import DATA, MODEL
from .conftest import Recorder


@pytest.fixture
def lineage(store: Store) -> LineageService:
    return LineageService(store)


def reads(recorder: Recorder, run_id: str, data: DataVersion = DATA) -> str:
    recorder.facet(run_id, "data", data, name=data.name, key=data.digest)
    return run_id


def ids(some: LineageRuns) -> list[str]:
    return [one.id for one in some.runs]


def test_who_made_the_data_and_who_else_read_it(
    service: TrackingService, lineage: LineageService, recorder: Recorder
) -> None:
    maker = reads(recorder, recorder.start(name="prepare"), replace(DATA, role="made"))
    first = reads(recorder, recorder.start())
    second = reads(recorder, recorder.start(), replace(DATA, name="other"))
    service.ingest(recorder.batch())
    [data] = lineage.get(first).data
    assert (data.name, data.kind, data.role, data.shape) == ("flights", "table", "input", [3, 2])
    assert (ids(data.made_by), ids(data.read_by)) == ([maker], [second])
    [made] = lineage.get(maker).data
    assert (ids(made.made_by), ids(made.read_by)) == ([], [second, first])


def test_a_file_of_one_run_that_another_read(
    service: TrackingService, store: Store, lineage: LineageService, recorder: Recorder
) -> None:
    digest = store.artifacts.put(b"a,b\n1,2\n")
    maker, reader = recorder.start(name="prepare"), recorder.start()
    for path in ("tables/clean.csv", "tables/unused.csv"):
        kept = digest if "clean" in path else store.artifacts.put(b"unused")
        recorder.add(ArtifactLogged, maker, path, kept, 8, "text/csv")
    reads(recorder, reader, replace(DATA, name="clean.csv", source="file", digest=digest))
    service.ingest(recorder.batch())
    [data] = lineage.get(reader).data
    assert (data.kind, ids(data.made_by)) == ("file", [maker])
    [file] = lineage.get(maker).data
    assert (file.name, file.kind, file.role) == ("tables/clean.csv", "artifact", "made")
    assert ids(file.read_by) == [reader]


def test_data_that_was_not_read_is_nobody_elses(
    service: TrackingService, lineage: LineageService, recorder: Recorder
) -> None:
    unread = replace(DATA, digest=f"{UNREAD}1")
    runs = [reads(recorder, recorder.start(), unread) for _ in range(2)]
    service.ingest(recorder.batch())
    [data] = lineage.get(runs[0]).data
    assert (data.made_by.count, data.read_by.count) == (0, 0)


def test_relatives_and_reproductions_but_none_from_the_trash(
    service: TrackingService, store: Store, lineage: LineageService, recorder: Recorder
) -> None:
    parent = recorder.start(name="search")
    own = recorder.start(parent_run_id=parent)
    children = [recorder.start(parent_run_id=own, name=f"trial {n}") for n in range(2)]
    proof = Reproduction("p1", "agrees", 1, 2, "current", 0.1, 0.1)
    recorder.facet(own, "reproduction", proof, name="p1", key="agrees")
    for one in (*children, own, parent):
        recorder.end(one)
    service.ingest(recorder.batch())
    found = lineage.get(own)
    assert found.run.name == "train"
    assert found.parent is not None
    assert found.parent.id == parent
    assert ids(found.children) == children[::-1]
    assert [(one.id, one.state) for one in found.reproductions] == [("p1", "agrees")]
    TrashService(store).put_run(children[0], who="ada")
    assert ids(lineage.get(own).children) == [children[1]]


def test_models_versions_and_job_definitions(
    service: TrackingService, store: Store, lineage: LineageService, recorder: Recorder
) -> None:
    own, of_job = recorder.start(), recorder.start(name="nightly")
    recorder.facet(own, "model", MODEL, name="model", key=MODEL.class_name)
    service.ingest(recorder.batch())
    registry = RegistryService(store)
    registry.models.create(NewModel(name="delays"), who="ada")
    order = NewVersion(source=f"runs:/{own}/model", run_id=own, description="the first tree")
    for _ in range(2):
        registry.versions.create("delays", order, who="ada")
    registry.aliases.move("delays", "champion", 1, who="ada")
    definition = {"id": new_id(), "name": "nightly", "created_at": 1, "created_by": "ada"}
    texts = ("parameters", "tracked_cells", "warnings")
    revision = dict.fromkeys(texts, "[]") | {
        "definition_id": definition["id"],
        "kernel_name": "python3",
        "working_dir": "",
        "notebook_digest": "0" * 64,
        "notebook_path": "",
        "created_at": 1,
        "created_by": "ada",
    }
    with store.write() as tx:
        definitions.insert_definition(tx, definition | {"revision": 1})
        for number, source in ((1, own), (2, None), (3, own)):
            row = revision | {"number": number, "source_run_id": source}
            definitions.insert_revision(tx, row)
        tx.execute(update(run).where(run.c.id == of_job).values(source_run_id=own))
    found = lineage.get(own)
    assert [(one.name, one.artifact) for one in found.models] == [("model", "model/model.skops")]
    assert {(one.version, *one.aliases) for one in found.versions} == {(1, "champion"), (2,)}
    told = {(one.stage, one.description, one.created_by) for one in found.versions}
    assert told == {("None", "the first tree", "ada")}
    assert [(one.name, one.revisions) for one in found.definitions] == [("nightly", [3, 1])]
    assert ids(found.job_runs) == [of_job]


def test_long_relations_are_counted_and_named_in_part(
    service: TrackingService, lineage: LineageService, recorder: Recorder
) -> None:
    own = reads(recorder, recorder.start())
    for _ in range(MAX_LINEAGE_COUNT + 1):
        reads(recorder, recorder.start(parent_run_id=own))
    service.ingest(recorder.batch())
    found = lineage.get(own)
    for relation in (found.children, found.data[0].read_by):
        assert len(relation.runs) == MAX_LINEAGE_RUNS
        assert (relation.count, relation.is_exact) == (MAX_LINEAGE_COUNT, False)


def test_a_run_that_is_not_there(lineage: LineageService) -> None:
    with pytest.raises(NotFoundError):
        lineage.get(new_id())
