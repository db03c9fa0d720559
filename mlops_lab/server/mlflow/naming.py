"""Owns the names of runs that nobody named."""

from __future__ import annotations

import secrets

_LIKE = ("amber", "brisk", "calm", "clear", "early", "fair", "keen", "light", "quiet", "warm")
_WHAT = ("brook", "cedar", "comet", "dune", "harbor", "heron", "lark", "meadow", "pine", "ridge")


def made_up_name() -> str:
    """Return a name such as ``calm-heron-417`` that people can tell apart."""
    return f"{secrets.choice(_LIKE)}-{secrets.choice(_WHAT)}-{secrets.randbelow(1000)}"
