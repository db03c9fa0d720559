"""Owns where records go: which folder and which server, made when the first record comes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lab.core.kernelenv import KERNEL_TOKEN, SERVER_URL, SPOOL_DIR
from mlops_lab.core.refuge import is_private, refuge_of
from mlops_lab.core.secretvalues import SecretValues
from mlops_lab.core.settings import DATA_DIR, Settings, make_settings

from .display import alarm, warn
from .spool import MAX_SPOOL_BYTES, Spool

if TYPE_CHECKING:
    from .shipper import Shipper

SPOOL_BYTES = "MLOPS_LAB_SPOOL_BYTES"
"""Environment variable: most bytes that may wait in the spool folder."""

_LOOK_S = 0.02


def find_spool_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the spool: the one inherited, or that of the user's own store.

    Where that cannot be written it is the refuge, which is swept with it.
    """
    wanted = _wanted_spool_dir(environ)
    return wanted if _can_be_written(wanted) else make_refuge(wanted) or wanted


def _wanted_spool_dir(environ: Mapping[str, str]) -> Path:
    inherited = environ.get(SPOOL_DIR)
    return Path(inherited) if inherited else find_settings(environ).spool_dir


def make_refuge(spool_dir: Path) -> Path | None:
    """Return the refuge of a spool folder, made if need be; None where there is none to trust."""
    refuge = refuge_of(spool_dir)
    try:
        refuge.parent.mkdir(mode=0o700, exist_ok=True)
        refuge.mkdir(mode=0o700, exist_ok=True)
        is_ours = is_private(refuge.parent.lstat()) and is_private(refuge.lstat())
    except OSError:
        return None
    return refuge if is_ours and _can_be_written(refuge) else None


def _can_be_written(folder: Path) -> bool:
    """Tell whether there can be files in a folder, which need not exist; a full disk is no reason."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def find_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of the user's own store, as far as the environment tells them."""
    if environ.get(DATA_DIR):
        return make_settings(jupyter_data_dir=Path(), environ=environ)
    from jupyter_core.paths import jupyter_data_dir

    return make_settings(jupyter_data_dir=Path(jupyter_data_dir()), environ=environ)


def spool_limit(environ: Mapping[str, str] = os.environ) -> int:
    """Return how many bytes may wait in the spool folder; a limit that is no number is told of."""
    written = environ.get(SPOOL_BYTES, "")
    if not written:
        return MAX_SPOOL_BYTES
    with suppress(ValueError):
        limit = int(written)
        if limit > 0:
            return limit
    warn(f"{SPOOL_BYTES} is {written!r}, not a number of bytes; {MAX_SPOOL_BYTES:,} is taken.")
    return MAX_SPOOL_BYTES


class Delivery:
    """The spool of this process and, where the environment names a server, its shipper."""

    def __init__(
        self, environ: Mapping[str, str] = os.environ, *, secrets: SecretValues | None = None
    ) -> None:
        self._environ = environ
        self._secrets = secrets
        self._limit = spool_limit(environ)
        folder, wanted = find_spool_dir(environ), _wanted_spool_dir(environ)
        if folder != wanted:
            warn(
                f"The spool {wanted} cannot be written; records wait in {folder} "
                "until JupyterLab or `mlops-lab sync` takes them."
            )
        self.spool = Spool(
            folder,
            warn=warn,
            delivers=self.has_server,
            limit=self._limit,
            secrets=secrets,
        )
        self.shipper: Shipper | None = None

    @property
    def has_server(self) -> bool:
        """Whether the environment names a server."""
        return bool(self._environ.get(SERVER_URL) and self._environ.get(KERNEL_TOKEN))

    def wake(self, *, busy: bool) -> None:
        """Have the records delivered now; ``busy`` says whether more will come."""
        if not self.has_server:
            return
        if self.shipper is not None and self.shipper.is_lost and not busy:
            # The old files stay for the sweep; what comes next has a spool that can be stored.
            self.spool.close(acknowledged_seq=self.shipper.acknowledged_seq)
            self.spool = Spool(
                self.spool.folder, warn=warn, limit=self._limit, secrets=self._secrets
            )
            self.shipper = None
            return
        if self.shipper is None:
            # The modules of HTTP are loaded only where there is a server.
            from .client import DeliveryClient
            from .shipper import Shipper

            client = DeliveryClient(self._environ[SERVER_URL], self._environ[KERNEL_TOKEN])
            self.shipper = Shipper(self.spool, client)
            self.shipper.start()
        self.shipper.wake(busy=busy)

    def flush(self, *, timeout: float) -> None:
        """Wait until everything is delivered, for at most ``timeout`` seconds."""
        self.wake(busy=True)
        deadline = time.monotonic() + timeout
        shipper = self.shipper
        while shipper is not None and time.monotonic() < deadline:
            done = shipper.acknowledged_seq >= self.spool.last_seq
            if done or shipper.is_lost or shipper.reachable is False:
                return
            time.sleep(_LOOK_S)
            shipper.wake(busy=True)

    def for_child(self) -> Delivery:
        """Return the delivery of a forked child: a new spool in the same folder, and no server.

        Its records are taken from the file, by whoever sweeps the folder.
        """
        self.spool.leave_to_parent()
        environ = {SPOOL_DIR: str(self.spool.folder), SPOOL_BYTES: str(self._limit)}
        return Delivery(environ, secrets=self._secrets)

    def close(self) -> None:
        """Deliver what can be delivered in a short time, and close the files."""
        acknowledged = 0
        if self.shipper is not None:
            self.shipper.stop()
            acknowledged = self.shipper.acknowledged_seq
        self.spool.close(acknowledged_seq=acknowledged)
        if self.spool.held:
            self._save_held(acknowledged)

    def _save_held(self, acknowledged: int) -> None:
        """Write the last records elsewhere when their folder could not be written until the end."""
        folder, count = self.spool.folder, len(self.spool.held)
        refuge = make_refuge(folder)
        if refuge is not None and refuge != folder:
            self.spool.folder = refuge
            self.spool.close(acknowledged_seq=acknowledged)
        if not self.spool.held:
            warn(
                f"{count:,} records wait in {refuge} until JupyterLab or `mlops-lab sync` takes them."
            )
            return
        alarm(
            f"{len(self.spool.held):,} records are lost: the spool {folder} could not "
            f"be written until the end. The variable {SPOOL_DIR} names another folder."
        )
