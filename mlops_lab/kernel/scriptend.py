"""Owns how a script left: Python tells nobody of ``sys.exit``, but the last instruction stays known."""

from __future__ import annotations

import ast
import builtins
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from .capture.literals import literal_value

_EXITS = frozenset({"exit", "quit", "SystemExit"})


@cache
def script_frame() -> FrameType | None:
    """Return the frame of the script that this process runs, as the first call found it.

    It holds the names of the main module only, which live as long as the process anyway.
    """
    names = vars(sys.modules["__main__"])
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - no other way
    while frame is not None:
        if frame.f_globals is names and frame.f_code.co_name == "<module>":
            return frame
        frame = frame.f_back
    return None


def exit_of_script() -> SystemExit | None:
    """Return the exit by which the script itself left; call it while the process ends.

    Known is what stands at the top of the script, such as ``sys.exit(4)``, ``sys.exit(code)`` or
    ``raise SystemExit("text")``. None comes back where the script ran to its end, and where the
    code was computed inside a call (``sys.exit(main())``), which is nowhere to be found.
    """
    frame = script_frame()
    if frame is None or frame.f_lasti < 0:
        return None
    with suppress(Exception):  # a script that cannot be read anew has left in no known way
        node = _last_node(frame)
        call = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(call, ast.Call) and _is_exit(call.func, frame.f_globals):
            return SystemExit(*[_argument(one, frame.f_globals) for one in call.args])
    return None


def _last_node(frame: FrameType) -> ast.AST | None:
    """Return the call or ``raise`` of the script that was executed last."""
    place = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    tree = ast.parse(Path(frame.f_code.co_filename).read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.Raise):
            ends = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
            if ends == place:
                return node
    return None


def _is_exit(called: ast.expr, names: dict[str, Any]) -> bool:
    match called:
        case ast.Attribute(value=ast.Name(id=module), attr="exit"):
            return names.get(module) is sys
        case ast.Name(id=name):
            held = names.get(name, vars(builtins).get(name))
            return held is sys.exit or (name in _EXITS and held is vars(builtins).get(name))
        case _:
            return False


def _argument(node: ast.expr, names: dict[str, Any]) -> Any:
    return names[node.id] if isinstance(node, ast.Name) else literal_value(node)
