"""Owns which lone calls, such as ``np.random.seed(1)``, may change what their first name holds.

A cell that only called something must not count as one that made what a later run depends on, and
one that may have changed it must. So there is a rule for each kind of thing that is called:

- What records, as this package does, changes nothing that a result is made of.
- A module that somebody installed keeps state in few places: seeds and generators of random
  numbers, settings, what is registered. Such calls count by their words; drawing, saving and
  printing do not.
- A module of the user's own may keep anything, and so may an object, inside a module or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

_RECORDERS = frozenset({"mlops_lab", "mlflow"})
_SETTING = re.compile(
    r"^(set|reset|rcdefaults|chdir|putenv|reload)"
    r"|^(rc|use|init|install|patch|apply|enable|disable|register|unregister)(?![a-z])"
    r"|seed|filter|config|option|enabled|dotenv|[^_]_$"
)
"""What the last name of a call says when it changes the state of an installed module."""

_MISSING = object()


def may_change(path: Sequence[str], namespace: Mapping[str, Any]) -> bool:
    """Tell whether a lone call may have changed what the first name of its path holds.

    Args:
        path: the names of the call, such as ``["np", "random", "seed"]``.
        namespace: what the names of the notebook hold.
    """
    held = namespace.get(path[0], _MISSING)
    for part in path[1:-1]:
        if not issubclass(type(held), ModuleType):
            break
        # Not getattr: a module may import much when it is asked for a name.
        held = vars(held).get(part, _MISSING)
    if not issubclass(type(held), ModuleType):
        return type(held).__module__.partition(".")[0] not in _RECORDERS
    name = str(vars(held).get("__name__", ""))
    if name.partition(".")[0] in _RECORDERS:
        return False
    if name.rpartition(".")[2] == "random" or _SETTING.search(path[-1].lower()):
        return True
    from .ownparts import own_file

    return own_file(held) is not None
