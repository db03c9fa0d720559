"""Owns the routes of files on the MLflow protocol: those of runs, and the proxy of all of them."""

from __future__ import annotations

import posixpath

from mlops_lab.core.errors import NotFoundError
from mlops_lab.server.endpoint import Download
from mlops_lab.store.artifact_parts import IncomingPart
from mlops_lab.store.artifacts import Incoming

from . import shapes
from .errors import MlflowError, invalid
from .filing import Spot, checked, keep_at, list_spot, open_spot, remove_spot, spot_of
from .route import MlflowCall, mlflow_route
from .wire import Answer, Request

MAX_DIRECT_BYTES = 10_485_760
MAX_PARTS = 10_000


class ListArtifacts(Request):
    """A folder of a run."""

    run_id: str
    path: str | None = None
    page_token: str = ""


class ListProxied(Request):
    """A folder below the root of all files."""

    path: str | None = None


class CreateMultipart(Request):
    """An upload in parts."""

    path: str
    num_parts: int = 1


class PartGiven(Request):
    """A part that was sent."""

    part_number: int = 0
    etag: str = ""
    url: str = ""


class CompleteMultipart(Request):
    """The end of an upload in parts."""

    path: str
    parts: list[PartGiven]
    upload_id: str = ""


class AbortMultipart(Request):
    """An upload that is given up."""

    path: str
    upload_id: str = ""


class FileShape(Answer):
    """A file or folder."""

    path: str
    is_dir: bool
    file_size: int | None = None


class FilesAnswer(Answer):
    """What is in a folder."""

    root_uri: str | None = None
    files: list[FileShape] = []


class CredentialShape(Answer):
    """Where a part is sent."""

    url: str
    part_number: int
    headers: dict[str, str] = {}


class MultipartAnswer(Answer):
    """An upload in parts that has begun."""

    upload_id: str
    credentials: list[CredentialShape] = []


@mlflow_route(
    "GET",
    "2.0/mlflow/artifacts/list",
    note="files in a place of the client's own are not listed",
)
def list_artifacts(call: MlflowCall, request: ListArtifacts) -> FilesAnswer:
    """Return what is in a folder of a run."""
    folder = checked(request.path or "")
    run = call.lab.logged.get_run(request.run_id)
    listed = list_spot(call, Spot(folder, run_id=run.id))
    return FilesAnswer(
        root_uri=shapes.artifact_uri(run),
        files=[FileShape(path=f.path, is_dir=f.is_folder, file_size=f.size) for f in listed],
    )


@mlflow_route("GET", "/get-artifact")
def get_artifact(call: MlflowCall) -> Download:
    """Send a file of a run."""
    run_id = (call.query.get("run_id") or call.query.get("run_uuid") or [""])[0]
    path = (call.query.get("path") or [""])[0]
    if not path:
        raise MlflowError("BAD_REQUEST", "Request must specify path.")
    path = checked(path)
    run = call.lab.logged.get_run(run_id)
    return open_spot(call, Spot(path, run_id=run.id))


@mlflow_route("POST", "2.0/mlflow/upload-artifact", note="at most 10 MB")
def upload_artifact(call: MlflowCall) -> None:
    """Take in a small file of a run."""
    run_id = (call.query.get("run_uuid") or [""])[0]
    if not run_id:
        raise invalid("Request must specify run_uuid.")
    path = (call.query.get("path") or [""])[0]
    if not path:
        raise invalid("Request must specify path.")
    path = checked(path)
    if len(call.body) > MAX_DIRECT_BYTES:
        raise invalid("Artifact size is too large. Max size is 10MB.")
    if not call.body:
        raise invalid("Request must specify data.")
    run = call.lab.logged.get_run(run_id)
    with call.lab.store.artifacts.receive() as incoming:
        incoming.write(call.body)
        keep_at(call, Spot(path, run_id=run.id), incoming)


@mlflow_route("GET", "2.0/mlflow-artifacts/artifacts")
def list_proxied(call: MlflowCall, request: ListProxied) -> FilesAnswer:
    """Return what is in a folder, by name."""
    listed = list_spot(call, spot_of(call, request.path or ""))
    return FilesAnswer(
        files=[
            FileShape(path=posixpath.basename(one.path), is_dir=one.is_folder, file_size=one.size)
            for one in listed
        ]
    )


@mlflow_route("GET", "2.0/mlflow-artifacts/artifacts/{path}")
def download_proxied(call: MlflowCall, path: str) -> Download:
    """Send a file."""
    return open_spot(call, spot_of(call, path))


@mlflow_route("PUT", "2.0/mlflow-artifacts/artifacts/{path}")
def upload_proxied(call: MlflowCall, path: str, upload: Incoming) -> None:
    """Take in a file."""
    keep_at(call, spot_of(call, path), upload)


@mlflow_route("DELETE", "2.0/mlflow-artifacts/artifacts/{path}")
def delete_proxied(call: MlflowCall, path: str) -> None:
    """Remove a file or folder."""
    remove_spot(call, spot_of(call, path))


@mlflow_route("POST", "2.0/mlflow-artifacts/mpu/create/{path}")
def create_multipart(call: MlflowCall, path: str, request: CreateMultipart) -> MultipartAnswer:
    """Begin an upload in parts; each has an address of its own."""
    _target(call, path, request.path)
    if not 1 <= request.num_parts <= MAX_PARTS:
        raise invalid(f"num_parts must be between 1 and {MAX_PARTS}.")
    upload_id = call.lab.files.parts.begin()
    base = f"{call.root}/api/2.0/mlflow-artifacts/mpu/part/{upload_id}"
    # Parts are sent without the client's own headers; the caller has shown this one already.
    headers = {"Authorization": call.authorization} if call.authorization else {}
    return MultipartAnswer(
        upload_id=upload_id,
        credentials=[
            CredentialShape(url=f"{base}/{number}", part_number=number, headers=headers)
            for number in range(1, request.num_parts + 1)
        ],
    )


@mlflow_route("PUT", "2.0/mlflow-artifacts/mpu/part/{upload_id}/{number}")
def upload_part(call: MlflowCall, upload_id: str, number: str, upload: IncomingPart) -> None:
    """Take in a part."""
    del call, upload_id, number
    upload.keep()


@mlflow_route("POST", "2.0/mlflow-artifacts/mpu/complete/{path}")
def complete_multipart(call: MlflowCall, path: str, request: CompleteMultipart) -> None:
    """Put the parts of an upload together, and keep the file."""
    target = _target(call, path, request.path)
    numbers = sorted({one.part_number for one in request.parts})
    if not numbers:
        raise invalid("The upload has no parts.")
    with call.lab.files.parts.complete(request.upload_id, numbers) as incoming:
        keep_at(call, target, incoming)
    call.lab.files.parts.remove(request.upload_id)


@mlflow_route("POST", "2.0/mlflow-artifacts/mpu/abort/{path}")
def abort_multipart(call: MlflowCall, path: str, request: AbortMultipart) -> None:
    """Give up an upload in parts."""
    _target(call, path, request.path)
    try:
        call.lab.files.parts.remove(request.upload_id)
    except NotFoundError:
        return


def _target(call: MlflowCall, path: str, local_file: str) -> Spot:
    """Return where a file goes: into the folder of the address, under its own name."""
    name = posixpath.basename(local_file.replace("\\", "/"))
    folder = checked(path)
    return spot_of(call, posixpath.join(folder, name) if folder else name)


@mlflow_route(
    "GET",
    "2.0/mlflow-artifacts/presigned/{path}",
    state="none",
    note="clients go through the server",
)
def get_presigned(call: MlflowCall, path: str) -> None:
    """Refuse: there is no address besides this server's."""
    del call
    checked(path)
    raise MlflowError(
        "NOT_IMPLEMENTED",
        "Multipart download is not supported for the current artifact repository",
    )
