"""Owns a process that delivers batches to servers for as long as its input is open.

Arguments: the file to note acknowledged records in, the number of the writer, the servers' addresses.
Each batch goes to one server after the other until one takes it, and sometimes to a second one too.
"""

from __future__ import annotations

import json
import os
import random
import select
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from mlops_lab.core.ids import new_id

TOKEN = "live-test"
POINTS = 20
GIVE_UP_S = 120


def deliver(address: str, batch: dict[str, object], path: str) -> int | None:
    """Return up to which record the server has the spool; None when it did not take the batch."""
    request = urllib.request.Request(  # noqa: S310 - an address of the test
        f"{address}/mlops-lab/api/{path}",
        data=json.dumps(batch).encode(),
        headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return int(json.loads(answer.read())["seq"])
    except urllib.error.HTTPError as error:
        # Anything but "not now" is a fault: of the batch, or of the server.
        if error.code not in (503, 429):
            sys.stderr.write(f"{error.code}: {error.read()[:500]!r}\n")
            sys.exit(3)
    except OSError:
        pass
    except (ValueError, KeyError, EOFError):
        # The server died in the middle of its answer.
        pass
    return None


def main() -> None:
    journal, number, addresses = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    chance = random.Random(number)  # noqa: S311 - which server comes next is no secret
    spool, run, seq, step = new_id(), new_id(), 0, 0
    header = {
        "spool_id": spool,
        "host": "elsewhere",
        "pid": os.getpid(),
        "process_started_at": psutil.Process().create_time(),
    }
    path = f"spools/{spool}/batches"
    is_last = False
    with journal.open("w") as notes:
        while not is_last:
            is_last = bool(select.select([sys.stdin], [], [], 0)[0])
            records: list[list[object]] = []
            if seq == 0:
                about = [f"writer {number}", "load", "notebook", "ada", 1, None, None, None, None]
                records.append(["run", seq + 1, run, *about, "loss", None])
            for _ in range(POINTS):
                records.append(["metric", seq + len(records) + 1, run, "loss", step / 7, step, 1])
                step += 1
            seq += len(records)
            if is_last:
                seq += 1
                records.append(["end", seq, run, "finished", 2, 1, "loss", None])
            batch = {"spool": header, "records": records}
            deadline = time.monotonic() + GIVE_UP_S
            while deliver(chance.choice(addresses), batch, path) is None:
                if time.monotonic() > deadline:
                    sys.stderr.write(f"batch up to {seq} was never taken\n")
                    sys.exit(4)
                time.sleep(0.05)
            notes.write(f"{run} {step}\n")
            notes.flush()
            if chance.random() < 0.1:
                # As a client does that never saw the answer.
                deliver(chance.choice(addresses), batch, path)


if __name__ == "__main__":
    main()
