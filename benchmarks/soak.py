"""Tries to lose or double what kernels log, and prints a tally: ``benchmarks/soak.py [SCENARIO...]``.

Every kernel writes down, beside the store, how many calls have returned. A scenario is good when the
store holds each of those points once, whatever was killed, slow or full meanwhile.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from live import LiveLab
from writers import SETTLE_S, Tally, ask, memory_mb, noted, settle, start, wait, watch


def rate(seconds: float) -> Tally:
    """One kernel logs as fast as it can."""
    with LiveLab() as live:
        writers = start(live, 1, seconds=seconds)
        peak, disk = watch(live, writers, seconds=seconds)
        tally = settle(live, writers, "as fast as possible")
    note = f"{tally.logged / seconds:,.0f} points/s; kernel {peak:,.0f} MB, spool {disk:,.0f} MB"
    return noted(tally, f"{note} at most")


def eight_kernels(seconds: float) -> Tally:
    """Eight kernels at once; half of them are killed with -9 while they log."""
    with LiveLab() as live:
        writers = start(live, 8, seconds=seconds, pause=0.01)
        time.sleep(seconds / 2)
        for writer in writers[::2]:
            os.kill(writer.kernel.pid, signal.SIGKILL)
        time.sleep(seconds / 2)
        return noted(settle(live, writers, "eight kernels"), "4 of 8 kernels killed -9")


def flapping_server(seconds: float) -> Tally:
    """The server is killed with -9 and started again while three kernels log."""
    kills = 0
    with LiveLab() as live:
        writers = start(live, 3, seconds=seconds, pause=0.005)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(random.uniform(0.5, 2.0))  # noqa: S311 - of the moment, not of a secret
            live.kill_server()
            kills += 1
            time.sleep(random.uniform(0.0, 1.0))  # noqa: S311
            live.start_server()
        return noted(settle(live, writers, "flapping server"), f"{kills} times killed -9")


def suspended(seconds: float) -> Tally:
    """Kernel and server are stopped and continued, as by a laptop that is closed."""
    with LiveLab() as live:
        writers = start(live, 2, seconds=seconds, pause=0.002)
        pids = [writer.kernel.pid for writer in writers]
        assert live.process is not None
        for _ in range(3):
            time.sleep(seconds / 6)
            for pid in [*pids, live.process.pid]:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(1.0)
            for pid in [live.process.pid, *pids]:
                os.kill(pid, signal.SIGCONT)
        return noted(settle(live, writers, "suspended"), "3 times for 1 s")


def full_disk(seconds: float) -> Tally:
    """The disk of the spool is full for a while (a small file system of its own)."""
    with LiveLab() as live:
        spool = live.data_dir / "spool"
        spool.mkdir(parents=True, exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(spool)]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            return Tally("full disk", 0, 0, 0, 0, "not run: a file system cannot be mounted here")
        try:
            filler = spool / "filler"
            writers = start(live, 1, seconds=seconds, pause=0.01)
            time.sleep(seconds / 4)
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            time.sleep(seconds / 4)
            filler.unlink()
            return noted(settle(live, writers, "full disk"), f"full for {seconds / 4:.0f} s")
        finally:
            live.stop_server()
            subprocess.run(["umount", "-l", str(spool)], check=False)


def out_of_memory(seconds: float) -> Tally:
    """A kernel is ended by the limit of its memory, as the system's killer does it."""
    with LiveLab() as live:
        writers = start(live, 1, seconds=seconds, pause=0.005)
        kernel = writers[0].kernel
        group = Path("/sys/fs/cgroup") / f"mlops-lab-soak-{os.getpid()}"
        how = "memory limit of a control group"
        try:
            group.mkdir()
            (group / "memory.max").write_text("1")
            (group / "cgroup.procs").write_text(str(kernel.pid))
        except OSError:
            how = "no control group may be made here: kill -9 instead"
            time.sleep(seconds / 2)
            os.kill(kernel.pid, signal.SIGKILL)
        time.sleep(seconds / 2)
        with suppress(ProcessLookupError):
            os.kill(kernel.pid, signal.SIGKILL)
        with suppress(OSError):
            group.rmdir()
        return noted(settle(live, writers, "out of memory"), how)


def slow_network(seconds: float) -> Tally:
    """Every packet to the server takes 0.2 s and connections break; then the network is well again.

    More is logged than such a network carries: what waits in the spool until then must arrive.
    """
    with LiveLab() as live:
        proxy = SlowProxy(live.port)
        writers = start(live, 1, seconds=seconds, pause=0.005, port=proxy.port)
        time.sleep(2 * seconds)
        early = ask(live, "SELECT sum(count) FROM series")
        proxy.heal()
        tally = settle(live, writers, "slow network", limit=SETTLE_S + seconds)
        proxy.close()
        slow = f"0.2 s a packet, {proxy.broken} connections broken"
        return noted(tally, f"{slow}; {early:,} points had arrived before it was mended")


def many_names(_seconds: float) -> Tally:
    """One run logs 100,000 metrics of different names."""
    names = 100_000
    with LiveLab() as live:
        kernel = live.start_kernel()
        kernel.run("%load_ext mlops_lab")
        cell = f"%%track names --no all\nfor n in range({names}):\n    lab.log_metric(f'm{{n}}', n)"
        began = time.monotonic()
        kernel.run(cell, timeout=600)
        took = time.monotonic() - began
        stored = wait(partial(ask, live, "SELECT count(*) FROM series"), names)
        memory = memory_mb(kernel.pid)
    note = f"{took:.1f} s in the cell; kernel {memory:,.0f} MB"
    return Tally("100,000 names", names, stored, 0, names - stored, note)


SCENARIOS: dict[str, Callable[[float], Tally]] = {
    "rate": rate,
    "names": many_names,
    "kernels": eight_kernels,
    "flapping": flapping_server,
    "slow": slow_network,
    "suspended": suspended,
    "full-disk": full_disk,
    "memory": out_of_memory,
}


class SlowProxy:
    """A port of its own before the server: slow, and breaking connections every few seconds."""

    def __init__(self, target: int) -> None:
        self.broken = 0
        self._is_well = False
        self._target = target
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def heal(self) -> None:
        """Pass everything on at once from now on, and break nothing."""
        self._is_well = True

    def close(self) -> None:
        self._closed = True
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while not self._closed:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                until = time.monotonic() + 3.0
                for one, other in ((near, far), (far, near)):
                    threading.Thread(
                        target=self._pass, args=(one, other, until), daemon=True
                    ).start()

    def _pass(self, source: socket.socket, to: socket.socket, until: float) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if not self._is_well:
                    time.sleep(0.2)
                    if time.monotonic() > until:
                        self.broken += 1
                        break
                to.sendall(data)
        for end in (source, to):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/soak.py", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--seconds", type=float, default=60.0, help="of each; 60 if not given")
    given = parser.parse_args()
    unknown = [name for name in given.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]!r}; there are {', '.join(SCENARIOS)}")
    if shutil.disk_usage("/").free < 2e9:
        parser.error("less than 2 GB of disk are free")
    width = max(map(len, SCENARIOS)) + 14
    print(f"{'scenario':{width}} {'logged':>12} {'stored':>12} {'doubled':>8} {'missing':>8}  note")
    good = True
    for name in given.scenarios or SCENARIOS:
        tally = SCENARIOS[name](given.seconds)
        good = good and tally.good
        row = f"{tally.scenario:{width}} {tally.logged:12,} {tally.stored:12,}"
        print(f"{row} {tally.doubled:8,} {tally.missing:8,}  {tally.note}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
