"""Owns the ``%%track`` line: its options, and how it leaves a cell before IPython compiles it."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from collections.abc import Iterable
from functools import lru_cache
from textwrap import dedent
from typing import TYPE_CHECKING

import msgspec
from IPython.core.error import UsageError

from mlops_lab.core.capture import CaptureKind, parse_kinds
from mlops_lab.core.errors import InvalidInputError, LimitError, nearest
from mlops_lab.core.limits import check_key
from mlops_lab.core.metrics import kpi_tag
from mlops_lab.core.tracking import Direction
from mlops_lab.notebooks.parse import PYTHON_CELL_MAGICS, cell_magic

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_TRACK_LINE = re.compile(r"%%track(?=\s|\Z)")
_SEE = "See %%track?"
_DIRECTIONS: dict[str, Direction] = {"min": "min", "max": "max"}
_DATA: frozenset[CaptureKind] = frozenset({"data", "files"})


class TrackOptions(msgspec.Struct, frozen=True):
    """What the ``%%track`` line asks for. ``params`` maps a name to its text, or to None: look it up.

    ``direction`` says which way ``metric`` is better. ``parent`` names the run above this one, and
    ``nested`` that it is the one that is open. ``masked`` are columns whose values must not be seen.
    """

    name: str | None = None
    experiment: str | None = None
    params: dict[str, str | None] = {}
    tags: dict[str, str] = {}
    metric: str | None = None
    direction: Direction | None = None
    off: frozenset[CaptureKind] = frozenset()
    parent: str | None = None
    nested: bool = False
    autolog: bool = False
    energy: bool = False
    masked: frozenset[str] = frozenset()


class TrackTransform:
    """Takes the ``%%track`` line out of a cell, so that the rest runs as if it stood alone.

    The line becomes a comment, which keeps the line numbers that the user sees; above another cell
    magic it is dropped.
    """

    # IPython then leaves it out when it only asks whether a cell is complete.
    has_side_effects = True

    def __init__(self, shell: InteractiveShell, parser: argparse.ArgumentParser) -> None:
        self._shell = shell
        self._parser = parser
        self._head_lines = 0

    def __call__(self, lines: list[str]) -> list[str]:
        """Return the cell without its ``%%track`` line.

        Raises:
            UsageError: the line cannot be understood; IPython shows it and runs nothing.
        """
        self._head_lines = 0
        if not lines or not _TRACK_LINE.match(lines[0]):
            return lines
        parse_track_line(self._parser, lines[0][len("%%track") :])
        blank = next((n for n, line in enumerate(lines[1:]) if line.strip()), len(lines) - 1)
        body = lines[1 + blank :]
        for transform in self._shell.input_transformers_cleanup:
            body = transform(body)
        if body and body[0].startswith("%%"):
            return body
        self._head_lines = 1 + blank
        return [f"# {lines[0]}", *["\n"] * blank, *body]

    def finish(self, lines: list[str]) -> list[str]:
        """Do what IPython does to cells of one line only (automagic, ``exit``) to a body of one line."""
        head, body = lines[: self._head_lines], "".join(lines[self._head_lines :])
        if not self._head_lines or len(body.splitlines()) != 1:
            return lines
        prefilter = self._shell.prefilter_manager
        if prefilter is None:
            return lines
        with self._shell.builtin_trap:
            return [*head, prefilter.prefilter_lines(body) + "\n"]

    def options_of(self, raw_cell: str) -> TrackOptions | None:
        """Return the options of a cell that is tracked, None for any other.

        The line may stand below other cell magics that run Python, such as ``%%time``. A line that
        cannot be understood gives None: ``__call__`` has told the user.
        """
        if "%%track" not in raw_cell:
            return None
        magic = cell_magic(dedent(raw_cell))
        while magic is not None and magic[0] != "track" and magic[0] in PYTHON_CELL_MAGICS:
            magic = cell_magic(magic[2])
        if magic is None or magic[0] != "track":
            return None
        try:
            return parse_track_line(self._parser, magic[1])
        except UsageError:
            return None


@lru_cache(maxsize=64)
def parse_track_line(
    parser: argparse.ArgumentParser, line: str, *, magic: str = "%%track"
) -> TrackOptions:
    """Return the options that stand behind ``magic``.

    Raises:
        UsageError: an option is unknown (the nearest is named), lacks its value, or cannot be used.
    """
    try:
        return _options(parser, line)
    except (UsageError, InvalidInputError, LimitError) as error:
        raise UsageError(f"{magic}: {error}") from None


def _options(parser: argparse.ArgumentParser, line: str) -> TrackOptions:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{error} in {line.strip()!r}. Close the quotes.") from None
    try:
        found, extra = parser.parse_known_args(words)
    except UsageError as error:
        raise UsageError(f"{error}. {_SEE}") from None
    if extra:
        raise UsageError(_what_is_extra(parser, extra[0], found.name))
    metric, direction = split_metric(found.metric)
    return TrackOptions(
        name=_key("run", found.name),
        experiment=_key("experiment", found.experiment),
        params=dict(_read_param(text) for text in found.param or []),
        tags=dict(_read_tag(text) for text in found.tag or []) | _kpi_tags(found.kpi or []),
        metric=_key("metric", metric),
        direction=direction,
        off=parse_kinds(found.no or []) | (_DATA if found.no_data else frozenset()),
        parent=found.parent,
        nested=found.nested,
        autolog=found.autolog,
        energy=found.energy,
        masked=frozenset(split_names(found.mask or [])),
    )


def split_metric(written: str | None) -> tuple[str | None, Direction | None]:
    """Return the name and the direction of ``NAME``, ``NAME:min`` or ``NAME:max``."""
    name, colon, way = (written or "").rpartition(":")
    direction = _DIRECTIONS.get(way) if colon else None
    return (written, None) if direction is None else (name, direction)


def split_names(words: Iterable[str]) -> list[str]:
    """Return the names in ``words``; a word may hold several, separated by commas."""
    return [part for word in words for name in word.split(",") if (part := name.strip())]


def _what_is_extra(parser: argparse.ArgumentParser, word: str, name: str | None) -> str:
    if not word.startswith("-"):
        return f"a run has one name; {name!r} and {word!r} were given. Put it in quotes."
    written = word.partition("=")[0]
    known = list(_option_strings(parser))
    bare = {option.lstrip("-"): option for option in known}
    # One letter is near every other letter.
    meant = nearest(written.lstrip("-"), bare) if len(written) > len("-x") else None
    hint = f"Did you mean {bare[meant]!r}?" if meant else f"Known: {', '.join(sorted(known))}."
    return f"unknown option {written!r}. {hint} {_SEE}"


def _option_strings(parser: argparse.ArgumentParser) -> Iterable[str]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of its options
        yield from action.option_strings


def _key(kind: str, text: str | None) -> str | None:
    return None if text is None else check_key(kind, text)


def _read_param(text: str) -> tuple[str, str | None]:
    from .checks import option_value_text

    name, equals, value = text.partition("=")
    check_key("param", name)
    return name, option_value_text(name, value, ast.literal_eval) if equals else None


def _kpi_tags(words: Iterable[str]) -> dict[str, str]:
    return {check_key("tag", kpi_tag(name)): "true" for name in split_names(words)}


def _read_tag(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"the tag {text!r} has no value. Write --tag {text}=VALUE.")
    return check_key("tag", name), value
