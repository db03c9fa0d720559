"""Owns the server of the browser journeys: a fresh store and a folder with their notebooks."""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

PORT = os.environ.get("MLOPS_LAB_UI_PORT", "8898")
BASE_URL = os.environ.get("MLOPS_LAB_UI_BASE", "/")

c = get_config()  # noqa: F821 - the loader of this file defines it

configure_jupyter_server(c)

if "MLOPS_LAB_UI_HOME" not in os.environ:
    home = Path(tempfile.gettempdir()) / f"mlops-lab-ui-{PORT}"
    shutil.rmtree(home, ignore_errors=True)
    os.environ["MLOPS_LAB_UI_HOME"] = str(home)
home = Path(os.environ["MLOPS_LAB_UI_HOME"])
notebooks = home / "notebooks"
notebooks.mkdir(parents=True, exist_ok=True)
here = Path(__file__).parent
for source in (here.parent / "examples" / "flights" / "train.ipynb", here / "capture.ipynb"):
    if not (notebooks / source.name).exists():
        shutil.copyfile(source, notebooks / source.name)
if not (notebooks / ".git").exists():
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        (*ada, "commit", "-q", "-m", "Start"),
    ):
        subprocess.run(["git", *words], cwd=notebooks, check=True)
os.environ["MLOPS_LAB_DATA_DIR"] = str(home / "store")


@atexit.register
def end_workers() -> None:
    """A server starts a worker again while a schedule waits: they end after the server has."""
    from mlops_lab.core.settings import make_settings
    from mlops_lab.lab import Lab

    with contextlib.closing(Lab.open(make_settings(jupyter_data_dir=home))) as lab:
        for worker in lab.jobs.list_workers():
            if worker.alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGTERM)


c.Application.log_level = "ERROR"
c.ServerApp.allow_root = True
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(PORT)
c.ServerApp.base_url = BASE_URL
c.ServerApp.root_dir = str(notebooks)
c.LabApp.user_settings_dir = str(home / "settings")
c.LabApp.workspaces_dir = str(home / "workspaces")
if "MLOPS_LAB_UI_LABEXTENSIONS" in os.environ:
    # Another checkout than the one that is installed: a folder that holds its labextension.
    galata = c.LabServerApp.extra_labextensions_path
    c.LabServerApp.extra_labextensions_path = [galata, os.environ["MLOPS_LAB_UI_LABEXTENSIONS"]]
