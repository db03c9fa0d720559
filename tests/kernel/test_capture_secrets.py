"""No secret of a tracked cell is in the records that leave the process."""

from __future__ import annotations

from mlops_lab.core.records import CellCaptured, ParamLogged, RunFinished, TagSet
from mlops_lab.kernel.capture.params import MASK

from .spool_reader import read_records


def of_kind(folder, kind):
    return [record for record in read_records(folder) if isinstance(record, kind)]


def test_nothing_secret_leaves_the_process(shell, spool_dir):
    shell.run_cell(
        "url = 'postgresql://ann:hunter2@db/x'\nsettings = {'password': 'hunter2', 'n': 1}"
    )
    shell.run_cell(
        "%%track -t 'db=postgresql://ann:hunter2@db/x' -p token=hunter2\n"
        "password = 'hunter2'\nuse = [url, settings]\n"
        "lab.set_tag('auth_token', 'hunter2')\n"
        "raise ValueError(f'connect(password={password!r}) to {url}')"
    )
    assert b"hunter2" not in b"".join(path.read_bytes() for path in spool_dir.rglob("*.jsonl"))
    params = {p.name: p.value for p in of_kind(spool_dir, ParamLogged)}
    assert params["url"] == "'postgresql://ann:***@db/x'"
    assert params["settings.password"] == MASK
    assert of_kind(spool_dir, CellCaptured)[0].source.splitlines()[1] == "password = '***'"
    assert {tag.name: tag.value for tag in of_kind(spool_dir, TagSet)} == {
        "db": "postgresql://ann:***@db/x",
        "auth_token": "***",
    }
    error = of_kind(spool_dir, RunFinished)[0].error
    assert error is not None
    assert error.message == "connect(password='***') to postgresql://ann:***@db/x"
