"""Measures fingerprints and profiles of tables, beside peers and the bare hash over the same bytes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from time import process_time
from typing import Any

from report import Row, median

ROWS, COLUMNS = 1_000_000, 48
PROFILED = 100
MIN_NUMBERS, MIN_TEXTS = 1.0, 0.15
"""GB/s that the fingerprint reaches at least, on one core."""
MAX_PROFILE_S, MAX_PROFILE_MB = 4.0, 300.0


def measure(repeats: int) -> list[Row]:
    import numpy as np
    import pandas as pd

    numbers = np.random.default_rng(0).normal(size=(ROWS, COLUMNS))
    frame = pd.DataFrame({f"c{n}": numbers[:, n].copy() for n in range(COLUMNS)})
    del numbers
    words = [f"customer-{n % 99_991}-{n * 7_919 % 1_000_003}" for n in range(ROWS)]
    texts = pd.DataFrame({"text": words})
    objects = texts.astype(object)
    size = sum(map(len, words))
    rounds = min(repeats, 5)
    return [
        *_rows("48 columns of numbers", frame, frame.to_numpy().nbytes, MIN_NUMBERS, rounds),
        *_rows("1M texts, arrow", texts, size, MIN_TEXTS, rounds),
        *_rows("1M texts, objects", objects, size, MIN_TEXTS, rounds),
        *_profile(),
    ]


def _rows(name: str, frame: Any, size: int, least: float, repeats: int) -> list[Row]:
    import joblib
    import pandas as pd

    from mlops_lab.stats.fingerprint import fingerprint

    ways: dict[str, Callable[[Any], object]] = {
        "ours": fingerprint,
        "floor": _bare_hash,
        "pandas": lambda table: pd.util.hash_pandas_object(table).sum(),
        "joblib": joblib.hash,
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        # One way after the other in each round: the machine's moods fall on all alike.
        for way, call in ways.items():
            started = process_time()
            call(frame)
            taken[way].append(process_time() - started)
    seconds = {way: median(found) for way, found in taken.items()}
    rate = size / seconds["ours"] / 1e9
    note = f"CPU time; {rate:.2f} GB/s a core, at least {least}"
    return [
        Row(
            f"fingerprint of {name} / {other}",
            1e3 * seconds["ours"],
            1e3 * seconds[other],
            "ms",
            seconds["ours"] / seconds[other],
            None if other == "floor" else 1.0,
            note=note,
            also=rate >= least,
        )
        for other in ("floor", "pandas", "joblib")
    ]


def _bare_hash(frame: Any) -> str:
    """Hash the bytes of a frame once, which is all that a digest without rows and types would take."""
    import xxhash

    digest = xxhash.xxh3_128()
    for name in frame:
        values = frame[name].to_numpy()
        digest.update("".join(values).encode() if values.dtype == object else values)
    return digest.hexdigest()


def _profile() -> list[Row]:
    import numpy as np
    import pandas as pd

    from mlops_lab.stats.fingerprint import Fingerprinter
    from mlops_lab.stats.tables import open_table
    from mlops_lab.stats.versions import describe_columns

    rng = np.random.default_rng(0)
    table = open_table(pd.DataFrame({f"c{n}": rng.normal(size=ROWS) for n in range(PROFILED)}))
    assert table is not None
    reader = Fingerprinter(table)
    started = process_time()
    reader.advance()
    read = process_time() - started
    describe_columns(table, reader.finish())
    taken = process_time() - started
    grown = _peak_mb(table)
    note = f"CPU time; fingerprint {read:.2f} s of it; memory grows by {grown:.0f} MB, at most 300"
    is_small = grown <= MAX_PROFILE_MB
    name = "fingerprint and profile of 100 columns x 1M / the limit"
    ratio = taken / MAX_PROFILE_S
    return [Row(name, taken, MAX_PROFILE_S, "s", ratio, 1.0, note=note, also=is_small)]


def _peak_mb(table: Any) -> float:
    """Return the most memory that fingerprint and profile hold at a time, beyond the data."""
    from mlops_lab.stats.fingerprint import Fingerprinter
    from mlops_lab.stats.versions import describe_columns

    tracemalloc.start()
    reader = Fingerprinter(table)
    reader.advance()
    describe_columns(table, reader.finish())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6
