"""Whatever dies, is full or is cut: nothing acknowledged is lost, nothing is there twice, all goes on.

Eight processes deliver to real servers over HTTP meanwhile. At the end the store is examined
(``PRAGMA integrity_check`` among other things) and every point of every run is counted.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from mlops_lab.core.settings import STORE_URL, Settings
from tests.postgres import Cluster, is_left_out, started_cluster

from .conftest import WRITERS, World
from .proxy import proxy_to
from .writer import POINTS

KEEPERS = 2
KILLS = {"sqlite": 5, "postgresql": 2}
"""How often; each costs the start of a server."""


@pytest.fixture
def stored(any_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have the servers open a store on each database; return which it is."""
    if any_settings.store_url.startswith("sqlite"):
        return "sqlite"
    monkeypatch.setenv(STORE_URL, any_settings.store_url)
    return "postgresql"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A server of PostgreSQL that the test may kill."""
    if is_left_out():
        pytest.skip("whoever runs the tests left PostgreSQL out")
    with started_cluster() as started:
        monkeypatch.setenv(STORE_URL, started.url.render_as_string(hide_password=False))
        yield started


def test_kill_9_of_the_server(world: World, stored: str) -> None:
    server = world.start_server()
    world.start_writers(server)
    for _ in range(KILLS[stored]):
        world.wait_for_progress()
        server.kill()
        server = world.start_server(port=server.port)
    world.wait_for_progress()
    world.finish()


def test_two_servers_on_one_store(world: World, stored: str) -> None:
    first, second = world.start_server(), world.start_server()
    world.start_writers(first, second)
    world.wait_for_progress(20)
    second.kill()
    world.wait_for_progress(20)
    world.finish()


def test_a_full_disk(world: World) -> None:
    server = world.start_server()
    world.start_writers(server)
    world.wait_for_progress()
    free = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    # No file can grow any more, as on a disk or quota that is used up.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (8_192, free[1]))
    before = sum(world.acknowledged().values())
    time.sleep(1)
    # What was under way when it came may have been taken.
    assert sum(world.acknowledged().values()) - before <= WRITERS * POINTS
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, free)
    world.wait_for_progress()
    world.finish()


def test_kill_of_postgresql(world: World, cluster: Cluster) -> None:
    server = world.start_server()
    world.start_writers(server)
    for _ in range(2):
        world.wait_for_progress()
        cluster.kill()
        cluster.start()
    world.wait_for_progress()
    world.finish()


def test_lost_connections_to_postgresql(
    world: World, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy_to(cluster.socket) as proxy:
        url = cluster.url.difference_update_query(["host"])
        through = url.set(host="127.0.0.1", port=proxy.port)
        monkeypatch.setenv(STORE_URL, through.render_as_string(hide_password=False))
        server = world.start_server()
        world.start_writers(server)
        cut = 0
        for _ in range(5):
            world.wait_for_progress()
            cut += proxy.cut()
        assert cut > 0
        world.wait_for_progress()
        world.finish()


def test_nobody_waits_in_a_circle_while_the_store_is_kept_in_order(
    world: World, cluster: Cluster
) -> None:
    """Two processes trash, restore, purge, collect and pack among the writers; none meets another."""
    engine = create_engine(cluster.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as cx:
        cx.execute(text("ALTER DATABASE postgres SET deadlock_timeout = '100ms'"))
    server = world.start_server()
    world.start_writers(server)
    world.start_keepers(KEEPERS)
    world.wait_for_rounds(2)
    world.finish()
    with engine.connect() as cx:
        met = text("SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'")
        assert cx.execute(met).scalar_one() == 0
    engine.dispose()
