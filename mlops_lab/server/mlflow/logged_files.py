"""Owns the routes of the files of logged models and versions, as MLflow's own pages read them."""

from __future__ import annotations

from mlops_lab.core.registry import number_from
from mlops_lab.server.endpoint import Download

from .files import FilesAnswer, FileShape
from .filing import Spot, checked, list_spot, open_spot, spot_at
from .route import MlflowCall, mlflow_route
from .wire import Request


class ListModelFiles(Request):
    """A folder of a logged model."""

    artifact_directory_path: str = ""


class ModelFile(Request):
    """A file of a logged model."""

    artifact_file_path: str


@mlflow_route("GET", "2.0/mlflow/logged-models/{model_id}/artifacts/directories")
def list_logged_model_files(
    call: MlflowCall, model_id: str, request: ListModelFiles
) -> FilesAnswer:
    """Return what is in a folder of a logged model."""
    found = call.lab.registry.logged.get(model_id)
    listed = list_spot(call, area_of(found.id, request.artifact_directory_path))
    return FilesAnswer(
        root_uri=found.location,
        files=[
            FileShape(path=one.path, is_dir=one.is_folder, file_size=one.size) for one in listed
        ],
    )


@mlflow_route("GET", "2.0/mlflow/logged-models/{model_id}/artifacts/files")
def get_logged_model_file(call: MlflowCall, model_id: str, request: ModelFile) -> Download:
    """Send a file of a logged model."""
    found = call.lab.registry.logged.get(model_id)
    return open_spot(call, area_of(found.id, request.artifact_file_path))


class VersionFile(Request):
    """A file of a model version."""

    name: str
    version: str
    path: str


@mlflow_route("GET", "/model-versions/get-artifact")
def get_version_file(call: MlflowCall, request: VersionFile) -> Download:
    """Send a file of a model version that this server keeps."""
    path = checked(request.path)
    found = call.lab.registry.versions.get(request.name, number_from(request.version))
    return open_spot(call, spot_at(call, found.location or found.source, path))


def area_of(model_id: str, path: str) -> Spot:
    """Return a file or folder of a logged model."""
    return Spot(checked(path), area=f"logged_model/{model_id}")
