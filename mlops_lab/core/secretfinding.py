"""Owns which values the names of secrets hold: in mappings by name, and in the text of a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .secretnames import is_secret_name, may_name_secret
from .secrets import secret_spans
from .secretshapes import is_placeholder

MIN_CHARS = 6
"""A shorter value is not looked for: it would be found in ordinary words and numbers."""

MAX_CHARS = 10_000
"""A longer value is not looked for."""

_MAX_ITEMS = 1_000
_LONG_WORD = 16
_COMMON = frozenset(
    {"localhost", "default", "secret", "secrets", "password", "passwords", "passwd", "token"}
    | {"tokens", "api_key", "apikey", "credential", "credentials", "changeme", "example"}
    | {"placeholder", "unknown", "missing", "string", "object", "number", "boolean", "optional"}
    | {"required", "hidden", "masked", "redacted", "undefined", "username", "anonymous", "public"}
    | {"private", "master", "bearer", "custom", "disabled", "enabled", "prompt", "config"}
)
_PATH = re.compile(r"(?:[A-Za-z]:|~|\.{0,2})[\\/]")
"""How the working directory begins, which shells and programs call ``PWD``."""

_SPOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?[.,;:!?]?")
"""A word, also such as ``wouldn't``, or one before a comma."""

_MAX_BEFORE = 200
_NAME = re.compile(r"[^\W\d][\w.-]*")
_FROM_ENVIRON = re.compile(
    r"(?P<name>[^\W\d]\w*)[\"']?\]?[ \t]*(?::[ \t]*str[ \t]*)?[=:][ \t]*"
    r"(?:\w+\.)*(?:environ\[|environ\.get\(|getenv\()[ \t]*[\"'](?P<key>\w+)[\"']"
)


def secrets_of_names(values: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the texts that secret names hold in ``values``, bytes and containers of texts too.

    Left out are values of fewer than ``MIN_CHARS`` characters, words such as ``default``, and what
    is filled in elsewhere.
    """
    for name in secret_names(list(values)):
        for text in _texts(values.get(name), [_MAX_ITEMS]):
            if _tells(name, text):
                yield text


def secret_names(names: Iterable[Any]) -> list[str]:
    """Return those of the names that are names of secrets; to find none costs next to nothing."""
    texts = [name for name in names if type(name) is str]
    if not may_name_secret("\n".join(texts)):
        return []
    return [name for name in texts if is_secret_name(name)]


def secrets_of_text(text: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield what a program gives to secret names: as it stands there, or from the environment."""
    if not may_name_secret(text):
        return
    for start, end in secret_spans(text):
        words = _NAME.findall(text, max(0, start - _MAX_BEFORE), start)
        name = next((word for word in reversed(words) if is_secret_name(word)), "")
        if _tells(name, text[start:end]):
            yield text[start:end]
    for match in _FROM_ENVIRON.finditer(text):
        value = environ.get(match["key"], "")
        if is_secret_name(match["name"]) and _tells(match["name"], value):
            yield value


def _texts(value: Any, left: list[int]) -> Iterator[str]:
    # By the type alone: an object of the user's may compute something to answer.
    kind = type(value)
    if kind is str:
        yield value
    elif kind is bytes:
        yield value.decode("utf-8", "ignore")
    elif kind in {list, tuple, set, frozenset, dict}:
        left[0] -= len(value)
        if left[0] >= 0:
            for part in list(value.values() if kind is dict else value):
                yield from _texts(part, left)


def _tells(name: str, text: str) -> bool:
    """Tell whether a text is a secret, and none that any program may hold."""
    if len(text.strip()) < MIN_CHARS or len(text) > MAX_CHARS or is_placeholder(text):
        return False
    if text.casefold() in _COMMON or text == name:
        return False
    if "pwd" in name.casefold() and _PATH.match(text):
        return False
    # In the analysis of language a token is a word.
    is_word = len(text) < _LONG_WORD and _SPOKEN.fullmatch(text) is not None
    return not (is_word and "token" in name.casefold())
