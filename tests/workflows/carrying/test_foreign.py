"""Tests of imports from what other tools have really written."""

from __future__ import annotations

import hashlib
import math
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from mlops_lab.core.carrying import ImportReport
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.core.tracking import RunSummary
from mlops_lab.lab import Lab
from mlops_lab.store.trace_tables import trace
from mlops_lab.workflows.carrying.foreign import Wanted, import_foreign
from mlops_lab.workflows.carrying.sources import open_source

DATA = Path(__file__).parents[2] / "data"
MLFLOW = ["mlflow-2.9-folder", "mlflow-2.9-database", "mlflow-3.17-database"]
WHO = Wanted(who="ada")


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(DATA / f"{name}.zip") as packed:
        packed.extractall(folder)
    [*others, place] = sorted(folder.iterdir(), key=lambda path: path.name == "mlflow.db")
    assert others or place.is_dir()
    return place


def take(lab: Lab, kind: str, place: Path | str, wanted: Wanted = WHO) -> ImportReport:
    with open_source(kind, str(place)) as source:
        return import_foreign(lab.store, source, wanted)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    with Lab.open(settings) as opened:
        yield opened


@pytest.fixture
def find(lab: Lab) -> Callable[[str], RunSummary]:
    def by_name(name: str) -> RunSummary:
        [found] = [one for one in lab.tracking.list_runs().runs if one.name == name]
        return found

    return by_name


@pytest.mark.parametrize("name", MLFLOW)
def test_mlflow_is_taken_with_all_that_it_holds(
    lab: Lab, find: Callable[[str], RunSummary], name: str, tmp_path: Path
) -> None:
    place = unpacked(name, tmp_path / "there")
    before = digests(tmp_path / "there")
    report = take(lab, "mlflow", place)
    assert report.taken["runs"] == 5
    assert report.taken["files"] == 2
    assert report.taken["models"] == report.taken["model versions"] == 1
    assert report.not_taken == []
    assert digests(tmp_path / "there") == before, "the source was written"

    parent, child, broken = find("parent"), find("child"), find("broken")
    assert (parent.status, child.status, broken.status) == ("finished", "finished", "failed")
    assert parent.experiment == "flights"
    assert child.parent_run_id == parent.id
    assert parent.source == "client"
    run = lab.tracking.get_run(parent.id)
    assert {p.name: p.value for p in run.params} == {"kind": "'rf'", "lr": "0.1", "text": r"'a\nb'"}
    tags = {tag.name: tag.value for tag in run.tags}
    assert tags["team"] == "x"
    assert tags["mlflow.note.content"] == "about this"
    loss = lab.tracking.get_series(parent.id, "train/loss")
    assert [point.step for point in loss.points] == list(range(12))
    assert loss.points[3].value == 0.25
    assert math.isnan(float(lab.tracking.get_series(parent.id, "nan").points[0].value))
    capture = lab.tracking.get_capture(parent.id)
    assert [file.path for file in capture.artifacts] == ["d.json", "notes/a.txt"]
    digest = next(file.digest for file in capture.artifacts if file.path == "notes/a.txt")
    assert lab.store.artifacts.get(digest) == b"hello"
    assert [data.name for data in capture.data] == ["tab"]
    [given] = lab.inputs.of_runs([parent.id])[parent.id]
    assert given.tags == {"mlflow.data.context": "training"}

    names = {one.name for one in lab.tracking.list_runs().runs}
    assert names == {"parent", "child", "broken"}, "deleted runs are in the trash"
    version = lab.registry.versions.get("churn", "champion")
    assert version.run_id == parent.id
    assert version.source == f"runs:/{parent.id}/notes"


@pytest.mark.parametrize("name", MLFLOW)
def test_a_second_import_of_mlflow_takes_nothing(lab: Lab, name: str, tmp_path: Path) -> None:
    place = unpacked(name, tmp_path / "there")
    take(lab, "mlflow", place)
    moved = tmp_path / "elsewhere"
    shutil.move(tmp_path / "there", moved)
    report = take(lab, "mlflow", moved / place.name)
    assert (report.taken, report.skipped, report.not_taken) == ({}, 5, [])


def test_ids_of_mlflow_are_kept_where_they_are_free(lab: Lab, tmp_path: Path) -> None:
    place = unpacked(MLFLOW[0], tmp_path / "there")
    written = {path.parent.name for path in place.rglob("params") if len(path.parent.name) == 32}
    taken = min(written)
    experiment = lab.writing.create_experiment("mine", who="ada")
    from mlops_lab.core.logged import NewClientRun

    lab.writing.create_run(NewClientRun(experiment, name="mine"), run_id=taken)
    assert take(lab, "mlflow", place).taken["runs"] == 5
    assert lab.tracking.get_run(taken).summary.name == "mine"
    kept = [one for one in written if one != taken]
    assert all(lab.tracking.get_run(one).summary.source == "client" for one in kept)


def test_what_is_wanted_is_taken_and_no_more(lab: Lab, tmp_path: Path) -> None:
    place = unpacked(MLFLOW[2], tmp_path / "there")
    dry = take(lab, "mlflow", place, Wanted(who="ada", is_dry=True))
    assert dry.is_dry
    assert dry.taken["runs"] == 5
    assert lab.tracking.list_runs().total == 0
    report = take(lab, "mlflow", place, Wanted(who="ada", experiment="old", with_files=False))
    assert report.taken["runs"] == 1
    with pytest.raises(InvalidInputError, match="no experiment 'nothing'") as error:
        take(lab, "mlflow", place, Wanted(who="ada", experiment="nothing"))
    assert "flights" in error.value.hint


def test_what_cannot_be_read_is_told_and_the_rest_is_taken(lab: Lab, tmp_path: Path) -> None:
    place = unpacked(MLFLOW[0], tmp_path / "there")
    [loss] = place.rglob("train/loss")
    with loss.open("a") as file:
        file.write("not a point\n")
    broken = next(place.rglob("params/x")).parents[1]
    (broken / "meta.yaml").write_text("{")
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    (loss.parents[2] / "artifacts" / "link.txt").symlink_to(outside)
    for below in ("models/m-1", "traces/tr-1", "traces/tr-2"):
        (broken.parent / below).mkdir(parents=True)
    report = take(lab, "mlflow", place)
    assert report.taken["runs"] == 4
    reasons = {left.reason: left for left in report.not_taken}
    assert len(reasons) == 5
    assert reasons["traces in folders are not taken"].count == 2
    assert "link.txt" in next(left for r, left in reasons.items() if "link" in r).examples[0]


def test_a_folder_whose_experiments_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("{")
    with pytest.raises(InvalidInputError, match=r"no meta\.yaml of an experiment .* can be read"):
        open_source("mlflow", str(tmp_path / "mlruns"))


def test_secrets_are_masked(lab: Lab, find: Callable[[str], RunSummary], tmp_path: Path) -> None:
    place = unpacked(MLFLOW[0], tmp_path / "there")
    params = next(place.rglob("params/lr")).parent
    (params / "api_key").write_text("hunter2-hunter2")
    take(lab, "mlflow", place)
    run = lab.tracking.get_run(find("parent").id)
    assert {p.name: p.value for p in run.params}["api_key"] == "'***'"


def test_an_import_that_broke_off_goes_on(lab: Lab, tmp_path: Path) -> None:
    place = unpacked(MLFLOW[2], tmp_path / "there")

    class StopError(Exception):
        pass

    def stop(line: str) -> None:
        if line.startswith("2 runs"):
            raise StopError

    with open_source("mlflow", str(place)) as source, pytest.raises(StopError):
        import_foreign(lab.store, source, WHO, told=stop)
    report = take(lab, "mlflow", place)
    assert (report.taken["runs"], report.skipped) == (3, 2)


def test_logged_models_and_traces_of_mlflow(any_settings: Settings, tmp_path: Path) -> None:
    with zipfile.ZipFile(DATA / "mlflow-3.17-traces.zip") as packed:
        place = packed.extract("mlflow.db", tmp_path)
    with Lab.open(any_settings) as lab:
        dry = take(lab, "mlflow", place, Wanted(who="ada", is_dry=True))
        assert (dry.taken["logged models"], dry.taken["traces"]) == (1, 2)
        report = take(lab, "mlflow", place)
        assert (report.taken["logged models"], report.taken["traces"]) == (1, 2)
        [parent] = [one for one in lab.tracking.list_runs().runs if one.name == "parent"]
        experiment = lab.logged.get_runs([parent.id])[0].experiment_id
        [model] = lab.registry.logged.search([experiment]).models
        assert (model.name, model.status, model.source_run_id) == ("ext", "ready", parent.id)
        assert (model.params, model.tags["a"]) == ({"depth": "3"}, "b")
        assert [(one.name, one.value) for one in model.metrics] == [("acc", 0.9)]
        with lab.store.read() as cx:
            ids = sorted(cx.execute(select(trace.c.id)).scalars())
        whole = {one.response_preview: (one, spans) for one, spans in lab.traces.get_whole(ids)}
        judged, spans = whole['"two!"']
        assert {one.name: one.kind for one in judged.assessments} == {
            "good": "feedback",
            "answer": "expectation",
        }
        assert [(one.name, one.parent_id is None) for one in spans] == [
            ("ask", True),
            ("inner", False),
        ]
        assert judged.metadata["mlflow.sourceRun"] == parent.id
        again = take(lab, "mlflow", place)
        assert (again.taken, again.skipped) == ({}, 3)


def test_both_databases_take_the_same(any_settings: Settings, tmp_path: Path) -> None:
    place = unpacked(MLFLOW[2], tmp_path / "there")
    with Lab.open(any_settings) as lab:
        assert take(lab, "mlflow", place).taken["runs"] == 5
        assert take(lab, "mlflow", place).skipped == 5


def test_what_one_lab_serves_another_takes(lab: Lab, tmp_path: Path) -> None:
    """An import and an export meet: what came from MLflow goes on in a file."""
    from mlops_lab.workflows.carrying.exporting import export_runs
    from mlops_lab.workflows.carrying.importing import import_archive

    take(lab, "mlflow", unpacked(MLFLOW[0], tmp_path / "there"))
    ids = [one.id for one in lab.tracking.list_runs().runs]
    export_runs(lab, ids, tmp_path / "runs.zip", who="ada")
    settings = make_settings(jupyter_data_dir=tmp_path / "second", environ={})
    with Lab.open(settings) as other:
        report = import_archive(other.store, tmp_path / "runs.zip", who="eve")
        assert report.taken["runs"] == len(ids)
        assert other.registry.versions.get("churn", "champion").run_id in ids
        for run_id in ids:
            assert other.tracking.get_run(run_id) == lab.tracking.get_run(run_id)
            assert other.tracking.get_capture(run_id) == lab.tracking.get_capture(run_id)
        assert other.inputs.of_runs(ids) == lab.inputs.of_runs(ids)


def test_offline_runs_of_wandb(lab: Lab, find: Callable[[str], RunSummary], tmp_path: Path) -> None:
    place = unpacked("wandb-0.31", tmp_path / "there")
    report = take(lab, "wandb", place)
    assert report.taken["runs"] == 2
    assert find("crashed").status == "failed"
    run = lab.tracking.get_run(find("first try").id)
    assert run.summary.status == "finished"
    assert run.summary.experiment == "flights"
    params = {p.name: p.value for p in run.params}
    assert params == {"flag": "True", "layers": "[1, 2]", "lr": "0.1", "opt.name": "'adam'"}
    metrics = {m.name: m.count for m in run.metrics}
    assert metrics == {"loss": 6, "nested/x": 5, "val/auc": 5}
    tags = {tag.name: tag.value for tag in run.tags}
    assert (tags["good"], tags["wandb.group"]) == ("true", "g1")
    assert tags["mlflow.note.content"] == "a note"
    assert tags["wandb.summary.best"] == "0.9"
    [point] = lab.tracking.get_series(find("crashed").id, "loss").points
    assert point.step == 7
    assert take(lab, "wandb", place).skipped == 2


def test_a_file_of_wandb_that_was_cut_gives_what_is_whole(lab: Lab, tmp_path: Path) -> None:
    place = unpacked("wandb-0.31", tmp_path / "there")
    path = next(place.rglob("run-first001.wandb"))
    path.write_bytes(path.read_bytes()[:-40])
    report = take(lab, "wandb", place)
    assert report.taken["runs"] == 2
    assert any("ends within a record" in left.reason for left in report.not_taken)


def test_projects_of_trackio(lab: Lab, find: Callable[[str], RunSummary], tmp_path: Path) -> None:
    place = unpacked("trackio-0.43", tmp_path / "there")
    assert take(lab, "trackio", place).taken["runs"] == 1
    run = lab.tracking.get_run(find("first").id)
    assert {p.name: p.value for p in run.params} == {"lr": "0.1", "opt.a": "1"}
    assert {m.name: m.count for m in run.metrics} == {"acc": 5, "loss": 5}
    assert take(lab, "trackio", place).skipped == 1


def test_event_files_of_tensorboard(
    lab: Lab, find: Callable[[str], RunSummary], tmp_path: Path
) -> None:
    import numpy as np
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "logs" / "try1")) as writer:
        for step in range(5):
            writer.add_scalar("loss/train", 1 / (step + 1), step)
        writer.add_text("words", "hello")
        writer.add_histogram("weights", np.array([1.0, 2.0]), 0)
    with SummaryWriter(str(tmp_path / "logs" / "try2")) as writer:
        writer.add_hparams({"lr": 0.1, "kind": "rf"}, {"auc": 0.9}, run_name=".")
    report = take(lab, "tensorboard", tmp_path / "logs")
    assert report.taken["runs"] == 2
    assert any("histograms" in left.reason for left in report.not_taken)
    run = lab.tracking.get_run(find("try1").id)
    assert {m.name: m.count for m in run.metrics} == {"loss/train": 5}
    assert {tag.name: tag.value for tag in run.tags} == {"words/text_summary": "hello"}
    other = lab.tracking.get_run(find("try2").id)
    assert {p.name: p.value for p in other.params} == {"kind": "'rf'", "lr": "0.1"}
    assert take(lab, "tensorboard", tmp_path / "logs").skipped == 2


@pytest.mark.parametrize("kind", ["mlflow", "wandb", "tensorboard", "aim", "trackio"])
def test_a_place_that_is_none_is_refused(lab: Lab, kind: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "note.txt").write_text("x")
    with pytest.raises(InvalidInputError) as error:
        take(lab, kind, tmp_path / "empty")
    assert error.value.hint
    with pytest.raises(InvalidInputError, match="nothing at"):
        take(lab, kind, tmp_path / "missing")


def test_a_file_that_is_no_database_is_refused(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database at all, but long enough to be looked at")
    with pytest.raises(InvalidInputError):
        take(lab, "mlflow", tmp_path / "mlflow.db")
    with pytest.raises(InvalidInputError, match="s3"):
        take(lab, "mlflow", "s3://bucket/mlruns")
