"""Owns what the kernel side says to the user: one line on standard error, and a log entry."""

from __future__ import annotations

import logging
import sys

_LOG = logging.getLogger("mlops_lab.kernel")
# Without a handler of the user's, logging would print each entry a second time.
_LOG.addHandler(logging.NullHandler())


class OwnLine(str):
    """A line of ours among the outputs of a cell, which is none of them."""

    __slots__ = ()


def warn(text: str) -> None:
    """Print one warning line below the cell."""
    line = " ".join(text.split())
    _LOG.warning(line)
    if sys.stderr is not None:
        sys.stderr.write(f"MLOps Lab: {line}\n")


def alarm(text: str) -> None:
    """Print one line below the cell, in red: something is being lost."""
    line = " ".join(text.split())
    _LOG.error(line)
    if sys.stderr is not None:
        sys.stderr.write(f"\x1b[1;31mMLOps Lab: {line}\x1b[0m\n")


def note(text: str) -> None:
    """Write a log entry that the user is not shown."""
    _LOG.info(text)


def own_fault(doing: str, error: BaseException) -> None:
    """Tell that tracking itself failed while ``doing`` something; the details go to the log."""
    _LOG.error("fault while %s", doing, exc_info=error)
    if sys.stderr is not None:
        sys.stderr.write(
            f"MLOps Lab: a fault of its own while {doing} ({type(error).__name__}); "
            "the cell is not affected.\n"
        )
