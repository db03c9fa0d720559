"""Owns the worker's server: our routes for jobs' kernels, and nothing else of a Jupyter server."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from mlops_lab.core import kernelenv
from mlops_lab.core.errors import LabError
from mlops_lab.core.settings import make_settings
from mlops_lab.lab import Lab

_EXTENSIONS = {"mlops_lab": True, "mlops_lab.worker": True}


class WorkerServer(ServerApp):
    """A Jupyter server without a user: no browser, no terminals, no extensions of the user's lab."""

    def load_config_file(self, *_args: Any, **_options: Any) -> None:
        """Read no configuration: what the user set for JupyterLab is not meant for us."""

    def find_server_extensions(self) -> None:
        """Look for no extensions; ours are named."""

    def write_server_info_file(self) -> None:
        """Leave no file: lists of running servers are for people."""

    def write_browser_open_files(self) -> None:
        """Leave no file: nobody opens us."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a worker until it is stopped or has had nothing to do for ten minutes.

    Returns 0 then, and 1 when there is no store that it could work for.
    """
    parser = argparse.ArgumentParser(
        prog="python -m mlops_lab.worker", description="Run the jobs and schedules of one store."
    )
    parser.add_argument(
        "--port", type=int, default=0, help="TCP port on 127.0.0.1; 0: any free one"
    )
    options = parser.parse_args(argv)
    for name in kernelenv.inherited(os.environ):
        os.environ.pop(name, None)
    settings = make_settings(jupyter_data_dir=Path(jupyter_data_dir()))
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        Lab.open(settings).close()
    except (LabError, OSError) as error:
        sys.stderr.write(f"The worker cannot start: {error}\n")
        return 1
    server = WorkerServer.instance(config=server_config(settings.data_dir, port=options.port))
    server.initialize(argv=[])
    server.start()
    return 0


def server_config(data_dir: Path, *, port: int) -> Config:
    """Return the traits of the worker's server."""
    return Config(
        {
            "ServerApp": {
                "ip": "127.0.0.1",
                "port": port,
                "root_dir": str(data_dir),
                "open_browser": False,
                "allow_root": True,
                "answer_yes": True,
                "terminals_enabled": False,
                "reraise_server_extension_failures": True,
                "jpserver_extensions": _EXTENSIONS,
                "log_level": "WARN",
            },
            "IdentityProvider": {"token": secrets.token_hex(32)},
        }
    )
