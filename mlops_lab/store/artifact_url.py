"""Owns the URL of a place of artifacts: what it may be, and how it is shown without its secrets."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from mlops_lab.core.errors import InvalidInputError

CLOUD_SCHEMES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "azure"})
"""Schemes of object stores, served by obstore."""

_REFUSED = {
    "memory": "what is in memory ends with the process, and no other process sees it",
    "http": "a web address cannot be written to",
    "https": "a web address cannot be written to; name a bucket as s3://BUCKET/PREFIX",
    "data": "it is no place that can be written to",
}
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_HINT = (
    "Use a folder, file:///FOLDER, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX."
)


class ArtifactUrl(msgspec.Struct, frozen=True):
    """A place that is not a folder of this machine. ``text`` may hold a secret: never show it."""

    scheme: str
    text: str

    @property
    def shown(self) -> str:
        """The URL without user, password and what follows a question mark."""
        parts = urlsplit(self.text)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def parse_artifact_url(text: str) -> Path | ArtifactUrl:
    """Return the folder that ``text`` names, or the place elsewhere.

    Raises:
        InvalidInputError: it is neither, or a place that cannot hold artifacts.
    """
    found = _SCHEME.match(text)
    if found is None or _DRIVE.match(text):
        return _folder(text)
    scheme = found["scheme"].lower()
    if scheme == "file":
        return _folder_of_file(text)
    if scheme in _REFUSED:
        raise InvalidInputError(
            f"Artifacts cannot be kept at a {scheme}:// address: {_REFUSED[scheme]}.", hint=_HINT
        )
    try:
        parts = urlsplit(text)
    except ValueError:
        raise InvalidInputError(f"The {scheme}:// address is no URL.", hint=_HINT) from None
    if not parts.netloc:
        raise InvalidInputError(f"The {scheme}:// address names no bucket or host.", hint=_HINT)
    if any(part in {".", ".."} for part in unquote(parts.path).split("/")):
        raise InvalidInputError(
            f"The {scheme}:// address has a part . or .. in its path.", hint="Give it whole."
        )
    return ArtifactUrl(scheme, text.rstrip("/"))


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise InvalidInputError(
            f"The place of artifacts {text!r} is neither a URL nor a whole path.", hint=_HINT
        )
    return path


def _folder_of_file(text: str) -> Path:
    parts = urlsplit(text)
    if parts.netloc not in {"", "localhost"}:
        raise InvalidInputError(
            f"The file:// address names the host {parts.netloc!r}; it must be of this machine.",
            hint="Write file:///FOLDER with three slashes.",
        )
    path = unquote(parts.path)
    return _folder(path[1:] if _DRIVE.match(path[1:]) else path)
