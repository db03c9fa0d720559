"""Owns the values that are known to be secret, and how they are masked wherever they stand."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

MAX_VALUES = 500
"""So many values are remembered; then the oldest go."""

MASKED = "***"
"""What stands where a secret stood."""


class SecretValues:
    """Texts that secret names hold. Safe in threads: a change replaces what is searched for.

    A value of letters alone is masked where it stands as a word, a number where it is no part of
    another one, and any other value everywhere.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, None] = {}
        self._forms: tuple[tuple[str, re.Pattern[str] | None], ...] = ()

    def add(self, texts: Iterable[str]) -> None:
        """Take in texts that are secret."""
        new = [text for text in texts if text not in self._values]
        if not new:
            return
        with self._lock:
            self._values.update(dict.fromkeys(new))
            while len(self._values) > MAX_VALUES:
                del self._values[next(iter(self._values))]
            pairs = {form: _pattern(text) for text in self._values for form in _forms(text)}
            # The longest first: one secret may be part of another.
            self._forms = tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0])))

    def occur_in(self, text: str) -> bool:
        """Tell quickly whether ``text``, which may be JSON, can hold one of the values."""
        return any(form in text for form, _ in self._forms)

    def mask(self, text: str) -> str:
        """Return ``text`` with every known value as ``***``; the very same text without one."""
        for form, pattern in self._forms:
            if form in text:
                text = text.replace(form, MASKED) if pattern is None else pattern.sub(MASKED, text)
        return text


def _forms(text: str) -> set[str]:
    """Return how a text is written: as it is, in quotes of Python and JSON, in HTML and in URLs."""
    # Here, because loading the extension needs none of them.
    import html
    import json
    from urllib.parse import quote, quote_plus

    clean = text.encode("utf-8", "replace").decode()
    return {
        text,
        repr(text)[1:-1],
        repr(f'{text}"')[1:-2],
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        html.escape(text),
        quote(clean),
        quote(clean, safe=""),
        quote_plus(clean),
    }


def _pattern(text: str) -> re.Pattern[str] | None:
    """Return what finds a word or a number alone; None where the text is found as it is."""
    if text.isalpha():
        return re.compile(rf"(?<![^\W\d_]){re.escape(text)}(?![^\W\d_])")
    if text.isdecimal():
        return re.compile(rf"(?<![\d.]){re.escape(text)}(?!\d)")
    return None
