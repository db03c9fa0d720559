"""Owns what a tracking server of MLflow is told of who asks, and that no other host hears it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email.message import Message
from typing import IO
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from mlops_lab.core.kernelenv import KERNEL_TOKEN, MLFLOW_TOKEN, SERVER_URL, mlflow_url

USER = "MLFLOW_TRACKING_USERNAME"
PASSWORD = "MLFLOW_TRACKING_PASSWORD"  # noqa: S105 - the name of a variable

_AUTHORIZATION = "Authorization"


def authorization(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the header that says who asks the server at ``url``; empty where nothing does.

    Name and password of the URL count before the variables of MLflow's client. In a kernel its
    token is the lab's own, which is for the lab's own address alone.
    """
    parts = urlsplit(url)
    given, at, host = parts.netloc.rpartition("@")
    name, _, secret = given.partition(":") if at else ("", "", "")
    name, secret = name or environ.get(USER, ""), secret or environ.get(PASSWORD, "")
    if name or secret:
        pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
        return {_AUTHORIZATION: f"Basic {pair}"}
    token = environ.get(MLFLOW_TOKEN, "")
    is_ours = token == environ.get(KERNEL_TOKEN)
    asked = f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
    if not token or (is_ours and asked != mlflow_url(environ.get(SERVER_URL, ""))):
        return {}
    return {_AUTHORIZATION: f"Bearer {token}"}


def opener() -> OpenerDirector:
    """Return what opens addresses; a redirect to another host goes there without the secret."""
    return build_opener(_Redirects())


class _Redirects(HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the signature of urllib
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        made = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if made is not None and _origin(newurl) != _origin(req.full_url):
            made.remove_header(_AUTHORIZATION)
        return made


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()
