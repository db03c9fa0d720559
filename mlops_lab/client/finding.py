"""Owns how a program finds its server: what it is told, its environment, or a running server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit, urlunsplit

import msgspec

from mlops_lab.core.kernelenv import KERNEL_TOKEN, SERVER_URL

from .errors import UnreachableError

SERVER_TOKEN = "MLOPS_LAB_SERVER_TOKEN"  # noqa: S105 - the name of a variable, not a secret
"""Environment variable: the token of the server that ``MLOPS_LAB_SERVER_URL`` names."""

API_ROOT = "mlops-lab/api"


class Place(NamedTuple):
    """Where the API is, and the token for it."""

    url: str
    token: str


class _Runtime(msgspec.Struct, frozen=True):
    url: str
    pid: int
    token: str = ""


def find_server(
    url: str | None, token: str | None, *, environ: Mapping[str, str] = os.environ
) -> Place:
    """Return where to ask.

    Args:
        url: of the Jupyter server or of its API, also with ``?token=``; None to look for one: the
            variable ``MLOPS_LAB_SERVER_URL``, or else the newest server of this user that runs.
        token: of the server; None for the one in ``url``, in the environment or of that server.
        environ: the environment.

    Raises:
        UnreachableError: there is none to be found.
    """
    address = url or environ.get(SERVER_URL)
    if address:
        parts = urlsplit(address)
        in_url = parse_qs(parts.query).get("token", [""])[0]
        own = "" if url else environ.get(SERVER_TOKEN) or environ.get(KERNEL_TOKEN, "")
        return Place(_api_of(address), token or in_url or own or environ.get(SERVER_TOKEN, ""))
    for server in _running(environ):
        return Place(_api_of(server.url), token or server.token)
    raise UnreachableError(
        "No Jupyter server of yours is running.",
        hint=f"Start one, or give its address: Client(url, token), or the variables {SERVER_URL} "
        f"and {SERVER_TOKEN}.",
    )


def _api_of(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    path = parts.path.strip("/").removesuffix("lab").rstrip("/")
    if not path.endswith(API_ROOT):
        path = f"{path}/{API_ROOT}".lstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, f"/{path}", "", ""))


def _running(environ: Mapping[str, str]) -> Iterator[_Runtime]:
    """The servers of this user, the one that began last first."""
    given = environ.get("JUPYTER_RUNTIME_DIR")
    if given:
        folder = Path(given)
    else:
        from jupyter_core.paths import jupyter_runtime_dir

        folder = Path(jupyter_runtime_dir())
    found: list[tuple[float, _Runtime]] = []
    for file in folder.glob("jpserver-*.json"):
        try:
            server = msgspec.json.decode(file.read_bytes(), type=_Runtime)
            found.append((file.stat().st_mtime, server))
        except (OSError, msgspec.DecodeError):
            continue
    for _, server in sorted(found, key=lambda one: one[0], reverse=True):
        if _is_alive(server.pid):
            yield server


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        # There a signal of 0 would end the process; a server that is gone refuses the connection.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
