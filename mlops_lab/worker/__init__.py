"""The worker: a headless Jupyter server that runs the jobs of one store."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .extension import WorkerExtension

    return [{"module": "mlops_lab.worker", "app": WorkerExtension}]
