"""Owns which opened files are data of the user: those below the working tree that no tool put there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NOT_DATA = frozenset(
    {"site-packages", "dist-packages", "__pycache__", "node_modules", ".ipynb_checkpoints"}
    | {".git", ".hg", ".svn", ".jj"}
)
_SYSTEM = ("/proc", "/sys", "/dev", "/run")


class WorkTree:
    """A working folder and the repository around it, with what in it belongs to others."""

    def __init__(self, folder: Path, *, others: tuple[Path, ...] = ()) -> None:
        self.folder = _real(str(folder))
        self.root = _repository(self.folder) or self.folder
        home = _real(str(Path.home()))
        prefixes = {_real(one) for one in (sys.prefix, sys.base_prefix, *map(str, others))}
        self._others = tuple(
            one + os.sep for one in prefixes if one != self.root and _is_below(one, self.root)
        )
        self._home = home if self.root in {home, _parent(home), os.sep} else None
        self._modules: frozenset[str] | None = None

    def own_path(self, path: str) -> str | None:
        """Return the path relative to the working folder, None for a file that is no data of the user."""
        real = _real(path)
        if not _is_below(real, self.root) or real.startswith((*self._others, *_SYSTEM)):
            return None
        below = Path(os.path.relpath(real, self.root)).parts
        if not _NOT_DATA.isdisjoint(below) or real.endswith((".pyc", ".pyo")):
            return None
        if self._home is not None and _is_below(real, self._home):
            first = Path(os.path.relpath(real, self._home)).parts
            if len(first) > 1 and first[0].startswith("."):
                return None
        if real.endswith(".py") and real in self._module_files():
            return None
        return os.path.relpath(real, self.folder)

    def _module_files(self) -> frozenset[str]:
        if self._modules is None:
            files = (getattr(one, "__file__", None) for one in list(sys.modules.values()))
            self._modules = frozenset(_real(one) for one in files if type(one) is str)
        return self._modules


def _real(path: str) -> str:
    return os.path.realpath(path)


def _parent(path: str) -> str:
    return str(Path(path).parent)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _repository(folder: str) -> str | None:
    """Return the folder of the repository around ``folder``; that of a whole home does not count."""
    home = _real(str(Path.home()))
    for one in (Path(folder), *Path(folder).parents):
        if str(one) == home:
            return None
        if (one / ".git").exists():
            return str(one)
    return None
