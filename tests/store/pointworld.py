"""A series of a store beside a plain list of the same points, for the tests of points."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from mlops_lab.core.ids import new_id
from mlops_lab.store import metrics, pointpacking, tracking
from mlops_lab.store.lifecycle import EndRow, end_runs
from mlops_lab.store.metrics import NewPoints, Row, SeriesRow
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store

STARTED_AT = 1_700_000_000_000
SPECIAL = [math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, -1.7976931348623157e308, 0.1]


@dataclass
class Series:
    """One metric of a run of its own, and every point that was added to it."""

    store: Store
    name: str = "loss"
    run_id: str = field(default_factory=new_id)
    points: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        row = tracking.RunRow(
            id=self.run_id,
            name="train",
            experiment="flights",
            source="notebook",
            user="ada",
            started_at=STARTED_AT,
        )
        with self.store.write() as tx:
            tracking.add_runs(tx, [row], now=STARTED_AT)
            self.key_id = key_ids(tx, [self.name])[self.name]

    def add(self, rows: list[Row]) -> None:
        """Append points in one transaction."""
        new = NewPoints(
            [step for step, _, _ in rows],
            [time for _, time, _ in rows],
            [value for _, _, value in rows],
        )
        with self.store.write() as tx:
            metrics.add_points(tx, {(self.run_id, self.key_id): new})
        self.points += rows

    def end(self) -> None:
        """End the run."""
        end = EndRow(self.run_id, "finished", STARTED_AT + 5_000, 5_000)
        with self.store.write() as tx:
            end_runs(tx, [end], correct_killed=False)

    def read(self) -> SeriesRow:
        """Return the series as the store has it now."""
        with self.store.read() as cx:
            return metrics.read_series(cx, [self.run_id])[self.run_id][0]

    def pack_once(self) -> bool:
        """Pack one step of this series, if it is worth it."""
        stored = self.read()
        with self.store.read() as cx:
            found = pointpacking.find_waiting(cx, after=stored.id - 1, limit=1)
            if not found or found[0].series_id != stored.id:
                return False
            content = pointpacking.pack_rows(cx, found[0])
        assert content is not None
        with self.store.write() as tx:
            return pointpacking.store_packed(tx, content)

    def streamed(self) -> list[Row]:
        """Return all points by arrival."""
        stored = self.read()
        with self.store.read() as cx:
            return [row for portion in metrics.stream_points(cx, stored) for row in portion]

    def by_step(self) -> list[Row]:
        """Return all points by step."""
        stored = self.read()
        with self.store.read() as cx:
            return metrics.read_points(cx, [stored]).get(stored.id, [])

    def history(self, limit: int) -> list[Row]:
        """Return all points by time, read in pages."""
        found: list[Row] = []
        after: str | None = ""
        stored = self.read()
        while after is not None:
            with self.store.read() as cx:
                page = metrics.read_history(cx, stored, after=after, limit=limit)
            assert 1 <= len(page.points) <= limit
            found += page.points
            after = page.after
        return found


def some_points(count: int, *, seed: int, order: str, begin: int = 0) -> list[Row]:
    """Return points whose steps and times come in a given order, with every odd value in them."""
    dice = random.Random(seed)  # noqa: S311 - a test's numbers, the same each time
    rows: list[Row] = []
    for at in range(begin, begin + count):
        step, time = {
            "rising": (at, STARTED_AT + 3 * at),
            "jitter": (at + dice.randrange(-40, 40), STARTED_AT + 3 * at + dice.randrange(-99, 99)),
            "same": (7, STARTED_AT),
            "falling": (-at, STARTED_AT - 3 * at),
            "shuffled": (dice.randrange(-(10**6), 10**6), STARTED_AT + dice.randrange(10**6)),
            "wide": (dice.choice([-(2**63), 2**63 - 1, 0]), dice.choice([0, STARTED_AT, 2**61])),
        }[order]
        value = dice.choice(SPECIAL) if dice.random() < 0.05 else dice.gauss(0, 1)
        rows.append((step, time, None if math.isnan(value) else value))
    return rows


def exactly(rows: list[Row]) -> list[tuple[int, int, str]]:
    """Return points in a form in which -0.0 is not 0.0."""
    return [(step, time, "NaN" if value is None else value.hex()) for step, time, value in rows]
