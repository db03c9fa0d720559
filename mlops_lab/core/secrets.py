"""Owns which values are secrets, by name or by shape, and how they are masked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter
from types import NoneType
from typing import Any

from .secretliterals import Span, literal_spans
from .secretnames import is_secret_name, may_name_secret, name_within
from .secretpairs import pair_spans
from .secretshapes import MASKED, is_placeholder, mask_shapes

_MAX_ITEMS = 1_000_000
_MAX_ROUNDS = 8
_CONTAINERS = frozenset({list, tuple, set, frozenset})
_SAID = frozenset({"", "True", "False", "None", "true", "false", "null"})
_OPENINGS = ("{", "[", "(")
_COLOUR = re.compile(r"(\x1b\[[\d;]*m)")


def is_secret(name: str, value: Any) -> bool:
    """Tell whether the value must not be stored as it is: its name says so, or its shape does.

    The words of the name count: ``db_password``, ``apiKey`` and ``HF_TOKEN`` are secret,
    ``max_tokens`` and ``tokenizer`` are not; mere numbers, True, False and None never are. By shape
    keys and tokens of known makers are secret, private keys, and URLs and connection strings with a
    password, also somewhere in a container; so is a dict with a secret key.
    """
    # By type first: an array compares each of its values with "".
    # By the type alone: an object of the user's may compute something to answer.
    kind = type(value)
    if issubclass(kind, int | float | NoneType) or (kind is str and value in _SAID):
        return False
    return is_secret_name(name) or mask_value(name, value) is not value


def mask_value(name: str, value: Any) -> Any:
    """Return the text, number or container of these with its secrets as ``***``.

    The very same object comes back if it holds none. Of a container with more than a million values
    the rest is masked unread.
    """
    try:
        return _masked(name, value, [_MAX_ITEMS])
    except RecursionError:
        return MASKED


def mask_text(text: str) -> str:
    """Return a source, output, diff or message with its secrets as ``***``, all else as it was.

    Masked are shapes (see ``is_secret``) wherever they stand; texts in quotes that are assigned,
    passed or mapped to secret names; and bare values where shells, URLs, settings and connection
    strings give them to secret names. What is left to be filled in, such as ``{token}`` or
    ``$TOKEN``, stays. Masking twice changes nothing more. It takes time linear in the length.
    """
    coloured = "\x1b[" in text
    # A mask may bring two parts together that then read as one; each round only masks more.
    for _ in range(_MAX_ROUNDS):
        # The end of a colour would read as the letter before a token.
        shaped = "".join(map(mask_shapes, _COLOUR.split(text))) if coloured else mask_shapes(text)
        if may_name_secret(shaped):
            shaped = _replaced(shaped, secret_spans(shaped))
        if shaped == text:
            break
        text = shaped
    return text


def secret_spans(text: str) -> list[Span]:
    """Return where a source gives values to secret names: what ``mask_text`` masks there by name."""
    if _COLOUR.search(text) is None:
        return sorted({*literal_spans(text), *pair_spans(text)})
    # Colours stand between a name and its value, and inside either.
    plain, starts = _without_colours(text)
    found = {*literal_spans(plain), *pair_spans(plain)}
    spans = [span for span in found if not is_placeholder(plain[slice(*span)])]
    return sorted((_place(starts, start), _place(starts, end - 1) + 1) for start, end in spans)


def _without_colours(text: str) -> tuple[str, list[Span]]:
    """Return a text without the colours of terminals, and where its pieces begin in both texts."""
    pieces: list[str] = []
    starts: list[Span] = []
    length = at = 0
    for match in [*_COLOUR.finditer(text), None]:
        end = match.start() if match is not None else len(text)
        if end > at:
            pieces.append(text[at:end])
            starts.append((length, at))
            length += end - at
        at = match.end() if match is not None else end
    return "".join(pieces), starts


def _place(starts: list[Span], at: int) -> int:
    """Return where in the coloured text the character stands that is the ``at``-th without colours."""
    plain, coloured = starts[bisect_right(starts, at, key=itemgetter(0)) - 1]
    return coloured + at - plain


def _masked(name: str, value: Any, left: list[int]) -> Any:
    kind = type(value)
    if kind is str:
        return _mask_text(name, value)
    if kind is not dict and kind not in _CONTAINERS:
        return value
    left[0] -= len(value)
    if left[0] < 0:
        return MASKED
    if kind is dict:
        made = {
            k: _masked(name_within(name, k, value) if type(k) is str else name, v, left)
            for k, v in value.items()
        }
        return made if any(made[k] is not v for k, v in value.items()) else value
    parts = [(part, _masked(name, part, left)) for part in value]
    return kind(new for _, new in parts) if any(old is not new for old, new in parts) else value


def _mask_text(name: str, value: str) -> str:
    if is_secret_name(name):
        return value if value in _SAID or value == MASKED else MASKED
    shaped = mask_shapes(value)
    if may_name_secret(shaped):
        if shaped.lstrip()[:1] in _OPENINGS:
            shaped = _replaced(shaped, literal_spans(shaped))
        shaped = _replaced(shaped, list(pair_spans(f'"{shaped}"')), shift=1)
    return value if shaped == value else shaped


def _replaced(text: str, spans: Iterable[Span], *, shift: int = 0) -> str:
    """Return ``text`` with the spans masked; spans that meet are one. They count from ``shift``."""
    pieces: list[str] = []
    at = 0
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    for start, end in joined:
        if not is_placeholder(text[start - shift : end - shift]):
            pieces += [text[at : start - shift], MASKED]
            at = end - shift
    return "".join([*pieces, text[at:]])
