"""Owns who calls: the kernel token, and the name under which a user's deeds are kept."""

from __future__ import annotations

import getpass
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any

_SCHEME = "bearer "
_RANDOM_NAME = re.compile(r"[0-9a-f]{32}")


class KernelToken:
    """A random token of this server process, good for delivering records; never log ``value``."""

    def __init__(self) -> None:
        self.value = secrets.token_urlsafe(32)

    def __repr__(self) -> str:
        return "KernelToken(...)"

    def is_in(self, authorization: str) -> bool:
        """Tell whether an ``Authorization`` header carries this token."""
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return False
        offered = authorization[len(_SCHEME) :].strip()
        return hmac.compare_digest(offered.encode("utf-8", "replace"), self.value.encode())


def name_of_user(user: Any, *, environ: Mapping[str, str] = os.environ) -> str:
    """Return the name to keep for Jupyter's ``user``.

    A token or an open server knows nobody by name, and Jupyter makes up a random one for each
    request: then it is the hub's user, or the user who runs the server.
    """
    name = str(getattr(user, "username", "") or "")
    shown = str(getattr(user, "name", "") or "")
    is_made_up = _RANDOM_NAME.fullmatch(name) is not None and shown.startswith("Anonymous")
    if name and not is_made_up:
        return name
    return environ.get("JUPYTERHUB_USER") or _name_of_process()


@cache
def _name_of_process() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
