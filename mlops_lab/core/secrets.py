"""Owns the rule by which a value is taken for a secret: the words of its name."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = frozenset(
    {"password", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "credential"}
    | {"credentials", "apikey"}
)
_SECRET_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("auth", "key")})


def is_secret(name: str, value: Any) -> bool:
    """Tell whether the value must not be stored: the name says so and it is not a mere number.

    The words of the name count: ``db_password``, ``apiKey`` and ``HF_TOKEN`` are secret,
    ``max_tokens`` and ``tokenizer`` are not.
    """
    if isinstance(value, bool | int | float) or value is None:
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    pairs = pairwise(words)
    return not _SECRET_WORDS.isdisjoint(words) or not _SECRET_PAIRS.isdisjoint(pairs)
