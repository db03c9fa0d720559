"""Owns how errors are answered: ``application/problem+json`` and the one table of statuses."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from mlops_lab.core.errors import (
    ConflictError,
    InvalidInputError,
    LabError,
    LimitError,
    NotFoundError,
    StoreUnavailableError,
)

CONTENT_TYPE = "application/problem+json"

STATUSES: dict[type[LabError], HTTPStatus] = {
    InvalidInputError: HTTPStatus.BAD_REQUEST,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    LimitError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    StoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Status of each error class; a subclass that is not named has the status of its base."""

_CODES = {
    HTTPStatus.BAD_REQUEST: "invalid_input",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
}


class Problem(msgspec.Struct, frozen=True):
    """An error as RFC 9457 has it. ``code`` is stable for programs, ``hint`` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str


def problem_of(error: Exception) -> Problem:
    """Return the answer to ``error``; one that is not a ``LabError`` tells nothing internal."""
    if isinstance(error, LabError):
        status = _status_of(error)
        return make_problem(status, error.message, code=error.code, hint=error.hint)
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


def _status_of(error: LabError) -> HTTPStatus:
    for base in type(error).__mro__:
        if base in STATUSES:
            return STATUSES[base]
    return HTTPStatus.INTERNAL_SERVER_ERROR
