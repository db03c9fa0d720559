"""Owns the server of the browser journey: a fresh store and a folder with the example notebook."""

import os
import shutil
import tempfile
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

c = get_config()  # noqa: F821 - the loader of this file defines it

configure_jupyter_server(c)

home = Path(os.environ.get("MLOPS_LAB_UI_HOME") or tempfile.mkdtemp(prefix="mlops-lab-ui-"))
os.environ["MLOPS_LAB_UI_HOME"] = str(home)
os.environ["MLOPS_LAB_DATA_DIR"] = str(home / "store")
root = home / "notebooks"
root.mkdir(parents=True, exist_ok=True)
example = Path(__file__).parent.parent / "examples" / "flights" / "train.ipynb"
if not (root / "train.ipynb").exists():
    shutil.copyfile(example, root / "train.ipynb")

c.ServerApp.allow_root = True
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ.get("MLOPS_LAB_UI_PORT", "8898"))
c.ServerApp.root_dir = str(root)
c.LabApp.workspaces_dir = str(home / "workspaces")
c.LabApp.user_settings_dir = str(home / "settings")
