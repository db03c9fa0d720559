"""Owns the count of what an import took, and of what it could not take, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from mlops_lab.core.carrying import ImportReport, NotTaken

_EXAMPLES = 5


class Tally:
    """Counts while an import goes on; ``told`` is called with a line whenever something was done."""

    def __init__(self, origin: str, *, told: Callable[[str], None] = lambda _: None) -> None:
        self._origin = origin
        self._told = told
        self._taken: Counter[str] = Counter()
        self._skipped = 0
        self._left: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def took(self, kind: str, count: int = 1) -> None:
        """Count records of a kind, such as ``runs``."""
        if count:
            self._taken[kind] += count
            self._tell()

    def skip(self) -> None:
        """Count a run that is there from an earlier import."""
        self._skipped += 1
        self._tell()

    def leave(self, reason: str, example: str, *, count: int = 1) -> None:
        """Count something that cannot be taken."""
        self._left[reason] += count
        examples = self._examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(example[:300])

    def report(self, *, is_dry: bool = False) -> ImportReport:
        """Return what was done."""
        return ImportReport(
            origin=self._origin,
            taken=dict(sorted(self._taken.items())),
            skipped=self._skipped,
            not_taken=[
                NotTaken(reason, count, self._examples[reason])
                for reason, count in self._left.most_common()
            ],
            is_dry=is_dry,
        )

    def _tell(self) -> None:
        self._told(f"{self._taken['runs']:,} runs taken, {self._skipped:,} already there")
