"""Owns how errors are answered on the MLflow protocol: its codes, their statuses, its sentences."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from mlops_lab.core.errors import (
    BusyError,
    ConflictError,
    InvalidInputError,
    LabError,
    LimitError,
    NotFoundError,
    StoreUnavailableError,
)

ErrorCode = Literal[
    "BAD_REQUEST",
    "ENDPOINT_NOT_FOUND",
    "INTERNAL_ERROR",
    "INVALID_PARAMETER_VALUE",
    "INVALID_STATE",
    "NOT_FOUND",
    "NOT_IMPLEMENTED",
    "PERMISSION_DENIED",
    "RESOURCE_ALREADY_EXISTS",
    "RESOURCE_CONFLICT",
    "RESOURCE_DOES_NOT_EXIST",
    "RESOURCE_EXHAUSTED",
    "TEMPORARILY_UNAVAILABLE",
]

STATUSES: dict[ErrorCode, int] = {
    "BAD_REQUEST": 400,
    "ENDPOINT_NOT_FOUND": 404,
    "INTERNAL_ERROR": 500,
    "INVALID_PARAMETER_VALUE": 400,
    "INVALID_STATE": 500,
    "NOT_FOUND": 404,
    "NOT_IMPLEMENTED": 501,
    "PERMISSION_DENIED": 403,
    "RESOURCE_ALREADY_EXISTS": 400,
    "RESOURCE_CONFLICT": 409,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "RESOURCE_EXHAUSTED": 429,
    "TEMPORARILY_UNAVAILABLE": 503,
}
"""The HTTP status of each code, as MLflow's own server has it."""

_OF_STATUS: dict[int, ErrorCode] = {
    400: "BAD_REQUEST",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    405: "ENDPOINT_NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}

_FOR_OLD_CLIENTS: dict[ErrorCode, ErrorCode] = {
    "NOT_FOUND": "RESOURCE_DOES_NOT_EXIST",
    "NOT_IMPLEMENTED": "BAD_REQUEST",
    "RESOURCE_CONFLICT": "INVALID_PARAMETER_VALUE",
    "RESOURCE_EXHAUSTED": "TEMPORARILY_UNAVAILABLE",
}
_CLIENT = re.compile(r"mlflow-python-client/(\d{1,4})\.(\d{1,4})(?!\d)")
_KNOWS_ALL = (2, 3)

_OF_CLASS: tuple[tuple[type[LabError], ErrorCode], ...] = (
    (NotFoundError, "RESOURCE_DOES_NOT_EXIST"),
    (InvalidInputError, "INVALID_PARAMETER_VALUE"),
    (LimitError, "INVALID_PARAMETER_VALUE"),
    (ConflictError, "RESOURCE_CONFLICT"),
    (BusyError, "RESOURCE_EXHAUSTED"),
    (StoreUnavailableError, "TEMPORARILY_UNAVAILABLE"),
)

_MORE = " See the API docs for more information about request parameters."


class MlflowError(Exception):
    """What a route refuses, with MLflow's code and a message."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return STATUSES[self.code]


def invalid(message: str) -> MlflowError:
    """Return the error of a parameter that cannot be used."""
    return MlflowError("INVALID_PARAMETER_VALUE", message)


def not_found(message: str) -> MlflowError:
    """Return the error of a record that does not exist."""
    return MlflowError("RESOURCE_DOES_NOT_EXIST", message)


def missing_value(path: str) -> MlflowError:
    """Return the error of a parameter that a request lacks."""
    return invalid(f"Missing value for required parameter '{path}'.{_MORE}")


def wrong_value(path: str, value: Any) -> MlflowError:
    """Return the error of a parameter whose value is of another type."""
    hint = f" Hint: Value was of type '{type(value).__name__}'."
    return invalid(f"{refused_value(path, value)}: {hint}{_MORE}")


def refused_value(path: str, value: Any, why: str = "") -> str:
    """Return MLflow's sentence about a value that it does not take."""
    try:
        shown = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    except RecursionError:
        shown = "nested too deep"
    told = f"Invalid value {shown} for parameter '{path}' supplied"
    return f"{told}: {why}" if why else told


def code_for(code: ErrorCode, agent: str) -> ErrorCode:
    """Return the code as a client knows it: MLflow's own before 2.3 breaks on one that it does not.

    ``agent`` is what the client calls itself.
    """
    client = _CLIENT.match(agent)
    if client is None or (int(client[1]), int(client[2])) >= _KNOWS_ALL:
        return code
    return _FOR_OLD_CLIENTS.get(code, code)


def error_of(error: BaseException) -> MlflowError:
    """Return the answer to any error; one that was not meant for callers tells nothing internal."""
    if isinstance(error, MlflowError):
        return error
    if isinstance(error, LabError):
        for kind, code in _OF_CLASS:
            if isinstance(error, kind):
                return MlflowError(code, str(error))
    return MlflowError(
        "INTERNAL_ERROR",
        "The server met an error of its own; the Jupyter server's log has the details.",
    )


def error_of_status(status: int, message: str) -> MlflowError:
    """Return the answer to an HTTP status that the server itself gives."""
    return MlflowError(_OF_STATUS.get(status, "INTERNAL_ERROR"), message)
