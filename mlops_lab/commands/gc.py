"""Owns ``mlops-lab gc``: removes the bytes that nothing names, and reads all others over."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated

import msgspec
import typer

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError

from .opened import current_user, open_lab
from .options import AsJson
from .output import print_json, print_line

_UNITS: dict[str, Millis] = {
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}
_TIME = re.compile(r"(\d{1,6})([smhdw])")
_ZERO = "0"


def collect_garbage(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    grace: Annotated[
        str,
        typer.Option(
            "--grace", help="What was put since then stays: a number with s, m, h, d or w."
        ),
    ] = "1d",
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Remove nothing; read every artifact and exit with 1 if one is damaged.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove artifacts and texts that nothing names, and what broken transfers left behind."""
    if verify and dry_run:
        raise InvalidInputError(
            "--verify removes nothing, so --dry-run says nothing more.", hint="Give one of them."
        )
    wait = parse_time(grace)
    if verify:
        _verify(as_json=as_json)
        return
    from mlops_lab.store.artifact_garbage import Garbage

    with open_lab() as lab:
        garbage = Garbage(lab.store)
        work = garbage.survey if dry_run else partial(garbage.collect, who=current_user())
        found = work(grace=wait)
    if as_json:
        print_json(found)
        return
    done = "would be removed" if dry_run else "removed"
    print_line(
        f"{found.artifacts:,} artifacts of {found.artifact_bytes:,} bytes {done}, "
        f"{found.unfinished:,} unfinished transfers of {found.unfinished_bytes:,} bytes {done}, "
        f"{found.texts:,} captured texts {done}; "
        f"{found.kept:,} artifacts stay."
    )


class Verified(msgspec.Struct, frozen=True):
    """The answer of ``gc --verify --json``: how many artifacts were read, and the damaged ones."""

    read: int
    damaged: list[object]


def parse_time(text: str) -> Millis:
    """Return the milliseconds that a text such as 12h or 1d stands for.

    Raises:
        InvalidInputError: it is no such text.
    """
    if text == _ZERO:
        return 0
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise InvalidInputError(
            f"{text[:40]!r} is not a length of time.", hint="Write a number with a unit: 12h, 1d."
        )
    return int(found[1]) * _UNITS[found[2]]


def _verify(*, as_json: bool) -> None:
    from mlops_lab.store.artifact_garbage import Damage, Garbage

    read, damaged = 0, list[Damage]()
    with open_lab() as lab:
        for damage in Garbage(lab.store).verify():
            read += 1
            if damage is not None:
                damaged.append(damage)
                if not as_json:
                    print_line(f"{damage.digest}: {damage.found}", style="red")
    if as_json:
        print_json(Verified(read, list(damaged)))
    else:
        print_line(f"{read:,} artifacts read, {len(damaged):,} of them damaged.")
    if damaged:
        raise typer.Exit(1)
