"""Owns what the user switched off or on for all cells: by environment, traits and ``%track on``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import msgspec

from mlops_lab.core.capture import MASKED_COLUMNS, CaptureKind, kinds_off, parse_kinds
from mlops_lab.core.errors import InvalidInputError

from .display import warn
from .trackline import TrackOptions, split_names


class Switches:
    """What holds for every cell of this process; the options of a cell come on top.

    ``every`` are the options of ``%track on``, while it holds.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.autolog = False
        self.energy = False
        self.duplicates = True
        self.every = TrackOptions()
        self._off: frozenset[CaptureKind] = frozenset()
        self._masked: frozenset[str] = frozenset()
        self._inherited: frozenset[CaptureKind] = frozenset()
        self._inherited_masks = frozenset(split_names([environ.get(MASKED_COLUMNS, "")]))
        try:
            self._inherited = kinds_off(environ)
        except InvalidInputError as error:
            # What was meant to be off must not be captured, so nothing is.
            warn(f"MLOPS_LAB_NO_CAPTURE: {error} Nothing is captured until it is set right.")
            self._inherited = parse_kinds(["all"])

    @property
    def off(self) -> frozenset[CaptureKind]:
        """The kinds of capture that are off for every cell."""
        return self._inherited | self._off | self.every.off

    @property
    def masked(self) -> frozenset[str]:
        """The columns that are masked for every cell."""
        return self._inherited_masks | self._masked | self.every.masked

    def set_off(self, kinds: Iterable[str]) -> None:
        """Take the kinds of the setting, beside those of the environment.

        Raises:
            InvalidInputError: a word is no kind.
        """
        self._off = parse_kinds(kinds)

    def set_masked(self, columns: Iterable[str]) -> None:
        """Take the columns of the setting, beside those of the environment."""
        self._masked = frozenset(split_names(columns))

    def options_for(self, options: TrackOptions) -> TrackOptions:
        """Return the options of a cell, with what is asked for all cells; its own tags come first."""
        return msgspec.structs.replace(
            options,
            energy=options.energy or self.energy or self.every.energy,
            autolog=options.autolog or self.autolog or self.every.autolog,
            tags={**self.every.tags, **options.tags},
        )

    def off_for(self, options: TrackOptions) -> frozenset[CaptureKind]:
        """Return the kinds that are off for a cell."""
        return self.off | options.off

    def masked_for(self, options: TrackOptions) -> frozenset[str]:
        """Return the columns that are masked for a cell."""
        return self.masked | options.masked
