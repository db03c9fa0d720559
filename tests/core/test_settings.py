"""Settings come from arguments first, then the environment, then the Jupyter data directory."""

from pathlib import Path

import pytest

from mlops_lab.core.settings import make_settings


def test_the_default_is_below_the_jupyter_data_directory(tmp_path: Path) -> None:
    made = make_settings(jupyter_data_dir=tmp_path, environ={})
    assert made.data_dir == tmp_path / "mlops_lab"
    assert made.store_url == f"sqlite:///{tmp_path / 'mlops_lab' / 'store.db'}"
    assert made.artifact_dir == tmp_path / "mlops_lab" / "artifacts"
    assert made.spool_dir.parent == made.jobs_dir.parent == made.data_dir


def test_the_environment_moves_folder_and_store(tmp_path: Path) -> None:
    environ = {"MLOPS_LAB_DATA_DIR": str(tmp_path / "x"), "MLOPS_LAB_STORE_URL": "sqlite:////y.db"}
    made = make_settings(jupyter_data_dir=tmp_path, environ=environ)
    assert made.data_dir == tmp_path / "x"
    assert made.store_url == "sqlite:////y.db"
    assert made.spool_dir.parent == made.jobs_dir.parent == tmp_path / "x"


def test_each_store_has_a_spool_of_its_own(tmp_path: Path) -> None:
    default = make_settings(jupyter_data_dir=tmp_path, environ={})
    team = make_settings(jupyter_data_dir=tmp_path, store_url="sqlite:////team.db", environ={})
    other = make_settings(jupyter_data_dir=tmp_path, store_url="sqlite:////other.db", environ={})
    assert default.spool_dir == tmp_path / "mlops_lab" / "spool"
    assert len({one.spool_dir for one in (default, team, other)}) == 3


def test_an_argument_wins_over_the_environment(tmp_path: Path) -> None:
    made = make_settings(
        jupyter_data_dir=tmp_path,
        store_url="postgresql+psycopg://ada@db/lab",
        environ={"MLOPS_LAB_STORE_URL": "sqlite:////y.db"},
    )
    assert made.store_url == "postgresql+psycopg://ada@db/lab"


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
@pytest.mark.parametrize("options", ["", "?timeout=5"])
def test_artifacts_lie_beside_the_file_of_the_store(
    tmp_path: Path, scheme: str, options: str
) -> None:
    url = f"{scheme}:///{tmp_path}/team/lab.db{options}"
    made = make_settings(jupyter_data_dir=tmp_path, store_url=url, environ={})
    assert made.store_url == url
    assert made.artifact_dir == tmp_path / "team" / "artifacts"
    assert made.data_dir == tmp_path / "mlops_lab"


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://ada@db/lab", "sqlite:///:memory:", "sqlite://", "not a url"]
)
def test_artifacts_of_a_store_without_a_file_lie_in_the_data_folder(
    tmp_path: Path, url: str
) -> None:
    made = make_settings(jupyter_data_dir=tmp_path, store_url=url, environ={})
    assert made.store_url == url
    assert made.artifact_dir == tmp_path / "mlops_lab" / "artifacts"


def test_a_store_is_the_same_wherever_a_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = make_settings(jupyter_data_dir=tmp_path, store_url="sqlite:///team/lab.db", environ={})
    assert made.store_url == f"sqlite:///{tmp_path}/team/lab.db"
    assert made.artifact_dir == tmp_path / "team" / "artifacts"
