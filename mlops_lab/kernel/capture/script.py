"""Owns how a script was started: its file, its arguments without secrets, and the folder it works in."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.secrets import is_secret, mask_text

MAX_ARGUMENTS = 200
"""Of more arguments the first are kept."""

MAX_CHARS = 1_000
"""A longer argument is cut."""

_MASK = "***"


class Script(msgspec.Struct, frozen=True):
    """A script as it was started; all of it is empty in a kernel."""

    file: str | None = None
    arguments: list[str] = []
    folder: str | None = None


def find_script(shell: Any) -> Script:
    """Return the script that this process runs, nothing where ``shell`` runs cells."""
    if getattr(shell, "run_cell", None) is not None:
        return Script()
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(file, str):
        return Script()
    try:
        folder = Path.cwd()
    except OSError:
        return Script()
    arguments = list(masked_arguments([str(one) for one in sys.argv[1 : MAX_ARGUMENTS + 1]]))
    return Script(str(folder / file), arguments, str(folder))


def masked_arguments(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments of a command line; what is a secret by its option or shape becomes ***."""
    option = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if option and is_secret(option, argument):
            yield _MASK
        elif equals and is_secret(name.lstrip("-"), value):
            yield f"{name}={_MASK}"
        else:
            yield mask_text(argument)[:MAX_CHARS]
        option = argument.lstrip("-") if argument.startswith("-") and not equals else ""
