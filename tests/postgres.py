"""Owns the PostgreSQL server that the tests run on: found, started for a session, ended with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from mlops_lab.core.ids import new_id
from mlops_lab.core.settings import Settings
from mlops_lab.store.store import Store

SERVER_URL = "MLOPS_LAB_TEST_POSTGRES_URL"
"""Variable that names another server, or is ``off`` to leave the tests on PostgreSQL out."""

_START_S = 60.0
_MISSING = (
    "The tests on PostgreSQL need its programs. Install them (Debian: sudo apt-get install "
    f"postgresql), name a server in {SERVER_URL}, or leave these tests out: {SERVER_URL}=off"
)
# Ends the server when the pipe to the test process closes, however that process ended; without a word
# on it nobody is left to remove the folder.
_GUARDED = (
    '"$@" & server=$!; read -r _ || gone=yes; kill -QUIT "$server"; wait "$server"; '
    'if [ "$gone" = yes ]; then rm -rf "$PWD"; fi'
)


def is_left_out() -> bool:
    """True when whoever runs the tests said that PostgreSQL is to be left out."""
    return os.environ.get(SERVER_URL) == "off"


def find_programs() -> Path:
    """Return the folder of ``initdb`` and ``postgres``: the newest that is installed.

    Raises:
        RuntimeError: there is none; the message says what to do.
    """
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: [int(part) for part in path.parts[4].split(".") if part.isdigit()],
    )
    on_path = shutil.which("initdb")
    if not found and on_path:
        found = [Path(on_path)]
    if not found:
        raise RuntimeError(_MISSING)
    return found[-1].parent


@dataclass(frozen=True)
class Account:
    """Whom the server runs as: PostgreSQL refuses to run as root."""

    uid: int
    gid: int


def server_account() -> Account:
    if os.getuid() != 0:
        return Account(os.getuid(), os.getgid())
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError("PostgreSQL does not run as root, and there is no user 'postgres'.")


@dataclass
class Cluster:
    """A server of our own in ``folder``, reached by its socket there and by nothing else."""

    folder: Path
    programs: Path
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> URL:
        return URL.create(
            "postgresql+psycopg",
            username="postgres",
            database="postgres",
            query={"host": str(self.folder)},
        )

    @property
    def socket(self) -> Path:
        """The socket, for a proxy that stands between."""
        return self.folder / ".s.PGSQL.5432"

    def make(self) -> None:
        account = server_account()
        os.chown(self.folder, account.uid, account.gid)
        self._run(
            "initdb", "--pgdata=data", "--username=postgres", "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8",
        )  # fmt: skip

    def start(self, *, fsync: str = "off") -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": fsync,
            "full_page_writes": fsync,
            "shared_buffers": "64MB",
            "max_connections": "200",
            "autovacuum": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = [str(self.programs / "postgres"), "-D", "data", *options]
        account = server_account()
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", _GUARDED, "sh", *server],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **_as(account),
            )
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_S
        engine = create_engine(self.url)
        while True:
            try:
                with engine.connect():
                    break
            except DBAPIError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "log.txt").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start:\n{log}") from None
                time.sleep(0.02)
        engine.dispose()

    def kill(self) -> None:
        """End the server at once, as a crash of the machine would: nothing is flushed."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.write(b"end\n")
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **_as(server_account()),
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")


def _as(account: Account) -> dict[str, object]:
    if os.getuid() != 0:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


@contextlib.contextmanager
def started_cluster(*, fsync: str = "off") -> Iterator[Cluster]:
    """A fresh cluster that runs until the end of the block, and leaves nothing."""
    # Not below the folder of pytest: its parents are closed to other users, and a path of a
    # socket has room for a hundred letters only.
    folder = Path(tempfile.mkdtemp(prefix="lab-pg-"))
    cluster = Cluster(folder, find_programs())
    try:
        cluster.make()
        cluster.start(fsync=fsync)
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Databases:
    """Makes a database for each test on one server, empty or with the tables of the store."""

    url: URL

    def _do(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as cx:
                cx.execute(text(statement))
        finally:
            engine.dispose()

    def at(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    @contextlib.contextmanager
    def template(self, folder: Path) -> Iterator[str]:
        """A database with the tables of the store, to copy; made once a session."""
        with self.fresh() as name:
            Store.open(Settings(folder, self.at(name), folder / "artifacts")).close()
            yield name

    @contextlib.contextmanager
    def fresh(self, like: str = "template0") -> Iterator[str]:
        """Yield the name of a database that is a copy of ``like``; it is dropped at the end."""
        name = f"lab_test_{new_id()}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {like}")
        try:
            yield name
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def databases_of_session() -> Iterator[Databases]:
    """The server that the environment names, or else one of our own."""
    named = os.environ.get(SERVER_URL)
    if named:
        yield Databases(make_url(named))
        return
    with started_cluster() as cluster:
        yield Databases(cluster.url)
