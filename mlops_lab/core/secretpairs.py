"""Owns which bare words are values of secret names: in shells, URLs, settings and connection strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .secretliterals import Span, string_contents
from .secretnames import is_secret_name
from .secretshapes import is_placeholder

_TIGHT = re.compile(
    r"(?<![\w.$-])(?P<name>[^\W\d][\w.-]*+(?: [^\W\d]\w*+)?)=(?!=)(?P<value>[^\s;&\"'`,\\]++)"
)
_SPACED = re.compile(
    r"(?<![\w.$-])(?P<name>[^\W\d][\w.-]*+)(?: =(?!=) ?| ?=(?!=) |: +)(?P<value>[^\s;&\"'`,\\]++)"
)
_QUERY = re.compile(
    r"(?<=[?;&])(?P<name>[^\W\d][\w.-]*+(?: [^\W\d]\w*+)?)=(?!=)(?P<value>[^\s;&\"'`,\\()\[\]]++)"
)
_ROW = re.compile(r"(?<=\s)(?P<name>[^\W\d]\w*+)=(?!=)(?P<value>[^\s;&\"'`,()\[\]{}]++)")
_ROW_BEFORE = re.compile(r"\w=[^\s,();]+[ ]+\Z")
_ROW_AFTER = re.compile(r"[ ]+\w+=(?!=)")
_SETTING = re.compile(
    r"^[+-]?(?P<name>[A-Z][A-Z0-9_]*+)=(?P<value>[^\s\"'()\[\]{}]++)[ \t]*+$", re.MULTILINE
)
_LINE = re.compile(
    r"^[ \t+-]*+(?P<name>[^\W\d][\w.-]*+):[ \t]++(?P<value>[^\s\"'()\[\]{},]++)[ \t]*+$",
    re.MULTILINE,
)
_OPTION = re.compile(
    r"(?<![\w-])--?(?P<name>[^\W\d][\w-]*+)(?:=|[ ]++)(?P<value>[^\s;&|\"'`,\\()\[\]-][^\s;&|\"'`,\\()]*+)"
)
_SHELL = re.compile(
    r"^[ \t+-]*+(?:!|\$ |%%?track\b"
    r"|(?:export|setx?|env|declare(?: -\w+)?|ENV|ARG|%env|%set_env)[ ]+(?=\w+[= ]))"
    r"[^\n]*+"
    r"|\A\s*%%(?:bash|sh|zsh|script|system|sx|!)[^\n]*+\n.*+",
    re.MULTILINE | re.DOTALL,
)
_SHELL_PAIR = re.compile(r"(?<![\w.$-])(?P<name>[^\W\d]\w*+)=(?P<value>[^\s;&|\"'`]++)")
_ENV_LINE = re.compile(
    r"^[ \t+-]*+(?:%env|%set_env|setx|ENV)[ ]++(?P<name>\w++)(?:=|[ ]++)(?P<value>[^\n\"'=][^\n\"']*+)",
    re.MULTILINE,
)
_USER = re.compile(r"(?<!\S)(?:-u|--user)[ =]+[\"']?(?P<name>[^\s:\"'=]++):(?P<value>[^\s\"']++)")
_LONG = 16
_SHORT = 4


def pair_spans(text: str) -> Iterator[Span]:
    """Yield the bare words that are values of secret names, where they cannot be Python's names."""
    for start, end in string_contents(text):
        yield from _named(_TIGHT, text, start, end, _is_word)
        yield from _named(_SPACED, text, start, end, _is_random)
    whole = (0, len(text))
    yield from _named(_QUERY, text, *whole, _is_word)
    yield from _named(_SETTING, text, *whole, _is_setting)
    yield from _named(_LINE, text, *whole, _is_random)
    yield from _named(_OPTION, text, *whole, _is_random)
    yield from _named(_ENV_LINE, text, *whole, _is_word)
    yield from _row_spans(text)
    for line in _SHELL.finditer(text):
        yield from _named(_SHELL_PAIR, text, *line.span(), _is_word)
        yield from _named(_OPTION, text, *line.span(), _is_word)
        yield from (match.span("value") for match in _USER.finditer(text, *line.span()))


def _named(
    pattern: re.Pattern[str], text: str, start: int, end: int, accept: Callable[[str], bool]
) -> Iterator[Span]:
    for match in pattern.finditer(text, start, end):
        if is_secret_name(match["name"]) and accept(match["value"]):
            yield match.span("value")


def _row_spans(text: str) -> Iterator[Span]:
    """Yield values in ``host=db password=...``: arguments of Python are parted by commas."""
    for match in _ROW.finditer(text):
        if not is_secret_name(match["name"]) or not _is_word(match["value"]):
            continue
        before = text[max(0, match.start() - 200) : match.start()]
        if _ROW_BEFORE.search(before) or _ROW_AFTER.match(text, match.end()):
            yield match.span("value")


def _is_word(value: str) -> bool:
    return not is_placeholder(value) and "(" not in value and "[" not in value and "{" not in value


def _is_random(value: str) -> bool:
    """Tell whether a word is none of a language: it has digits or signs beside letters, or is long."""
    if not _is_word(value) or len(value) < _SHORT or value.isupper() or ")" in value:
        return False
    letters = sum(char.isalpha() for char in value)
    inner = value[:-1] if value[-1] in ".:!?" else value
    return letters > 0 and (not inner.isalpha() or len(inner) >= _LONG)


def _is_setting(value: str) -> bool:
    """Tell whether the right side of ``NAME=...`` is a word and no expression of Python."""
    parts = value.split(".")
    if all(part.isidentifier() for part in parts):
        return len(parts) == 1 and any(char.isdigit() for char in value)
    return _is_word(value) and any(char.isalpha() for char in value)
