"""Owns what a route is: one declaration from which handler, contract and tests derive."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NewType,
    TypedDict,
    Unpack,
    get_type_hints,
)

import msgspec
from msgspec import Meta

from mlops_lab.store.artifact_uploads import Resuming
from mlops_lab.store.artifacts import Incoming, OutgoingSlice

if TYPE_CHECKING:
    from mlops_lab.core.tracking import NotebookPlace
    from mlops_lab.lab import Lab

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

Scope = Literal["user", "kernel"]
"""Who may call: ``user`` is Jupyter's identity alone, ``kernel`` also who holds the kernel token."""

Lane = Literal["general", "ingest", "making"]
"""``ingest`` is what programs send in a flood, ``making`` takes in or makes a whole file at a time:
a few threads of their own for each, so that reading goes on."""

NotebookContent = NewType("NotebookContent", bytes)
"""A notebook as JSON, sent as it is kept."""

JsonText = NewType("JsonText", bytes)
"""Any other document that is JSON already."""

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
IdempotencyKey = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern="^[!-~]*$",
        description="A word of the caller's own: the same order with the same key is done once.",
    ),
]
Digest = Annotated[
    str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256, as 64 lower-case hex digits.")
]


class Download(msgspec.Struct, frozen=True):
    """A file on its way out, sent in portions; the handler closes ``content``.

    ``slice_of`` gives some of its bytes, from a start and of a size, where a caller asks for them.
    """

    content: OutgoingSlice
    file_name: str
    media_type: str = "application/octet-stream"
    slice_of: Callable[[int, int], OutgoingSlice] | None = None


class Call(msgspec.Struct, frozen=True):
    """What a route knows besides its input: the services, who calls, and where notebooks are.

    ``api_root`` is the path of the API on this server, with its base URL.
    """

    lab: Lab
    user: str
    places: Mapping[str, NotebookPlace]
    find_notebook: Callable[[str], Path]
    start_worker: Callable[[], None]
    idempotency_key: str | None = None
    api_root: str = "/"


class Endpoint(msgspec.Struct, frozen=True):
    """One route. ``run`` is called in a thread with a ``Call`` and what the types below decode."""

    operation_id: str
    method: Method
    path: str
    summary: str
    path_types: dict[str, Any]
    query: Any
    body: Any
    answer: Any
    run: Callable[..., Any]
    scope: Scope = "user"
    status: int = 200
    kernel_ids: Callable[[Any], Iterable[str]] | None = None
    location: str | None = None
    lane: Lane = "general"
    takes_key: bool = False
    errors: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"

    @property
    def takes_json(self) -> bool:
        """Whether the body is a struct, sent as JSON."""
        return self.body is not None and not self.takes_bytes

    @property
    def takes_bytes(self) -> bool:
        """Whether the body is bytes that are streamed to disk."""
        return self.body in (Incoming, Resuming)

    @property
    def answers_head(self) -> bool:
        """Whether HEAD is answered too: a file is not made for its headers alone."""
        return self.method == "GET" and self.lane != "making"

    @property
    def is_shared(self) -> bool:
        """Whether one reading of the store can answer all who ask the same at once."""
        return self.method == "GET" and self.answer is not Download


class Told(TypedDict, total=False):
    """What a route tells beside its method, path and summary, where it differs from most."""

    scope: Scope
    """Who may call: ``user``."""
    status: int
    """HTTP status of success: 200."""
    kernel_ids: Callable[[Any], Iterable[str]]
    """Gives the kernels named in the body whose notebooks ``call.places`` shall hold."""
    location: str
    """Path of what was made, with ``{field}`` or ``{field.field}`` of the answer."""
    lane: Lane
    """The threads that ``run`` is called in: ``general``."""
    takes_key: bool
    """Whether ``call.idempotency_key`` shall hold the header of that name."""
    errors: tuple[int, ...]
    """Statuses that it can answer besides those of every route of its kind."""
    needs: tuple[str, ...]
    """Fields of the body, texts, of which at least one has to be given."""
    media_type: str
    """What a body of bytes is: ``application/octet-stream``."""


def endpoint(
    method: Method, path: str, *, summary: str, **told: Unpack[Told]
) -> Callable[[Callable[..., Any]], Endpoint]:
    """Declare a route; its input and output are read from the annotations of the function.

    The function takes ``call``, then each ``{name}`` of the path, then optionally ``query`` and
    ``body`` (structs). Its return annotation is the answer; None means no content. A body of type
    ``Incoming`` is streamed to disk under the ``digest`` of the path before the function is called.

    Args:
        method: HTTP method.
        path: below the API root, with ``{name}`` for path parameters.
        summary: one line for the contract.
        told: where the route differs from most.
    """

    def declare(run: Callable[..., Any]) -> Endpoint:
        return Endpoint(
            operation_id=run.__name__,
            method=method,
            path=path,
            summary=summary,
            run=run,
            **_types_of(run, path),
            **told,
        )

    return declare


def _types_of(run: Callable[..., Any], path: str) -> dict[str, Any]:
    """Return the types of what a route takes and answers.

    Raises:
        TypeError: the function takes something that is in neither path, query nor body.
    """
    hints = get_type_hints(run, include_extras=True)
    answer = hints.pop("return")
    in_path = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    expected = {"call", *in_path, "query", "body"}
    if unknown := set(inspect.signature(run).parameters) - expected:
        raise TypeError(f"{path}: {sorted(unknown)} is in neither path, query nor body")
    return {
        "path_types": {name: hints[name] for name in in_path},
        "query": hints.get("query"),
        "body": hints.get("body"),
        "answer": None if answer is type(None) else answer,
    }
