"""Owns what a route of the MLflow protocol is: one declaration that handler, docs and tests use."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

import msgspec

from mlops_lab.server.endpoint import Method

from .wire import Request

if TYPE_CHECKING:
    from mlops_lab.core.tracking import NotebookPlace
    from mlops_lab.lab import Lab

State = Literal["full", "partial", "none"]
"""How much of what MLflow's own server does the route does; ``none`` answers NOT_IMPLEMENTED."""


class MlflowCall(msgspec.Struct, frozen=True):
    """What a route knows besides its request: the services, who calls, and the address of all this.

    ``root`` is the tracking URI as the caller used it. ``body`` is what was sent, for a route that
    takes no JSON; ``query`` is the query as it came, and ``authorization`` the header of this name.
    ``headers`` has further headers by their name in small letters.
    ``places`` has the notebooks of the kernels that the route asks for.
    """

    lab: Lab
    user: str
    root: str
    body: bytes
    query: Mapping[str, list[str]]
    authorization: str
    headers: Mapping[str, str]
    places: Mapping[str, NotebookPlace]


class MlflowRoute(msgspec.Struct, frozen=True):
    """One route. ``run`` is called in a thread with a ``MlflowCall`` and what ``request`` reads."""

    name: str
    method: Method
    path: str
    state: State
    note: str
    request: type[Request] | None
    is_upload: bool
    run: Callable[..., Any]
    kernel_ids: Callable[[Any], Iterable[str]] | None = None

    @property
    def reads(self) -> bool:
        """Whether it only reads, which a search by POST does too."""
        return self.method in ("GET", "HEAD") or self.path.endswith(_SEARCHES)

    @property
    def is_flood(self) -> bool:
        """Whether programs send it in a flood: a few threads of its own, so that reading goes on."""
        return not self.reads and not self.is_upload and not self.is_long

    @property
    def is_long(self) -> bool:
        """Whether it works on a whole file, of any size: that waits for its turn."""
        return self.path.startswith(_COMPLETE)


_COMPLETE = "2.0/mlflow-artifacts/mpu/complete/"
_SEARCHES = (
    "/search",
    "/search-datasets",
    "/batchGetInfos",
    "/get-latest-versions",
    "/calculate-filter-correlation",
    "/traces/metrics",
)


def mlflow_route(
    method: Method,
    path: str,
    *,
    state: State = "full",
    note: str = "",
    kernel_ids: Callable[[Any], Iterable[str]] | None = None,
) -> Callable[[Callable[..., Any]], MlflowRoute]:
    """Declare a route; see the package for how.

    Args:
        method: HTTP method.
        path: below ``api/`` and ``ajax-api/``, such as ``2.0/mlflow/runs/get``; one that begins
            with a slash is served below the tracking URI itself.
        state: how much of MLflow's own route it does.
        note: what is missing or different, in a few words, for the table of routes.
        kernel_ids: gives the kernels named in a request whose notebooks ``call.places`` shall hold.

    A function that takes ``upload`` gets the body as an ``Arriving`` that was streamed to disk.
    """

    def declare(run: Callable[..., Any]) -> MlflowRoute:
        taken = inspect.signature(run).parameters
        kind = get_type_hints(run)["request"] if "request" in taken else None
        return MlflowRoute(
            name=run.__name__,
            method=method,
            path=path,
            state=state,
            note=note,
            request=kind,
            is_upload="upload" in taken,
            run=run,
            kernel_ids=kernel_ids,
        )

    return declare


def unsupported(method: Method, path: str, note: str) -> MlflowRoute:
    """Declare a route of MLflow's that this server does not have."""

    def refuse(_call: MlflowCall, **_path: str) -> None:
        from .errors import MlflowError

        raise MlflowError(
            "NOT_IMPLEMENTED", f"{method} {path} is not supported by MLOps Lab: {note}."
        )

    return MlflowRoute(
        name="unsupported",
        method=method,
        path=path,
        state="none",
        note=note,
        request=None,
        is_upload=False,
        run=refuse,
    )
