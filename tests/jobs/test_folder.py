"""The files of one job: what the runner tells, and what is left of them at the end."""

from __future__ import annotations

from pathlib import Path

from mlops_lab.jobs.folder import JobFolder, ProgressReader
from mlops_lab.jobs.order import CellsDone


def test_progress_that_a_full_disk_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    reader = ProgressReader(path)
    assert reader.read() == []
    path.write_text(
        '{"type":"cells","done":1,"total":3}\n{"type":"cel{"type":"phase"}\n{"type":"ce'
    )
    assert reader.read() == [CellsDone(done=1, total=3)]
    with path.open("a") as file:
        file.write('lls","done":2,"total":3}\n')
    assert reader.read() == [CellsDone(done=2, total=3)]


def test_of_a_job_that_has_ended_the_log_is_left_and_what_could_not_be_stored(
    tmp_path: Path,
) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.make()
    files = [folder.order, folder.input, folder.executed, folder.context, folder.progress]
    for file in [*files, folder.log, folder.spool / "left.unreadable"]:
        file.write_text("x")
    folder.tidy(has_notebook=False)
    left = {path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*")}
    assert left == {"log.txt", "executed.ipynb", "spool", "spool/left.unreadable"}
    (folder.spool / "left.unreadable").unlink()
    folder.tidy(has_notebook=True)
    assert [path.name for path in folder.path.iterdir()] == ["log.txt"]
    folder.tidy(has_notebook=True)
