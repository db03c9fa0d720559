"""Owns what a route is: one declaration from which handler, contract and tests derive."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, get_type_hints

import msgspec
from msgspec import Meta

from mlops_lab.store.artifacts import Outgoing

if TYPE_CHECKING:
    from mlops_lab.core.tracking import NotebookPlace
    from mlops_lab.lab import Lab

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

Scope = Literal["user", "kernel"]
"""Who may call: ``user`` is Jupyter's identity alone, ``kernel`` also who holds the kernel token."""

NotebookContent = NewType("NotebookContent", bytes)
"""A notebook as JSON, sent as it is kept."""

PlainText = NewType("PlainText", str)
"""A text, sent as it is."""

Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="32 lower-case hex digits.")]
IdPart = Annotated[
    str,
    Meta(
        pattern="^[0-9a-fA-F]{4,32}$",
        description="An id, or the start or end of one (4 digits or more) if only one matches.",
    ),
]
Digest = Annotated[
    str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256, as 64 lower-case hex digits.")
]


class Download(msgspec.Struct, frozen=True):
    """A file on its way out, sent in portions; the handler closes ``content``."""

    content: Outgoing
    file_name: str
    media_type: str = "application/octet-stream"


class Call(msgspec.Struct, frozen=True):
    """What a route knows besides its input: the services, who calls, and where notebooks are."""

    lab: Lab
    user: str
    places: Mapping[str, NotebookPlace]
    find_notebook: Callable[[str], Path]
    start_worker: Callable[[], None]


class Endpoint(msgspec.Struct, frozen=True):
    """One route. ``run`` is called in a thread with a ``Call`` and what the types below decode."""

    operation_id: str
    method: Method
    path: str
    summary: str
    scope: Scope
    status: int
    path_types: dict[str, Any]
    query: Any
    body: Any
    answer: Any
    run: Callable[..., Any]
    kernel_ids: Callable[[Any], Iterable[str]] | None = None


def endpoint(
    method: Method,
    path: str,
    *,
    summary: str,
    scope: Scope = "user",
    status: int = 200,
    kernel_ids: Callable[[Any], Iterable[str]] | None = None,
) -> Callable[[Callable[..., Any]], Endpoint]:
    """Declare a route; its input and output are read from the annotations of the function.

    The function takes ``call``, then each ``{name}`` of the path, then optionally ``query`` and
    ``body`` (structs). Its return annotation is the answer; None means no content. A body of type
    ``Incoming`` is streamed to disk under the ``digest`` of the path before the function is called.

    Args:
        method: HTTP method.
        path: below the API root, with ``{name}`` for path parameters.
        summary: one line for the contract.
        scope: who may call.
        status: HTTP status of success.
        kernel_ids: gives the kernels named in the body whose notebooks ``call.places`` shall hold.
    """

    def declare(run: Callable[..., Any]) -> Endpoint:
        hints = get_type_hints(run, include_extras=True)
        answer = hints.pop("return")
        in_path = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        expected = {"call", *in_path, "query", "body"}
        if unknown := set(inspect.signature(run).parameters) - expected:
            raise TypeError(
                f"{method} {path}: {sorted(unknown)} is in neither path, query nor body"
            )
        return Endpoint(
            operation_id=run.__name__,
            method=method,
            path=path,
            summary=summary,
            scope=scope,
            status=status,
            path_types={name: hints[name] for name in in_path},
            query=hints.get("query"),
            body=hints.get("body"),
            answer=None if answer is type(None) else answer,
            run=run,
            kernel_ids=kernel_ids,
        )

    return declare
