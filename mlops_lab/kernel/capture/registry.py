"""Owns the list of captures, in the order in which they look at a cell."""

from __future__ import annotations

from .base import Capture
from .cellmetrics import MetricsCapture
from .cellparams import ParamsCapture
from .data import DataCapture
from .environment import EnvironmentCapture
from .files import FilesCapture
from .git import GitCapture
from .gitcommand import Git
from .hardware import HardwareCapture
from .model import ModelCapture
from .order import OrderCapture
from .outputs import OutputsCapture
from .trials import TrialsCapture


def make_captures() -> list[Capture]:
    """Return one of each capture, for the life of the process."""
    git = Git()
    return [
        # First: what it measures ends when the cell does, not when the other captures do.
        HardwareCapture(git),
        OutputsCapture(),
        ParamsCapture(),
        MetricsCapture(),
        EnvironmentCapture(git),
        GitCapture(git),
        DataCapture(),
        ModelCapture(),
        TrialsCapture(),
        OrderCapture(),
        # Last: what the other captures open before the cell is not the cell's.
        FilesCapture(),
    ]
