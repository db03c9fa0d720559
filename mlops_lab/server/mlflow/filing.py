"""Owns where the files are that a path of the MLflow protocol names: of a run, a model, or neither."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from functools import partial

import msgspec

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.files import FileEntry
from mlops_lab.core.ids import is_id
from mlops_lab.core.logged import check_goes_on
from mlops_lab.core.paths import check_artifact_path
from mlops_lab.server.endpoint import Download
from mlops_lab.store.artifacts import Incoming

from .errors import invalid, not_found
from .route import MlflowCall

OTHERS = "mlflow"
"""The area of files that belong to neither a run nor a logged model."""


_TEXTS = frozenset(
    {"txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml"}
    | {"yaml", "yml", "xml", "json", "js", "py", "py3", "csv", "tsv", "md", "rst"}
    | {"mlmodel", "mlproject"}
)


class Spot(msgspec.Struct, frozen=True):
    """A file or folder: of the run, or of the area when it is none of a run's; empty is the top."""

    path: str
    run_id: str | None = None
    area: str = OTHERS


def checked(path: str) -> str:
    """Return a path without a slash at its end.

    Raises:
        MlflowError: it is absolute, leads elsewhere, or hides such a thing behind an encoding.
    """
    path = path.rstrip("/")
    if not path:
        return ""
    if "#" in path or path.startswith("file:"):
        raise invalid("Invalid path")
    try:
        return check_artifact_path(path)
    except InvalidInputError:
        raise invalid("Invalid path") from None


def spot_of(call: MlflowCall, path: str) -> Spot:
    """Return what ``<experiment>/<run>/artifacts/...`` and its like name.

    Raises:
        MlflowError: the path cannot be one of a file.
    """
    path = checked(path)
    match path.split("/"):
        case [_, run_id, "artifacts", *rest] if is_id(run_id) and _is_run(call, run_id):
            return Spot("/".join(rest), run_id=run_id)
        case [_, "models", model_id, "artifacts", *rest] if _is_model(call, model_id):
            return Spot("/".join(rest), area=f"logged_model/{model_id}")
    return Spot(path)


def spot_at(call: MlflowCall, place: str, path: str) -> Spot:
    """Return a file or folder below an address that goes through this server.

    Raises:
        MlflowError: files there are kept elsewhere.
    """
    scheme, _, rest = place.partition(":")
    root = rest.strip("/")
    if scheme == "runs":
        run_id, _, folder = root.partition("/")
        return Spot(checked(f"{folder}/{path}".strip("/")), run_id=run_id)
    if scheme != "mlflow-artifacts":
        raise invalid(f"The files at {place!r} are not kept by this server.")
    return spot_of(call, f"{root}/{path}".strip("/"))


def _is_run(call: MlflowCall, run_id: str) -> bool:
    return bool(call.lab.logged.get_runs([run_id]))


def _is_model(call: MlflowCall, model_id: str) -> bool:
    return bool(call.lab.registry.logged.known([model_id]))


def list_spot(call: MlflowCall, spot: Spot) -> Sequence[FileEntry]:
    """Return what lies directly in a folder."""
    if spot.run_id is not None:
        return call.lab.files.list(spot.run_id, spot.path)
    return call.lab.files.free.list(spot.area, spot.path)


def open_spot(call: MlflowCall, spot: Spot) -> Download:
    """Return a file to be sent.

    Raises:
        MlflowError: there is none.
    """
    try:
        if spot.run_id is not None:
            found = call.lab.files.find(spot.run_id, spot.path)
            digest, media_type = found.digest, found.media_type
        else:
            free = call.lab.files.free.find(spot.area, spot.path)
            digest, media_type = free.digest, free.media_type
        content = call.lab.store.artifacts.open(digest)
    except NotFoundError:
        raise not_found(f"No such artifact: '{spot.path}'") from None
    return Download(
        content=content,
        file_name=spot.path.rpartition("/")[2],
        media_type=media_type,
        slice_of=partial(call.lab.store.artifacts.open_slice, digest),
    )


def keep_at(call: MlflowCall, spot: Spot, incoming: Incoming) -> None:
    """Keep what came in as a file; one of the same path is replaced.

    Raises:
        MlflowError: the path names no file, or a folder has it.
        ConflictError: the run is of a job that has ended.
    """
    if not spot.path:
        raise invalid("Invalid path")
    if spot.run_id is not None:
        held = call.lab.logged.get_run(spot.run_id)
        check_goes_on(held.id, source=held.source, status=held.status)
    media_type = _media_type(spot.path)
    try:
        if spot.run_id is not None:
            call.lab.files.add(
                spot.run_id, spot.path, incoming, media_type=media_type, who=call.user
            )
        else:
            call.lab.files.free.add(
                spot.area, spot.path, incoming, media_type=media_type, who=call.user
            )
    except ConflictError as error:
        raise invalid(str(error)) from None


def _media_type(path: str) -> str:
    """Return the type of a file by its ending: what MLflow shows as text is text."""
    name = path.rpartition("/")[2]
    if name.rpartition(".")[2].lower() in _TEXTS:
        return "text/plain"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def remove_spot(call: MlflowCall, spot: Spot) -> None:
    """Remove a file, or a folder with all that is in it; what is not there is no error."""
    if spot.run_id is None:
        call.lab.files.free.remove(spot.area, spot.path, who=call.user)
        return
    paths = [spot.path] if spot.path else [one.path for one in list_spot(call, spot)]
    for path in paths:
        try:
            call.lab.files.remove(spot.run_id, path, who=call.user)
        except NotFoundError:
            continue
