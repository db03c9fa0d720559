"""Owns what a version may be made from: the addresses that are taken, and where they lead."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection

from mlops_lab.core.errors import InvalidInputError, MisfitError
from mlops_lab.core.registry import check_source
from mlops_lab.store import logged_models

from .lookup import find_version, number_of

_MODELS = "models:/"
_WEB = frozenset(
    {"http", "https", "ftp", "s3", "s3a", "s3n", "gs", "wasb", "wasbs", "mlflow-artifacts"}
)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_UNREADABLE = re.compile(r"%(?:25)*00")


def check_address(source: str, *, folder: str | None) -> str:
    """Return ``source`` when a version may be made from it.

    A path of this machine must be inside of ``folder``, the local folder with the artifacts of the
    version's run or model, if they are in one; an address must not climb with ``..``.

    Raises:
        InvalidInputError: it is neither.
        LimitError: it is too long.
    """
    check_source(source)
    if _is_local(source):
        if folder is None or not _is_inside(_local_path(source), _local_path(folder)):
            raise MisfitError(
                f"Invalid model version source: '{source}'. To use a local path as a model version "
                "source, the run_id request parameter has to be specified and the local path has "
                "to be contained within the artifact directory of the run specified by the run_id."
            )
        return source
    if _climbs(source):
        told = (
            "If supplying a source as an http, https, local file path, ftp, objectstore, or "
            "mlflow-artifacts uri, an absolute path must be provided without relative path "
            "references present. Please provide an absolute path."
        )
        raise MisfitError(f"Invalid model version source: '{source}'. {told}")
    return source


def check_prompt_source(source: str) -> str:
    """Return the source of a version of a prompt: a word, or an address that is not local.

    Raises:
        InvalidInputError: it is a path of a machine, or climbs.
        LimitError: it is too long.
    """
    check_source(source)
    if urlsplit(source).scheme == "file" or source.startswith(("/", "\\")):
        raise InvalidInputError(
            f"Invalid prompt source: '{source}'. Local source paths are not allowed for prompts."
        )
    return check_address(source, folder=None) if urlsplit(source).scheme else source


def location_of(cx: Connection, source: str) -> str | None:
    """Return where the files of ``source`` are, if it is the address of another model.

    Raises:
        NotFoundError: that model does not exist.
    """
    if not source.startswith(_MODELS):
        return None
    rest = source[len(_MODELS) :].strip("/")
    name, separator, version = rest.rpartition("@" if "@" in rest else "/")
    if separator:
        return find_version(cx, name, number_of(cx, name, version))[1].location
    return logged_models.find_location(cx, rest)


def _is_local(source: str) -> bool:
    scheme = urlsplit(source).scheme
    return scheme in ("", "file") or _DRIVE.match(source) is not None


def _local_path(source: str) -> PurePosixPath:
    parts = urlsplit(source)
    if parts.scheme != "file":
        return PurePosixPath(posixpath.normpath(source))
    if parts.netloc not in ("", "localhost"):
        raise MisfitError(f"'{source}' is not a valid remote uri.")
    return PurePosixPath(posixpath.normpath(unquote(parts.path)))


def _is_inside(path: PurePosixPath, folder: PurePosixPath) -> bool:
    return path.is_absolute() and (path == folder or folder in path.parents)


def _climbs(source: str) -> bool:
    decoded = source
    for _ in range(8):
        again = unquote(decoded)
        if again == decoded:
            break
        decoded = again
    if "\x00" in decoded or _UNREADABLE.search(source):
        return True
    path = re.split(r"[?#]", decoded, maxsplit=1)[0]
    return ".." in re.split(r"[/\\]", path) or (
        urlsplit(source).scheme not in _WEB and ".." in re.split(r"[/\\]", decoded)
    )
