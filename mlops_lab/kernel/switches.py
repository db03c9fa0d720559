"""Owns what the user switched off or on for all cells: by the environment, and by the magics' traits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import msgspec

from mlops_lab.core.capture import MASKED_COLUMNS, CaptureKind, kinds_off, parse_kinds
from mlops_lab.core.errors import InvalidInputError

from .display import warn
from .trackline import TrackOptions, split_names


class Switches:
    """What holds for every cell of this process; the options of a cell come on top."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.off: frozenset[CaptureKind] = frozenset()
        self.masked: frozenset[str] = frozenset(split_names([environ.get(MASKED_COLUMNS, "")]))
        self.autolog = False
        self.energy = False
        self.duplicates = True
        self._inherited = self.off
        self._inherited_masks = self.masked
        try:
            self._inherited = self.off = kinds_off(environ)
        except InvalidInputError as error:
            # What was meant to be off must not be captured, so nothing is.
            warn(f"MLOPS_LAB_NO_CAPTURE: {error} Nothing is captured until it is set right.")
            self._inherited = self.off = parse_kinds(["all"])

    def set_off(self, kinds: Iterable[str]) -> None:
        """Take the kinds of the setting, beside those of the environment.

        Raises:
            InvalidInputError: a word is no kind.
        """
        self.off = self._inherited | parse_kinds(kinds)

    def set_masked(self, columns: Iterable[str]) -> None:
        """Take the columns of the setting, beside those of the environment."""
        self.masked = self._inherited_masks | frozenset(split_names(columns))

    def options_for(self, options: TrackOptions) -> TrackOptions:
        """Return the options of a cell, with the energy where it is asked for all cells."""
        wanted = self.energy and not options.energy
        return msgspec.structs.replace(options, energy=True) if wanted else options

    def off_for(self, options: TrackOptions) -> frozenset[CaptureKind]:
        """Return the kinds that are off for a cell."""
        return self.off | options.off

    def masked_for(self, options: TrackOptions) -> frozenset[str]:
        """Return the columns that are masked for a cell."""
        return self.masked | options.masked
