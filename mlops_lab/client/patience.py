"""Owns how long a request goes on while the server is away, and the pauses between its tries."""

from __future__ import annotations

import random
import time

_FIRST_WAIT_S = 0.25
_MOST_WAIT_S = 2.0
_MOST_TOLD_S = 10.0


class Patience:
    """The patience of one request: it ends ``seconds`` after the first try that failed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: float | None = None
        self._wait = _FIRST_WAIT_S

    def rest(self, told_s: float = 0.0) -> bool:
        """Wait until the next try, at least as long as the server said; tell whether there is one.

        Pauses grow from a quarter of a second to two, and differ, so that many callers spread.
        """
        now = time.monotonic()
        if self._until is None:
            self._until = now + self._seconds
        if now >= self._until:
            return False
        spread = self._wait * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        wanted = max(min(told_s, _MOST_TOLD_S), spread)
        time.sleep(min(wanted, self._until - now))
        self._wait = min(2 * self._wait, _MOST_WAIT_S)
        return True
