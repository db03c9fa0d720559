"""Owns the open services of one server: opened when first needed, again after the store failed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops_lab.core.errors import (
    BytesUnavailableError,
    CollisionError,
    LabError,
    StoreUnavailableError,
)
from mlops_lab.core.settings import Settings

if TYPE_CHECKING:
    from mlops_lab.lab import Lab


class LabAccess:
    """Gives every thread the same ``Lab``. Opening may take a second: never ask in the event loop."""

    def __init__(self, settings: Settings, *, log: logging.Logger) -> None:
        self._settings = settings
        self._log = log
        self._lock = threading.Lock()
        self._lab: Lab | None = None
        self._told: list[Callable[[Lab], None]] = []
        self._complaint = ""
        self._closed = False

    def get(self) -> Lab:
        """Return the services; each call tries again while the store cannot be opened.

        Raises:
            LabError: the store cannot be opened, with what to do about it.
        """
        with self._lock:
            if self._lab is None:
                self._lab = self._open()
            return self._lab

    @contextmanager
    def use(self) -> Iterator[Lab]:
        """Lend the services for one request; after a fault of the store the next opens it anew.

        Raises:
            LabError: the store cannot be opened, with what to do about it.
        """
        lab = self.get()
        try:
            yield lab
        except (BytesUnavailableError, CollisionError):
            # Nothing is wrong with the database: a file is, or another writer was first.
            raise
        except StoreUnavailableError:
            self.forget(lab)
            raise

    def holds(self, lab: Lab) -> bool:
        """Tell whether ``lab`` is still the one that others get."""
        return self._lab is lab

    def forget(self, failed: Lab) -> None:
        """Close ``failed``, so that the next call opens the store anew."""
        with self._lock:
            if self._lab is not failed:
                return
            self._lab = None
        failed.close()

    def on_open(self, told: Callable[[Lab], None]) -> None:
        """Have ``told`` called with each ``Lab`` that is opened from now on."""
        self._told.append(told)

    def close(self) -> None:
        """Close the services for good."""
        with self._lock:
            lab, self._lab, self._closed = self._lab, None, True
        if lab is not None:
            lab.close()

    def _open(self) -> Lab:
        # SQLAlchemy costs half a second of start-up; it is imported in the thread that needs it.
        from mlops_lab.lab import Lab

        if self._closed:
            raise LabError("The server is stopping.")
        try:
            lab = Lab.open(self._settings)
        except LabError as error:
            if str(error) != self._complaint:
                self._log.error("MLOps Lab cannot open its store. %s", error)
            self._complaint = str(error)
            raise
        if self._complaint:
            self._log.info("MLOps Lab has opened its store at %s.", lab.store.url)
        self._complaint = ""
        for told in self._told:
            told(lab)
        return lab
