"""Tests of export files: what goes in comes out in another store, and nothing bad is taken in."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from mlops_lab.core.carrying import CarriedPoints
from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.lab import Lab
from mlops_lab.store import audit, carried
from mlops_lab.store.all_tables import metadata
from mlops_lab.store.tables import experiment_tag, run
from mlops_lab.workflows.carrying import layout, taking
from mlops_lab.workflows.carrying.archive import Archive
from mlops_lab.workflows.carrying.exporting import export_runs, find_runs
from mlops_lab.workflows.carrying.importing import import_archive

from .conftest import PICTURE, Filled


def answers(lab: Lab, run_id: str) -> dict[str, Any]:
    """Everything that the REST API says of a run."""
    found = lab.tracking.get_run(run_id)
    said = {
        "run": found,
        "capture": lab.tracking.get_capture(run_id),
        "series": [lab.tracking.get_series(run_id, m.name) for m in found.metrics],
        "tags": [lab.tracking.get_tag_history(run_id, tag.name) for tag in found.tags],
        "experiment": list(lab.experiments.list().experiments),
    }
    return {name: json.loads(msgspec.json.encode(value)) for name, value in said.items()}


@pytest.fixture
def file(filled: Filled, tmp_path: Path) -> Path:
    made = tmp_path / "runs.zip"
    export_runs(filled.lab, [filled.parent], made, who="ada")
    return made


def count_rows(lab: Lab) -> dict[str, int]:
    with lab.store.read() as cx:
        return {
            name: cx.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def test_a_run_is_the_same_in_another_store(filled: Filled, file: Path, other: Lab) -> None:
    report = import_archive(other.store, file, who="eve")
    assert report.taken == {
        "runs": 2,
        "files": 1,
        "experiments": 1,
        "models": 1,
        "model versions": 1,
    }
    for run_id in (filled.parent, filled.child):
        was, now = answers(filled.lab, run_id), answers(other, run_id)
        was["experiment"] = [e for e in was["experiment"] if e["name"] == "flights"]
        assert now == was
    pair = [filled.parent, filled.child]
    assert other.tracking.compare(pair) == filled.lab.tracking.compare(pair)
    digest = hashlib.sha256(PICTURE).hexdigest()
    assert other.store.artifacts.get(digest) == PICTURE
    with other.store.read() as cx:
        tags = cx.execute(select(experiment_tag.c.name, experiment_tag.c.value)).all()
        done = audit.read_entries(cx, kind="run", record_id=filled.parent)
    assert [tuple(tag) for tag in tags] == [("owner", "ada")]
    assert [(one.action, one.who) for one in done] == [("import", "eve")]
    was, now = (one.registry.versions.get("delay", "champion") for one in (filled.lab, other))
    assert (now.run_id, now.source, now.tags) == (was.run_id, was.source, was.tags)
    [left] = report.not_taken
    assert left.count == 1
    assert "lost.bin" in left.examples[0]
    # What one search finds, the other finds too.
    found = other.tracking.list_runs(filter="metrics.auc > 0.7 and params.lr = 0.1").runs
    assert [one.id for one in found] == [filled.parent]


def test_a_long_run_comes_in_portions_and_is_seen_when_it_is_whole(
    filled: Filled, file: Path, other: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 3_000)
    seen: list[int] = []
    whole = Archive.points

    def watched(archive: Archive, run_id: str) -> Iterator[CarriedPoints]:
        for portion in whole(archive, run_id):
            if run_id == filled.parent:
                seen.append(len(other.tracking.list_runs().runs))
                if len(seen) == 3:
                    raise OSError("the disk went away")
            yield portion

    monkeypatch.setattr(Archive, "points", watched)
    with pytest.raises(OSError, match="went away"):
        import_archive(other.store, file, who="eve")
    assert filled.parent not in [one.id for one in other.tracking.list_runs().runs]
    monkeypatch.setattr(Archive, "points", whole)
    assert import_archive(other.store, file, who="eve").taken["runs"] == 2
    assert answers(other, filled.parent)["series"] == answers(filled.lab, filled.parent)["series"]
    assert answers(other, filled.parent)["run"] == answers(filled.lab, filled.parent)["run"]
    assert import_archive(other.store, file, who="eve").skipped == 2


def test_two_imports_of_a_long_run_do_not_mix(
    filled: Filled, file: Path, other: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 3_000)
    whole = Archive.points
    begun: list[str] = []

    def interrupted(archive: Archive, run_id: str) -> Iterator[CarriedPoints]:
        for number, portion in enumerate(whole(archive, run_id)):
            if number == 2 and not begun:
                begun.append(run_id)
                import_archive(other.store, file, who="eve")
            yield portion

    monkeypatch.setattr(Archive, "points", interrupted)
    with pytest.raises(ConflictError, match="Another import"):
        import_archive(other.store, file, who="ada")
    assert answers(other, filled.parent)["run"] == answers(filled.lab, filled.parent)["run"]


def test_a_second_import_takes_nothing(file: Path, other: Lab) -> None:
    import_archive(other.store, file, who="eve")
    before = count_rows(other)
    report = import_archive(other.store, file, who="eve")
    assert (report.taken, report.skipped) == ({}, 2)
    assert count_rows(other) == before


def test_the_store_that_wrote_a_file_has_nothing_new_in_it(filled: Filled, file: Path) -> None:
    report = import_archive(filled.lab.store, file, who="ada")
    assert (report.taken, report.skipped, report.not_taken) == ({}, 2, [])


def test_a_file_that_was_exported_again_is_known(
    filled: Filled, file: Path, other: Lab, tmp_path: Path
) -> None:
    import_archive(other.store, file, who="eve")
    export_runs(other, [filled.parent], tmp_path / "back.zip", who="eve")
    with zipfile.ZipFile(file) as first, zipfile.ZipFile(tmp_path / "back.zip") as second:
        for run_id in (filled.parent, filled.child):
            name = layout.run_member(run_id)
            assert first.read(name) == second.read(name)
    assert import_archive(filled.lab.store, tmp_path / "back.zip", who="ada").taken == {}


def test_a_run_with_other_content_is_reported_and_stays(
    filled: Filled, file: Path, other: Lab, tmp_path: Path
) -> None:
    import_archive(other.store, file, who="eve")
    with filled.lab.store.write() as tx:
        tx.execute(run.update().where(run.c.id == filled.parent).values(name="renamed"))
    export_runs(filled.lab, [filled.parent], tmp_path / "new.zip", who="ada")
    report = import_archive(other.store, tmp_path / "new.zip", who="eve")
    assert (report.taken, report.skipped) == ({}, 1)
    assert filled.parent in report.not_taken[0].examples[0]
    assert other.tracking.get_run(filled.parent).summary.name == "train"


def test_runs_are_found_by_filter_and_experiment(filled: Filled) -> None:
    assert find_runs(filled.lab, experiment="weather") == [filled.failed]
    assert find_runs(filled.lab, filter_text="status:failed") == [filled.failed]
    with pytest.raises(NotFoundError):
        find_runs(filled.lab, experiment="nothing")


def test_an_export_never_overwrites_a_file(filled: Filled, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("precious")
    with pytest.raises(InvalidInputError, match="there already"):
        export_runs(filled.lab, [filled.parent], tmp_path / "mine.zip", who="ada")
    assert (tmp_path / "mine.zip").read_text() == "precious"
    assert list(tmp_path.glob("*.part")) == []


def test_every_column_of_a_run_is_carried() -> None:
    fields = set(carried.CarriedRun.__struct_fields__)
    assert set(carried.carried_columns()) <= fields, "a new column of run: add it to CarriedRun"
    held = {"experiment", "params", "tags", "cells", "warnings", "facets", "files", "inputs"}
    assert fields - set(carried.carried_columns()) == held


Change = Callable[[dict[str, bytes]], None]


def rewrite(file: Path, change: Change, *, trust: bool = False) -> Path:
    """Write the file anew with changed members; ``trust`` gives it a manifest that agrees."""
    with zipfile.ZipFile(file) as before:
        members = {name: before.read(name) for name in before.namelist()}
    change(members)
    if trust:
        manifest = json.loads(members["manifest.json"])
        manifest["members"] = [
            {"path": name, "size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
            for name, text in members.items()
            if name != "manifest.json"
        ]
        members["manifest.json"] = json.dumps(manifest).encode()
    made = file.with_name("changed.zip")
    with zipfile.ZipFile(made, "w") as after:
        for name, text in members.items():
            kind = zipfile.ZIP_STORED if name.startswith("artifacts/") else zipfile.ZIP_DEFLATED
            after.writestr(zipfile.ZipInfo(name), text, kind)
    return made


def _run_name(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("runs/"))


def _slip(members: dict[str, bytes]) -> None:
    members["../../evil.txt"] = b"x"


def _absolute(members: dict[str, bytes]) -> None:
    members["/etc/evil"] = b"x"


def _flipped(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith("artifacts/"))
    members[name] = b"!" + members[name][1:]


def _bomb(members: dict[str, bytes]) -> None:
    members["history.jsonl"] = b" " * (layout.RATIO_COUNTS + 10)


def _bad_status(members: dict[str, bytes]) -> None:
    name = _run_name(members)
    members[name] = members[name].replace(b'"finished"', b'"strange"')


def _no_document(members: dict[str, bytes]) -> None:
    members["documents.jsonl"] = b""


def _other_run(members: dict[str, bytes]) -> None:
    members[f"runs/{'0' * 32}.jsonl"] = members.pop(_run_name(members))


def _no_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


def _uneven_points(members: dict[str, bytes]) -> None:
    members[_run_name(members)] += b'{"name":"m","steps":[1],"times":[],"values":[]}\n'


def _huge_step(members: dict[str, bytes]) -> None:
    text = f'{{"name":"m","steps":[{2**70}],"times":[1],"values":[1.0]}}\n'
    members[_run_name(members)] += text.encode()


@pytest.mark.parametrize("change", [_slip, _absolute, _flipped, _bomb, _bad_status, _no_document])
@pytest.mark.parametrize("trust", [True, False])
def test_a_changed_file_is_refused_whole(
    file: Path, store: Any, settings: Any, change: Change, trust: bool
) -> None:
    with Lab.open(settings) as lab:
        before = count_rows(lab)
        with pytest.raises(InvalidInputError, match="cannot be imported"):
            import_archive(lab.store, rewrite(file, change, trust=trust), who="eve")
        assert count_rows(lab) == before
        assert not list(settings.artifact_dir.rglob("*.txt"))


@pytest.mark.parametrize("change", [_other_run, _no_manifest, _uneven_points, _huge_step])
def test_a_forged_file_is_refused_whole(file: Path, settings: Any, change: Change) -> None:
    with Lab.open(settings) as lab:
        before = count_rows(lab)
        with pytest.raises(InvalidInputError, match="cannot be imported"):
            import_archive(
                lab.store, rewrite(file, change, trust=change is not _no_manifest), who="eve"
            )
        assert count_rows(lab) == before


@pytest.mark.parametrize("keep", [0, 10, 0.3, 0.7, 0.999])
def test_a_cut_file_is_refused(file: Path, settings: Any, keep: float) -> None:
    whole = file.read_bytes()
    cut = file.with_name("cut.zip")
    cut.write_bytes(whole[: int(keep * len(whole) if keep < 1 else keep)])
    with Lab.open(settings) as lab, pytest.raises(InvalidInputError, match="cannot be imported"):
        import_archive(lab.store, cut, who="eve")


def test_a_damaged_byte_is_found_wherever_it_is(file: Path, settings: Any) -> None:
    whole = file.read_bytes()
    with Lab.open(settings) as lab:
        before = count_rows(lab)
        for part in range(1, 20):
            at = len(whole) * part // 20
            damaged = file.with_name(f"damaged{part}.zip")
            damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
            try:
                report = import_archive(lab.store, damaged, who="eve")
            except InvalidInputError:
                assert count_rows(lab) == before
            else:
                # A byte that means nothing, such as a date in the directory of the zip.
                assert report.taken["runs"] == 2
                return


def test_a_newer_format_is_refused_with_what_to_do(file: Path, settings: Any) -> None:
    def newer(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"]) | {"version": 2, "made_by": "9.0"}
        members["manifest.json"] = json.dumps(manifest).encode()

    with Lab.open(settings) as lab, pytest.raises(InvalidInputError, match="format 2") as error:
        import_archive(lab.store, rewrite(file, newer), who="eve")
    assert "upgrade" in error.value.hint


def test_other_files_are_refused(settings: Any, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no zip")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as made:
        made.writestr("manifest.json", '{"format": "tar"}')
    with Lab.open(settings) as lab:
        for path in (text, other, tmp_path / "missing.zip"):
            with pytest.raises(InvalidInputError):
                import_archive(lab.store, path, who="eve")


def test_a_run_that_was_open_is_taken_in_as_killed(
    filled: Filled, tmp_path: Path, other: Lab
) -> None:
    with filled.lab.store.write() as tx:
        tx.execute(
            run.update().where(run.c.id == filled.failed).values(status="running", ended_at=None)
        )
    export_runs(filled.lab, [filled.failed], tmp_path / "open.zip", who="ada")
    report = import_archive(other.store, tmp_path / "open.zip", who="eve")
    assert other.tracking.get_run(filled.failed).summary.status == "killed"
    assert "open" in report.not_taken[0].reason
