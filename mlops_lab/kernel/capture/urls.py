"""Owns how an address is written without what lets its reader in."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

_LOGIN_SCHEMES = frozenset({"ssh", "git+ssh", "ssh+git"})


def without_credentials(url: str) -> str:
    """Return ``url`` without user, password and query; of SSH the user stays, for it is no secret.

    An address of the form ``user@host:path`` holds no secret and comes back as it is.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not parts.scheme or "://" not in url:
        return url
    login, at, place = parts.netloc.rpartition("@")
    if at and parts.scheme.lower() in _LOGIN_SCHEMES:
        place = f"{login.partition(':')[0]}@{place}"
    return urlunsplit((parts.scheme, place, parts.path, "", parts.fragment))
