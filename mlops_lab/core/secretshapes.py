"""Owns the shapes by which a secret is known whatever its name: keys and tokens of known makers."""

from __future__ import annotations

import math
import re
from collections import Counter

from .secretvalues import MASKED

__all__ = ["MASKED", "is_placeholder", "mask_shapes"]

# Every part that repeats is closed off on the left, so that no run of characters is read twice.
_MAKERS = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z])",
    r"AIza[\w-]{35}(?![\w-])",
    r"ya29\.[\w-]{20,}",
    r"GOCSPX-[\w-]{20,}",
    r"1//0[\w-]{40,}",
    r"gh[pousr]_[A-Za-z0-9]{20,}",
    r"github_pat_\w{20,}",
    r"gl(?:pat|dt|oas|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\w-]{20,}",
    r"hf_[A-Za-z0-9]{20,}",
    r"api_org_[A-Za-z0-9]{20,}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"xapp-\d-[A-Za-z0-9-]{10,}",
    r"sk-(?=[\w-]*\d)[\w-]{20,}",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}",
    r"whsec_[A-Za-z0-9+/=]{20,}",
    r"(?:npm|gsk|pcsk|ntn|glsa|glc|sntrys|dckr_pat|lin_api|lsv2_pt|lsv2_sk|r8)_(?=\w*\d)\w{20,}",
    r"(?:pplx|xai|tvly|nvapi|PMAK)-(?=[\w-]*\d)[\w-]{20,}",
    r"pypi-AgE[\w-]{20,}",
    r"dop_v1_[a-f0-9]{40,}",
    r"dapi[a-f0-9]{32}(?![a-f0-9])",
    r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    r"SG\.[\w-]{16,}\.[\w-]{16,}",
    r"hv[sb]\.[\w-]{20,}",
    r"dp\.(?:pt|st|ct)\.[A-Za-z0-9]{30,}",
    r"SK[0-9a-f]{32}(?![0-9A-Za-z])",
    r"AGE-SECRET-KEY-1[0-9A-Z]{20,}",
    r"ATATT3x[\w=-]{20,}",
    r"\d{8,10}:AA[\w-]{33}(?![\w-])",
    r"eyJ[\w-]{6,}\.eyJ[\w-]{4,}(?:\.[\w-]*)?",
    r"eyJhcGlfYWRkcmVzcyI6[\w=-]{20,}",
)
_MAKER = re.compile(rf"(?<![\w-])(?:{'|'.join(_MAKERS)})", re.ASCII)
_MARKS = (
    *("AKIA", "ASIA", "ABIA", "ACCA", "AIza", "ya29.", "GOCSPX-", "1//0", "ghp_", "gho_", "ghu_"),
    *("ghs_", "ghr_", "github_pat_", "glpat", "gldt", "gloas", "glrt", "glcbt", "glptt", "glft"),
    *("glimt", "glagent", "glsoat", "glffct", "hf_", "api_org_", "xox", "xapp-", "sk-", "_live_"),
    *("_test_", "whsec_", "npm_", "gsk_", "pcsk_", "ntn_", "glsa_", "glc_", "sntrys_", "dckr_pat_"),
    *("lin_api_", "lsv2_", "r8_", "pplx-", "xai-", "tvly-", "nvapi-", "PMAK-", "pypi-", "dop_v1_"),
    *("dapi", "shpat_", "shpca_", "shppa_", "shpss_", "SG.", "hvs.", "hvb.", "dp.", "SK", "AGE-"),
    *("ATATT3x", ":AA", "eyJ"),
)
"""Each of the makers' shapes holds one of these; to look for them is quick."""

_SLACK_HOOK = re.compile(r"(hooks\.slack\.com/(?:services|workflows)/)[\w/]{10,}", re.ASCII)
_SIGNATURE = re.compile(
    r"((?:[?&;]sig|X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token))=)[\w%+/=-]{16,}",
    re.ASCII,
)
_AZURE = re.compile(
    r"(?<![\w+/=-])[A-Za-z0-9+/]{86}==(?![\w+/=])|(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])",
    re.ASCII,
)
_FORTY = re.compile(r"(?<![\w+/=.-])[A-Za-z0-9+/]{40}(?![\w+/=.-])", re.ASCII)
_RUNS = re.compile(r"[A-Z]+|[a-z]+|[0-9]+|[+/]+")
_FEWEST_RUNS = 15
_LEAST_ENTROPY = 4.0
_SCHEME = re.compile(
    r"(?<![\w])(Bearer|bearer|Basic)([ \t]+|%20|\+)([A-Za-z0-9._~+/-]{6,}={0,2})", re.ASCII
)
_LONG_WORD = 16
_PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[^-]|-(?!----))*+-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\\n|[\s\"'+\\])*+[A-Za-z0-9+/=]{16,})*)"
)
_USERINFO = re.compile(r"(://[^\s/:@\"'<>]*+:)([^\s/\"'<>]+)@")
_LONE_USER = re.compile(r"(://)([^\s/:@\"'<>{}$]{20,})@")
_PLACEHOLDER = re.compile(
    r"(?:\*{2,}+|\$?\{[^{}]*\}|\$[A-Z_][A-Z0-9_]*+|\$\(\w+\)|%\(\w+\)[sdr]|%[sdr]|<[^<>]*>"
    r"|\[[^\[\]]*\]|:[a-z_]++|\?|\.{3}|None|null|[Tt]rue|[Ff]alse)*+"
)
"""A value that is filled in elsewhere, or masked already."""


def mask_shapes(text: str) -> str:
    """Return ``text`` with everything masked that has the shape of a secret; the rest is as it was."""
    if "-----BEGIN" in text:
        text = _PEM.sub(MASKED, text)
    if "://" in text:
        text = _USERINFO.sub(_without_password, text)
        text = _LONE_USER.sub(rf"\1{MASKED}@", text)
        text = _SLACK_HOOK.sub(rf"\1{MASKED}", text)
    if any(mark in text for mark in _MARKS):
        text = _MAKER.sub(MASKED, text)
    if "earer" in text or "Basic" in text:
        text = _SCHEME.sub(_without_credentials, text)
    if "=" in text:
        text = _SIGNATURE.sub(rf"\1{MASKED}", text)
    text = _AZURE.sub(MASKED, text)
    return _FORTY.sub(_without_aws_key, text)


def is_placeholder(text: str) -> bool:
    """Tell whether ``text`` holds no secret: it is empty, masked, or filled in elsewhere."""
    return _PLACEHOLDER.fullmatch(text) is not None


def _without_password(match: re.Match[str]) -> str:
    return match[0] if is_placeholder(match[2]) else f"{match[1]}{MASKED}@"


def _without_credentials(match: re.Match[str]) -> str:
    scheme, space, value = match.groups()
    if scheme == "Basic":
        is_secret = len(value) >= _LONG_WORD and not value.islower() and "." not in value
    else:
        is_secret = len(value) >= _LONG_WORD or any(
            char in "0123456789._~+/=" for char in value[:-1]
        )
    return f"{scheme}{space}{MASKED}" if is_secret else match[0]


def _without_aws_key(match: re.Match[str]) -> str:
    """Mask the 40 characters of a secret access key; paths, names and digests are less mixed."""
    text = match[0]
    if not any(char.isdigit() for char in text) or len(_RUNS.findall(text)) < _FEWEST_RUNS:
        return text
    if text.islower() or text.isupper() or _entropy(text) < _LEAST_ENTROPY:
        return text
    return MASKED


def _entropy(text: str) -> float:
    """Return Shannon's entropy of the characters, in bits each."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())
