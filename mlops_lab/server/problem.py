"""Owns how errors are answered: ``application/problem+json`` and the one table of statuses."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from mlops_lab.core.errors import (
    BusyError,
    CollisionError,
    ConflictError,
    InvalidInputError,
    LabError,
    LimitError,
    MisfitError,
    NotFoundError,
    StoreUnavailableError,
    UnknownInputError,
)
from mlops_lab.core.logged import NameTakenError, NotActiveError, ParamChangedError
from mlops_lab.core.query import QueryError

CONTENT_TYPE = "application/problem+json"

STATUSES: dict[type[LabError], HTTPStatus] = {
    InvalidInputError: HTTPStatus.BAD_REQUEST,
    UnknownInputError: HTTPStatus.NOT_FOUND,
    MisfitError: HTTPStatus.CONFLICT,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    NameTakenError: HTTPStatus.CONFLICT,
    NotActiveError: HTTPStatus.CONFLICT,
    ParamChangedError: HTTPStatus.CONFLICT,
    LimitError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BusyError: HTTPStatus.TOO_MANY_REQUESTS,
    StoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Status of each error class; a subclass that is not named has the status of its base."""

_RETRY_STORE_S = 2
"""When to ask again for a store that cannot be used now, in seconds."""

_CODES = {
    HTTPStatus.BAD_REQUEST: "invalid_input",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}


class Problem(msgspec.Struct, frozen=True):
    """An error as RFC 9457 has it. ``code`` is stable for programs, ``hint`` says what to do.

    ``position`` is where in the text that was given, such as a filter, counted from 0, and ``length``
    how many characters are meant; ``suggestions`` could stand there instead, the likeliest first.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    position: int | None = None
    length: int | None = None
    suggestions: list[str] = []


def problem_of(error: Exception) -> Problem:
    """Return the answer to ``error``; one that is not a ``LabError`` tells nothing internal."""
    if isinstance(error, LabError):
        status = _status_of(error)
        problem = make_problem(status, error.message, code=error.code, hint=error.hint)
        if isinstance(error, QueryError):
            return msgspec.structs.replace(
                problem,
                position=error.position,
                length=error.length,
                suggestions=list(error.suggestions),
            )
        return problem
    return make_problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The server met an error of its own.",
        code="internal_error",
        hint="The Jupyter server's log has the details.",
    )


def make_problem(status: int, detail: str, *, code: str = "", hint: str = "") -> Problem:
    """Return a problem with the title that HTTP gives to ``status``."""
    known = HTTPStatus(status)
    return Problem(
        type="about:blank",
        title=known.phrase,
        status=int(known),
        detail=detail or known.phrase,
        code=code or _CODES.get(known, known.name.lower()),
        hint=hint,
    )


def retry_after(status: int, error: Exception | None = None) -> str | None:
    """Return the ``Retry-After`` header of a status that will pass, in seconds; else None."""
    if isinstance(error, BusyError | CollisionError):
        return str(error.retry_after_s)
    return str(_RETRY_STORE_S) if status == HTTPStatus.SERVICE_UNAVAILABLE else None


def _status_of(error: LabError) -> HTTPStatus:
    for base in type(error).__mro__:
        if base in STATUSES:
            return STATUSES[base]
    return HTTPStatus.INTERNAL_SERVER_ERROR
