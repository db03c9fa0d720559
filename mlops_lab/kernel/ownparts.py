"""Owns what tells the user's own functions, classes and modules: their code, and all that it takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from mlops_lab.core.secrets import is_secret, mask_text

from .capture.called import global_names
from .valuedigest import digest_value

MAX_PARTS = 500
"""A cell that depends on more functions than this is not told by what it is made of."""

_MAX_PATH_CHARS = 512
_INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
_FOLDERS = tuple(
    os.path.join(one, "")  # noqa: PTH118 - with the separator at its end
    for one in (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]))
)
_NOTEBOOK = "__main__"


class UnknownError(Exception):
    """Something that the cell takes cannot be told apart from others of its kind."""


class OwnParts:
    """Tells the values that a cell takes. ``known`` are the names that are told elsewhere."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._seen: set[int] = set()
        self._has_modules = False

    def of_value(self, name: str, value: Any) -> Iterator[str]:
        """Yield what tells a value: of the user's own functions and classes their code, all the way down.

        Raises:
            UnknownError: it is, or takes, an object whose state cannot be read lightly.
        """
        if id(value) in self._seen:
            return
        if len(self._seen) > MAX_PARTS:
            raise UnknownError
        kind = type(value)
        if issubclass(kind, ModuleType):
            yield f"{name}:module {value.__name__}"
            yield from self._of_modules(value.__name__)
        elif kind is FunctionType or issubclass(kind, type):
            self._seen.add(id(value))
            yield f"{name}:{value.__module__}.{value.__qualname__}"
            if value.__module__ == _NOTEBOOK:
                yield from self._of_class(value) if kind is not FunctionType else self._of(value)
            else:
                yield from self._of_modules(value.__module__)
        elif kind is BuiltinFunctionType:
            yield f"{name}:{value.__module__}.{value.__qualname__}"
        else:
            yield from self._of_data(name, value)

    def _of_data(self, name: str, value: Any) -> Iterator[str]:
        if is_secret(name, value):
            return
        yield from state_of_named(value)
        is_path = issubclass(type(value), PurePath) and type(value).__module__.startswith("pathlib")
        digest = digest_value(str(value) if is_path else value)
        if digest is None:
            raise UnknownError
        yield f"{name}:{digest}"

    def _of(self, function: FunctionType) -> Iterator[str]:
        yield from _of_code(function.__code__)
        for value in function.__defaults__ or ():
            yield from self.of_value("default", value)
        for name, value in sorted((function.__kwdefaults__ or {}).items()):
            yield from self.of_value(name, value)
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            try:
                held = cell.cell_contents
            except ValueError:
                continue
            yield from self.of_value(name, held)
        for name in sorted(global_names(function.__code__)):
            held = function.__globals__.get(name, self)
            if held is not self and name in self._known:
                yield from state_of_named(held)
            elif held is not self:
                yield from self.of_value(name, held)

    def _of_class(self, owner: type) -> Iterator[str]:
        for base in owner.__mro__[1:-1]:
            yield from self.of_value(base.__name__, base)
        for name, member in sorted(vars(owner).items()):
            for part in _inside_member(member):
                if type(part) is FunctionType or issubclass(type(part), type):
                    yield from self.of_value(name, part)
                elif hasattr(type(part), "__get__"):
                    yield f"{name}:{type(part).__qualname__}"
                elif not name.startswith(("__", "_abc_")):
                    yield from self.of_value(name, part)

    def _of_modules(self, name: str) -> Iterator[str]:
        """Yield size and time of the files of all modules of the user, if the named one is such."""
        if self._has_modules or own_file(sys.modules.get(name)) is None:
            return
        self._has_modules = True
        files = {own_file(one) for one in list(sys.modules.values())}
        for file in sorted(file for file in files if file is not None):
            yield from state_of_file(file)


def state_of_named(value: Any) -> Iterator[str]:
    """Yield size and time of the file whose path ``value`` is, if it is a text or path of one."""
    kind = type(value)
    if kind is str or (issubclass(kind, PurePath) and kind.__module__.startswith("pathlib")):
        yield from state_of_file(str(value))


def state_of_file(text: str) -> Iterator[str]:
    """Yield size and time of the file that a text names, if any: another content has another time."""
    if not 0 < len(text) <= _MAX_PATH_CHARS or "\n" in text or "\0" in text:
        return
    try:
        if os.path.isfile(text):  # noqa: PTH113 - a text that may be anything
            state = os.stat(text)  # noqa: PTH116
            yield f"{text}:{state.st_size}:{state.st_mtime_ns}"
    except (OSError, ValueError):
        return


def _inside_member(member: Any) -> tuple[Any, ...]:
    """Return the functions in what stands in the body of a class, or the member itself."""
    kind = type(member)
    if kind is staticmethod or kind is classmethod:
        return (member.__func__,)
    if kind is property:
        return tuple(one for one in (member.fget, member.fset) if one is not None)
    return (member.func,) if kind is cached_property else (member,)


def own_file(module: Any) -> str | None:
    """Return the source of a module that no one installed, None for any other."""
    if type(module) is not ModuleType or module.__name__ == _NOTEBOOK:
        return None
    held: Mapping[str, Any] = vars(module)
    file = held.get("__file__")
    if type(file) is not str or not file.endswith(".py"):
        return None
    return None if file.startswith(_FOLDERS) or any(one in file for one in _INSTALLED) else file


def _of_code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
        else:
            yield mask_text(repr(constant))
            if type(constant) is str:
                yield from state_of_file(constant)
