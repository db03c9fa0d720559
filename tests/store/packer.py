"""A process that packs points until nothing waits, for the tests that kill it or start two.

``packer.py STORE_URL DATA_DIR``: tells ``ready``, then ``step`` after each transaction that
packed, and ``done`` at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlops_lab.core.settings import Settings
from mlops_lab.store.store import Store
from mlops_lab.tracking.packing import pack_points


def main() -> None:
    url, folder = sys.argv[1], Path(sys.argv[2])
    store = Store.open(Settings(folder, url, folder / "artifacts"))

    def tell(word: str) -> None:
        sys.stdout.write(f"{word}\n")
        sys.stdout.flush()

    tell("ready")
    pack_points(store, rest=lambda _: tell("step"))
    tell("done")


if __name__ == "__main__":
    main()
