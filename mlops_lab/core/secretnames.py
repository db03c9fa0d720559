"""Owns which names are names of secrets, told by the words that they are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WORDS = frozenset(
    {"password", "passwords", "passwd", "passphrase", "passcode", "pwd", "pw", "secret", "secrets"}
    | {"token", "credential", "credentials", "apikey", "apikeys", "authorization"}
)
_ENDINGS = ("password", "passwd", "passphrase", "apikey", "secretkey", "accesskey", "privatekey")
_LATE_ENDINGS = ("authtoken", "accesstoken", "apitoken", "credentials")
_KINDS_OF_KEY = ("api", "access", "private", "auth", "account", "signing", "encryption", "master")
_PAIRS = frozenset(
    {(kind, noun) for kind in (*_KINDS_OF_KEY, "shared", "ssh") for noun in ("key", "keys")}
    | {(kind, "tokens") for kind in ("api", "access", "auth", "bearer", "refresh")}
    | {(kind, "pass") for kind in ("db", "user", "sql", "mysql", "pg", "redis", "smtp", "mail")}
    | {(kind, "pass") for kind in ("admin", "root", "ftp", "login")}
    | {("access", "signature")}
)
_ABOUT = frozenset(
    {"path", "file", "filename", "folder", "dir", "url", "uri", "endpoint", "env", "var", "name"}
    | {"names", "column", "columns", "col", "cols", "field", "fields", "pattern", "type", "types"}
    | {"policy", "length", "count", "limit", "size", "level", "strategy", "regex", "index"}
)
"""Last words of names that tell something about a secret, such as ``token_path``."""

_TEXT_TOKENS = frozenset(
    {"pad", "padding", "eos", "bos", "unk", "unknown", "mask", "sep", "cls", "special", "stop"}
    | {"start", "end", "first", "last", "next", "prev", "previous", "image", "audio", "video"}
    | {"additional", "extra", "decoder", "oov", "word", "blank"}
)
"""Words before ``token`` in the names of language models, such as ``pad_token``."""

_SCHEMA_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_SCHEMA_MARKS = ("$ref", "anyOf", "allOf", "oneOf", "enum", "properties")
_ABOUT_A_FIELD = frozenset({"title", "description"})
_SCHEMA_WORDS = frozenset(
    {"type", "format", "items", "required", "nullable", "pattern", "$defs", "definitions"}
    | {"additionalProperties", "writeOnly", "readOnly", "deprecated", *_SCHEMA_MARKS}
    | _ABOUT_A_FIELD
)
"""What a JSON schema tells of a field; its default, constant and examples are values."""

_TOLD = (
    *("passw", "passp", "passc", "pwd", "secret", "token", "credential", "authorization"),
    *("auth=(", "auth = (", "curl"),
)
_KEY = re.compile(rf"(?:{'|'.join((*_KINDS_OF_KEY, 'shared', 'ssh'))})[^a-z]{{0,2}}key")
_PASS = re.compile(r"(?:db|user|sql|pg|redis|smtp|mail|admin|root|ftp|login)[^a-z]{0,2}pass")
_PW = re.compile(r"(?:(?<![A-Za-z])pw|Pw|(?<![A-Z])PW)(?![a-z])")


def may_name_secret(text: str) -> bool:
    """Tell quickly whether a name of a secret can stand in ``text``."""
    low = text.lower()
    if any(word in low for word in _TOLD):
        return True
    if "key" in low and _KEY.search(low):
        return True
    if "pass" in low and _PASS.search(low):
        return True
    return "pw" in low and _PW.search(text) is not None


@lru_cache(maxsize=4_096)
def is_secret_name(name: str) -> bool:
    """Tell whether the words of ``name`` say that its value is a secret.

    ``db_password``, ``apiKey``, ``HF_TOKEN`` and ``X-Api-Key`` do; ``max_tokens``, ``tokenizer``,
    ``pad_token`` and ``token_path`` do not.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _ABOUT:
        return False
    if not _PAIRS.isdisjoint(pairwise(words)):
        return True
    before = [None, *words]
    return any(
        _is_secret_word(word, previous) for previous, word in zip(before, words, strict=False)
    )


def name_within(name: str, key: str, whole: Mapping[Any, Any]) -> str:
    """Return the name that counts for the entry ``key`` of a dict that stands under ``name``.

    A secret name covers all that is in the dict, but not the words of a JSON schema: that
    describes the secret, and holds none.
    """
    if not is_secret_name(name):
        return key
    return key if key in _SCHEMA_WORDS and _is_schema(whole) else name


def _is_schema(whole: Mapping[Any, Any]) -> bool:
    kinds = whole.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if type(kind) is str and kind.lower() in _SCHEMA_TYPES:
            return True
    if any(mark in whole for mark in _SCHEMA_MARKS):
        return True
    return all(key in _ABOUT_A_FIELD for key in whole)


def _is_secret_word(word: str, previous: str | None) -> bool:
    if word == "token":
        return previous not in _TEXT_TOKENS
    return word in _WORDS or word.endswith(_ENDINGS) or word.endswith(_LATE_ENDINGS)
