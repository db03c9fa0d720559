"""Owns what an exception says about how a run ended."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from mlops_lab.core.errors import InvalidInputError, did_you_mean
from mlops_lab.core.tracking import ErrorInfo, RunStatus

from .scriptend import exit_of_script

MAX_MESSAGE_CHARS = 10_000
"""A longer message of an error is cut in the record; the user has seen it whole."""

MAX_TRACEBACK_CHARS = 100_000
"""Of a longer traceback only this much of its end is recorded."""

_STATUSES: dict[str, RunStatus] = {
    "finished": "finished",
    "failed": "failed",
    "killed": "killed",
}


def is_clean_exit(error: BaseException | None) -> bool:
    """Tell whether the error is ``sys.exit()`` with success: the run ended as its author meant."""
    return isinstance(error, SystemExit) and error.code in {None, 0}


def checked_status(status: Any) -> RunStatus:
    """Return the status that ``status`` names, in small or capital letters, as MLflow writes them.

    Raises:
        InvalidInputError: it is none that a run can end with.
    """
    word = str(status).lower()
    if word not in _STATUSES:
        raise InvalidInputError(
            f"A run cannot end as {status!r}.", hint=did_you_mean(word, _STATUSES)
        )
    return _STATUSES[word]


def error_info(error: BaseException) -> ErrorInfo:
    """Return class, message and traceback of an exception that was raised in a block of code."""
    from mlops_lab.core.secrets import mask_text

    return ErrorInfo(
        name=type(error).__name__,
        message=mask_text(message_of(error)[:MAX_MESSAGE_CHARS]),
        traceback=mask_text("".join(traceback.format_exception(error))[-MAX_TRACEBACK_CHARS:]),
    )


def message_of(error: BaseException) -> str:
    """Return the message of an error; its class is the user's and may fail to make one."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the user's class decides what it raises
        return "<the message could not be made>"


def uncaught_error() -> BaseException | None:
    """Return the exception that ends this script, when it is called while the process ends."""
    return getattr(sys, "last_value", None) or exit_of_script()
