"""Owns what a file format of models is: which models it takes, and how it writes and reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.facets import ModelInfo


class NotStorableError(Exception):
    """This format cannot hold this model; the text says why."""


class Flavor(msgspec.Struct, frozen=True):
    """A file format. ``is_safe``: reading a file runs no code of whoever wrote it.

    ``save`` raises whatever the library raises when it cannot write the model. ``load`` gets the
    object that the content shall be put into, where the format holds content only.
    """

    format: str
    suffix: str
    is_safe: bool
    takes: Callable[[Any], bool]
    save: Callable[[Any, Path], None]
    load: Callable[[Path, ModelInfo, Any], Any]
