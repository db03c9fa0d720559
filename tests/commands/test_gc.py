"""Shows ``mlops-lab gc``: what it says, what it removes, and when it fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlops_lab.cli import make_app
from mlops_lab.commands.gc import parse_time
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.settings import ARTIFACT_URL, make_settings
from mlops_lab.store.store import Store
from tests.buckets import SECRET


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The file of an artifact that nothing names and that is old."""
    store = Store.open(make_settings(jupyter_data_dir=tmp_path))
    digest = store.artifacts.put(b"content")
    store.close()
    path = store.artifacts.folder / "sha256" / digest[:2] / digest[2:]
    os.utime(path, (1, 1))
    return path


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(make_app(), ["gc", *words])
    return result.exit_code, result.output


def test_it_says_what_would_go_and_removes_it(kept: Path) -> None:
    code, said = run("--dry-run")
    assert (code, kept.exists()) == (0, True)
    assert "1 artifacts of 7 bytes would be removed" in said
    code, said = run("--json")
    assert (code, kept.exists()) == (0, False)
    assert json.loads(said) == {
        "artifacts": 1,
        "artifact_bytes": 7,
        "unfinished": 0,
        "unfinished_bytes": 0,
        "kept": 0,
        "texts": 0,
    }
    assert run("--grace", "0")[0] == 0


def test_it_reads_everything_over(kept: Path) -> None:
    assert run("--verify") == (0, "1 artifacts read, 0 of them damaged.\n")
    kept.chmod(0o644)
    kept.write_bytes(b"Content")
    code, said = run("--verify")
    assert code == 1
    assert "was changed" in said
    code, said = run("--verify", "--json")
    assert code == 1
    assert json.loads(said)["damaged"][0]["size"] == 7
    assert kept.exists()


@pytest.mark.parametrize("text", ["", "1", "1y", "-1d", "1.5h", "d", "1d1h", "9999999s"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a length of time"):
        parse_time(text)


def test_lengths_of_time() -> None:
    texts = ("0", "0s", "90s", "2m", "12h", "1d", "2w")
    assert [parse_time(text) // 1000 for text in texts] == [
        0,
        0,
        90,
        120,
        43_200,
        86_400,
        1_209_600,
    ]


def test_a_place_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ARTIFACT_URL, f"memory://ada:{SECRET}@x")
    code, said = run()
    assert code == 1
    assert SECRET not in said
    doctor = CliRunner().invoke(make_app(), ["doctor"]).output
    assert "ends with the process" in doctor
    assert SECRET not in doctor
