"""Owns which globals of the notebook a cell takes by calling its functions, and which function does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dis import opmap
from functools import lru_cache, partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from .families import own_values

MAX_FOLLOWED = 500
"""So many functions, classes and containers of them are followed from one cell."""

_MAX_PARTS = 100
_EXTENDED = opmap["EXTENDED_ARG"]
_LOAD_GLOBAL = opmap["LOAD_GLOBAL"]
_LOAD_NAMES = frozenset(
    opmap[name] for name in ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS") if name in opmap
)
_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})


def globals_of_calls(names: list[str], namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the globals that the functions behind ``names`` take, each with who takes it.

    Followed are functions, methods, classes and their instances, partials, decorated functions and
    containers of these, as far as they were made in the notebook itself, through everything that
    they call; libraries are not entered. The way to a name is the first one that is found, breadth
    first, such as ``train()`` or ``Net.forward()``.
    """
    found: dict[str, str] = {}
    known = set(names)
    seen: set[int] = set()
    waiting = [namespace[name] for name in names if name in namespace]
    while waiting and len(seen) < MAX_FOLLOWED:
        value = waiting.pop(0)
        if id(value) in seen:
            continue
        code = _code_of(value, namespace)
        inner = list(_inside(value))
        if code is None and not inner:
            continue
        seen.add(id(value))
        waiting += inner
        for name in global_names(code) if code is not None else ():
            if name in known or name not in namespace:
                continue
            known.add(name)
            found[name] = _shown(code)
            waiting.append(namespace[name])
    return found


def _code_of(value: Any, namespace: Mapping[str, Any]) -> CodeType | None:
    if type(value) is FunctionType and value.__globals__ is namespace:
        return value.__code__
    return None


def _inside(value: Any) -> Iterator[Any]:
    """Yield what may lead on to functions: what a function closes over, a class has, a list holds."""
    kind = type(value)
    if kind is FunctionType:
        yield from _closed_over(value)
    elif kind is MethodType:
        yield value.__func__
    elif kind is partial:
        yield from (value.func, *value.args, *value.keywords.values())
    elif kind is staticmethod or kind is classmethod:
        yield value.__func__
    elif kind is property:
        yield from (part for part in (value.fget, value.fset) if part is not None)
    elif kind in _CONTAINERS:
        parts = value.values() if kind is dict else value
        yield from (part for part in _first(parts) if _leads_on(part))
    elif kind.__module__ == "functools" and kind.__name__ == "_lru_cache_wrapper":
        yield value.__wrapped__
    else:
        yield from _inside_class(value, kind)


def _inside_class(value: Any, kind: type) -> Iterator[Any]:
    """Yield what a class of the notebook, or an instance of one, has that may lead on."""
    if issubclass(kind, type):
        if value.__module__ == "__main__":
            yield from (part for part in list(vars(value).values()) if _leads_on(part))
            yield from value.__mro__[1:-1]
    elif kind.__module__ == "__main__":
        yield kind
        yield from (part for part in _first(own_values(value).values()) if _leads_on(part))


def _closed_over(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:
            continue
        if _leads_on(held):
            yield held


def _leads_on(part: Any) -> bool:
    kind = type(part)
    if kind in {FunctionType, MethodType, partial, staticmethod, classmethod, property}:
        return True
    return issubclass(kind, type) or kind.__module__ in {"__main__", "functools"}


def _first(parts: Any) -> list[Any]:
    return list(parts) if len(parts) <= _MAX_PARTS else []


@lru_cache(maxsize=1_024)
def global_names(code: CodeType) -> tuple[str, ...]:
    """Return the names that the code and the functions inside it load from the globals, in order."""
    names: dict[str, None] = {}
    argument = 0
    instructions = code.co_code
    for at in range(0, len(instructions), 2):
        operation = instructions[at]
        argument = argument << 8 | instructions[at + 1]
        if operation == _EXTENDED:
            continue
        if operation == _LOAD_GLOBAL:
            # The lowest bit says that the name is about to be called.
            names[code.co_names[argument >> 1]] = None
        elif operation in _LOAD_NAMES and argument < len(code.co_names):
            names[code.co_names[argument]] = None
        argument = 0
    for constant in code.co_consts:
        if type(constant) is CodeType:
            names.update(dict.fromkeys(global_names(constant)))
    return tuple(names)


def _shown(code: CodeType | None) -> str:
    name = code.co_qualname.rpartition("<locals>.")[2] if code is not None else ""
    return f"{name.strip('<>')}()"
