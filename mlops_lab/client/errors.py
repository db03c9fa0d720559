"""Owns how an answer that is an error becomes an exception: the same classes as in the server."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from mlops_lab.core.errors import (
    BusyError,
    ConflictError,
    InvalidInputError,
    LabError,
    LimitError,
    MisfitError,
    NotFoundError,
    SchemaMismatchError,
    StoreUnavailableError,
)


class ForbiddenError(LabError):
    """The server does not know who asks, or says no."""

    code = "forbidden"


class UnreachableError(LabError):
    """There is no server, or it gave no answer in time; also after all repetitions."""

    code = "unreachable"


_BY_CODE: dict[str, type[LabError]] = {
    one.code: one for one in (BusyError, MisfitError, SchemaMismatchError, StoreUnavailableError)
}
_BY_STATUS: dict[int, type[LabError]] = {
    HTTPStatus.BAD_REQUEST: InvalidInputError,
    HTTPStatus.UNAUTHORIZED: ForbiddenError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: LimitError,
    HTTPStatus.TOO_MANY_REQUESTS: BusyError,
    HTTPStatus.SERVICE_UNAVAILABLE: StoreUnavailableError,
}


class _Problem(msgspec.Struct, frozen=True):
    detail: str
    code: str = ""
    hint: str = ""
    position: int | None = None


def error_of(status: int, body: bytes) -> LabError:
    """Return the exception for an answer with an error status.

    Its ``code`` is the server's, its class that of the server's error; ``position`` says where in a
    filter the fault is.
    """
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        text = body[:200].decode("utf-8", "replace").strip()
        problem = _Problem(detail=f"The server answered {status}. {text}".strip())
    kind = _BY_CODE.get(problem.code) or _BY_STATUS.get(status, LabError)
    error = kind(problem.detail, hint=problem.hint)
    error.code = problem.code or kind.code
    error.position = problem.position  # type: ignore[attr-defined]  # as in the server
    return error
