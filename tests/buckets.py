"""Owns the S3 server of the tests: moto's own, on 127.0.0.1, with a bucket that is made anew."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from mlops_lab.core.ids import new_id

SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"


@dataclass
class Bucket:
    """A bucket of the server, and the environment in which it can be used."""

    endpoint: str
    name: str = field(default_factory=lambda: f"b{new_id()}")

    @property
    def url(self) -> str:
        return f"s3://{self.name}/team/lab"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def make(self) -> None:
        request = urllib.request.Request(f"{self.endpoint}/{self.name}", method="PUT")  # noqa: S310
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass


@contextmanager
def s3_server() -> Iterator[str]:
    """Give the address of a server that lasts as long as the context."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A new bucket; the environment of this process leads to it."""
    made = Bucket(s3_endpoint)
    made.make()
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    return made
