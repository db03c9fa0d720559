"""Owns the routes that tell what this server is."""

from __future__ import annotations

from mlops_lab._version import __version__

from .route import MlflowCall, mlflow_route

PROTOCOL_VERSION = "3.17.2"
"""The version of MLflow whose protocol is spoken; clients compare it with their own."""


@mlflow_route("GET", "/health")
def get_health(call: MlflowCall) -> str:
    """Tell that the store answers."""
    del call
    return "OK"


@mlflow_route("GET", "/version")
def get_version(call: MlflowCall) -> str:
    """Return the version of the protocol."""
    del call
    return PROTOCOL_VERSION


@mlflow_route("GET", "3.0/mlflow/server-info")
def get_server_info(call: MlflowCall) -> dict[str, object]:
    """Tell what kind of store this is."""
    del call
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        # Clients send parts without trying again; a whole file is streamed, however large.
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
        "presigned_upload_run_id_supported": False,
        "presigned_upload_model_id_supported": False,
        "features_enabled": {"gateway": False},
        "mlops_lab": __version__,
    }
