"""Owns what commands print: tables and facts for people, JSON of the core structs for programs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core.ids import short_id

from .words import plain

if TYPE_CHECKING:
    from rich.console import Console

_PIPED_WIDTH = 1_000
_STATE_STYLES = {
    "finished": "green",
    "succeeded": "green",
    "running": "blue",
    "queued": "cyan",
    "failed": "red",
    "killed": "red",
    "lost": "red",
    "cancelled": "yellow",
}


def print_json(value: Any) -> None:
    """Print a struct, or a list of them, as indented JSON."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(f"{text.decode()}\n")


def shown_id(identifier: str) -> str:
    """Return an id for a table: the eight digits that tell it apart; whole when output is piped."""
    return short_id(identifier) if sys.stdout.isatty() else identifier


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print rows below their columns, or the words of ``empty`` when there are none."""
    if not rows:
        print_line(empty)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell), style=_STATE_STYLES.get(cell, "")) for cell in row))
    console = _console()
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def print_facts(facts: Mapping[str, str]) -> None:
    """Print one named fact a line; facts without a text are left out."""
    shown = {name: text for name, text in facts.items() if text}
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        print_line(f"{name:<{width}}  {plain(text)}")


def print_heading(text: str) -> None:
    """Print an empty line and a heading."""
    print_line("")
    print_line(text, style="bold")


def print_line(text: str, *, style: str = "") -> None:
    """Print a line as it is: nothing in it is markup, and it is not wrapped."""
    from rich.text import Text

    _console().print(Text(text, style=style), soft_wrap=True)


def print_error(message: str, hint: str = "") -> None:
    """Print one line on standard error: what was wrong, in red, and what to do."""
    from rich.console import Console
    from rich.text import Text

    line = Text(plain(message), style="red")
    if hint:
        line.append(f" {plain(hint)}", style="default")
    Console(stderr=True).print(line, soft_wrap=True)


def _console() -> Console:
    from rich.console import Console

    # A pipe has no width; what reads it wants one line a row.
    return Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False)
