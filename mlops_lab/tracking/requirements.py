"""Owns the text that ``uv`` and ``pip`` can install the packages of a run from: a pure function."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from mlops_lab.core.facets import Environment, Package

from .entries import canonical_package

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9.!+_-]+")
# Where conda built a package: the folder is nowhere, but the version is that of the index.
_CONDA = re.compile(r"/(?:conda-bld|croot|feedstock_root|home/conda)/|/ci(?:_\w+)?/")
_LOCAL = ("file", "")


def requirements_of(environment: Environment) -> str:
    """Return one line a package: pinned, or from its address, without credentials.

    What another machine cannot install (editable, local, or without a version) is a comment.
    """
    python = f"# Python {_plain(environment.python)} ({_plain(environment.implementation)})"
    lines = [f"{python} on {_plain(environment.platform)}, {_plain(environment.machine)}"]
    packages = {canonical_package(package.name): package for package in environment.packages}
    lines.extend(_line(name, package) for name, package in sorted(packages.items()))
    return "\n".join(lines) + "\n"


def _line(name: str, package: Package) -> str:
    version = package.version if _VERSION.fullmatch(package.version) else ""
    if _NAME.fullmatch(name) is None or not version:
        return (
            f"# {_plain(package.name)}=={_plain(package.version)} (cannot be named to an installer)"
        )
    source = _without_credentials(package.source) if package.source else ""
    scheme = urlsplit(source.partition("+")[2] or source).scheme if source else ""
    if source.startswith("file:") and not package.editable and _CONDA.search(source):
        return f"{name}=={version}"
    if package.editable or (source and scheme in _LOCAL):
        kind = "editable" if package.editable else "local"
        return f"# {name}=={version} ({kind}: {_plain(source) or 'from its folder'})"
    return f"{name} @ {source}" if source else f"{name}=={version}"


def _without_credentials(source: str) -> str:
    prefix, plus, rest = source.partition("+")
    if not plus or "/" in prefix or ":" in prefix:
        prefix, plus, rest = "", "", source
    parts = urlsplit(rest.strip())
    user, _, host = parts.netloc.rpartition("@")
    if parts.scheme == "ssh" and user and ":" not in user:
        host = f"{user}@{host}"
    return prefix + plus + urlunsplit((parts.scheme, host, parts.path, "", parts.fragment))


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
