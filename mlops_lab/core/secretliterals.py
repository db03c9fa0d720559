"""Owns which texts in a program, its output or a diff are values that secret names are given."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from .secretnames import is_secret_name
from .secretshapes import is_placeholder

Span = tuple[int, int]
"""Where the characters of a secret stand: from the first, to before the second."""

_HINT = re.compile(
    r"pass|pwd|pw|secret|token|credential|key|authorization|signature", re.IGNORECASE
)
_MAX_VALUE = 100_000
_MAX_DEPTH = 3
_TRIPLE = (
    r'"""(?:[^\\"]|\\.|"(?!""))*+(?:"""|\\?\Z|"{1,2}\Z)',
    r"'''(?:[^\\']|\\.|'(?!''))*+(?:'''|\\?\Z|'{1,2}\Z)",
)
_SINGLE = (
    r'"(?:[^"\\\n]|\\.)*+(?:"|(?=\n)|\\?\Z)',
    r"'(?:[^'\\\n]|\\.)*+(?:'|(?=\n)|\\?\Z)",
)
# Behind a letter that is no prefix of Python's a quote is an apostrophe.
_QUOTED = (
    r"(?=[\"'])(?:(?<!\w)|(?<=\b[rRbBuUfF])|(?<=\b[rRbBfF][rRbBfF]))"
    rf"(?:{'|'.join((*_TRIPLE, *_SINGLE))})"
)
_STRING = re.compile(_QUOTED, re.DOTALL)
_ESCAPED = re.compile(r"(\\+)([\"'])((?:(?!\1\2)[^\n]){0,4000}+)\1\2")
_NEXT = re.compile(
    # A name that is given something, with its annotation if it has one.
    r"(?<![\w.-])(?<!\bif )(?<!\bnot )(?<!\blambda )"
    r"(?P<name>(?:[^\W\d]\w*+\.)*+[^\W\d]\w*+)[ \t]*+"
    r"(?::[ \t]*+[\w.]++(?:\[[^\n=\[\]]*+\])?[ \t]*+(?:\|[ \t]*+[\w.]++[ \t]*+)*+)?"
    r"(?P<sep>:?=(?!=)|:)"
    # A key in quotes, a subscript that is assigned to, or the first of two arguments.
    r"|(?P<call>\b(?:getenv|get|setdefault|setenv|putenv|set|set_tag|log_param|add_header)\([ \t]*+"
    r"|\bsetattr\([\w.]++,[ \t]*+)?"
    r"(?P<quote>\\*+[\"'])(?P<key>[^\W\d][\w .-]{0,200}+)(?P=quote)[ \t]*+"
    r"(?:\]?[ \t]*+(?:=(?!=)>?|:)|(?P<comma>,))"
    rf"|(?P<string>{_QUOTED})",
    re.DOTALL,
)
_GAP = re.compile(r"(?:[ \t]|\\\n)*+")
_SPACE = re.compile(r"(?:\s|#[^\n]*+|\\\n)*+")
_PREFIX = re.compile(r"[rRbBuUfF]{1,2}(?=[\"'])")
_WORD = re.compile(r"\w+")
_KEY_END = re.compile(r"\s*+:(?!=)")
_FILLED = re.compile(r"\{[^{}]*\}")
_LETTER = re.compile(r"[^\W_]")
_AUTH_SCHEME = re.compile(r"(?:Bearer|Basic|Token|token|bearer|Digest|ApiKey)\s+")
_BETWEEN = frozenset({"if", "else", "or", "and", "not", "in", "is", "await", "return"})
_TARGETS = re.compile(
    r"^[ \t+-]*+((?:[\w.]++[ \t]*+,[ \t]*+)+[\w.]++)[ \t]*+(?P<equals>=)(?!=)[ \t]*+\(?",
    re.MULTILINE,
)
_LOGIN = re.compile(
    r"auth[ \t]*+=[ \t]*+\(\s*+[\w.\"'\[\]@-]++\s*+,\s*+"
    r"(?P<quote>[\"'])(?P<password>(?:(?!(?P=quote))[^\n\\])++)(?P=quote)\s*+\)"
)


def literal_spans(text: str) -> Iterator[Span]:
    """Yield the contents of texts in quotes that are assigned, passed or mapped to secret names."""
    reader = _Reader(text)
    for match in _TARGETS.finditer(text):
        targets = [name.strip() for name in match[1].split(",")]
        if any(is_secret_name(name) for name in targets):
            yield from reader.unpack(match.end(), targets)
            reader.done.add(match.end("equals"))
    yield from (match.span("password") for match in _LOGIN.finditer(text))
    yield from reader.scan(0, len(text), depth=0)


def string_contents(text: str) -> Iterator[Span]:
    """Yield where the contents of all texts in quotes stand that may hold a secret."""
    for match in _STRING.finditer(text):
        start, end = _content(text, match.start(), match.end())
        if _HINT.search(text, start, end):
            yield start, end


class _Reader:
    """Reads names and values from left to right. ``done`` holds where the values of others begin."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.done: set[int] = set()

    def scan(self, pos: int, end: int, *, depth: int) -> Iterator[Span]:
        """Yield the secrets between two places; ``depth`` counts the quotes and calls around them."""
        text = self._text
        while (match := _NEXT.search(text, pos, end)) is not None:
            pos = match.end()
            if match["string"] is not None:
                start, stop = _content(text, match.start(), pos)
                if depth < _MAX_DEPTH and _HINT.search(text, start, stop):
                    yield from self.scan(start, stop, depth=depth + 1)
            elif is_secret_name(match["name"] or match["key"]) and _is_given(text, match, end):
                if match.end("sep") not in self.done:
                    pos = yield from self._value(_after_gap(text, match, end), end, depth)
            elif match["comma"] and not match["call"]:
                # The next text in quotes may be a key itself.
                pos = match.start("comma")

    def unpack(self, pos: int, targets: list[str]) -> Iterator[Span]:
        """Yield the texts that stand where the secret ones of several names stand."""
        for target in targets:
            values = self._value(pos, len(self._text), _MAX_DEPTH)
            found: list[Span] = []
            while True:
                try:
                    found.append(next(values))
                except StopIteration as stop:
                    pos = stop.value
                    break
            if is_secret_name(target):
                yield from found
            if self._text[pos : pos + 1] != ",":
                return
            pos += 1

    def _value(self, pos: int, end: int, depth: int) -> Generator[Span, None, int]:
        """Yield the texts of one value, and return where it ends; those inside calls are not of it."""
        walk = _Walk(self._text, pos, min(end, pos + _MAX_VALUE))
        while not walk.is_done():
            quoted = walk.take_quoted()
            if quoted is not None:
                if not walk.calls:
                    yield quoted
                continue
            call = walk.take_sign()
            if call is not None and depth < _MAX_DEPTH:
                yield from self.scan(*call, depth=depth + 1)
        return walk.pos


class _Walk:
    """Steps through one value. ``calls`` are the places behind the brackets of open calls."""

    def __init__(self, text: str, pos: int, end: int) -> None:
        self._text = text
        self._end = end
        self._brackets: list[bool] = []
        self._after_operand = False
        self.pos = pos
        self.calls: list[int] = []

    def is_done(self) -> bool:
        """Go over white space; tell whether the value ends here."""
        gap = (_SPACE if self._brackets else _GAP).match(self._text, self.pos, self._end)
        self.pos = gap.end() if gap else self.pos
        if self.pos >= self._end:
            return True
        return not self._brackets and self._text[self.pos] in ",;\n#:)]}"

    def take_quoted(self) -> Span | None:
        """Step over a text in quotes and return its content, empty where it holds no secret."""
        prefix = _PREFIX.match(self._text, self.pos, self._end)
        start = prefix.end() if prefix else self.pos
        escaped = _ESCAPED.match(self._text, start, self._end)
        quoted = escaped or _STRING.match(self._text, start, self._end)
        if quoted is None:
            return None
        self.pos, self._after_operand = quoted.end(), True
        span = escaped.span(3) if escaped else _content(self._text, start, quoted.end())
        is_key = bool(self._brackets) and _KEY_END.match(self._text, quoted.end(), self._end)
        content = self._text[slice(*span)]
        return (start, start) if is_key or _is_filled(content, prefix) else span

    def take_sign(self) -> Span | None:
        """Step over a bracket, word or other sign; return what stands in a call that it closes."""
        char = self._text[self.pos]
        word = _WORD.match(self._text, self.pos, self._end)
        if word is not None:
            self.pos, self._after_operand = word.end(), word[0] not in _BETWEEN
            return None
        self.pos += 1
        if char in "([{":
            self._brackets.append(self._after_operand and char != "{")
            if self._brackets[-1]:
                self.calls.append(self.pos)
        elif char in ")]}":
            self._after_operand = True
            if self._brackets.pop():
                inner = self.calls.pop()
                return None if self.calls else (inner, self.pos)
            return None
        self._after_operand = self._after_operand and char == "."
        return None


def _is_given(text: str, match: re.Match[str], end: int) -> bool:
    if match["comma"]:
        return match["call"] is not None
    if match["sep"] != ":":
        return True
    # ``if token:`` and ``password: str`` end alike; a value in quotes right behind tells a mapping.
    start = _after_gap(text, match, end)
    prefix = _PREFIX.match(text, start, end)
    return text[prefix.end() if prefix else start : end][:1] in {'"', "'"}


def _after_gap(text: str, match: re.Match[str], end: int) -> int:
    """Return where the value behind a name begins; behind a colon it is on the same line."""
    gap = (_GAP if match["sep"] == ":" else _SPACE).match(text, match.end(), end)
    return gap.end() if gap else match.end()


def _is_filled(content: str, prefix: re.Match[str] | None) -> bool:
    scheme = _AUTH_SCHEME.match(content)
    rest = content[scheme.end() :] if scheme else content
    if is_placeholder(rest):
        return True
    is_format = prefix is not None and "f" in prefix[0].lower()
    return is_format and _LETTER.search(_FILLED.sub("", rest)) is None


def _content(text: str, start: int, end: int) -> Span:
    """Return where the content of the text in quotes stands; the closing quotes may be missing."""
    quote = text[start : start + 3]
    quote = quote if quote in {'"""', "'''"} and end - start >= 3 else text[start]  # noqa: PLR2004 - three quotes
    inner = start + len(quote)
    closed = end - len(quote) >= inner and text.endswith(quote, inner, end)
    return inner, end - len(quote) if closed else max(inner, end)
