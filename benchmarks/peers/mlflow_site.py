"""Owns a server of MLflow's own pages, whose questions go to another server that speaks its protocol.

``mlflow_site.py PAGES TARGET TOKEN PORT``
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient
from tornado.web import Application, RequestHandler, StaticFileHandler

TIMEOUT_S = 300.0
ASKED = r"/(?:ajax-api|api|graphql|mlflow-artifacts|get-artifact|health|version).*"


class Passer(RequestHandler):
    """Passes a question on, with the token, and its answer back."""

    def initialize(self, target: str, token: str) -> None:
        self._target = target
        self._token = token

    def check_xsrf_cookie(self) -> None:
        """The target asks for the token instead."""

    async def _pass(self) -> None:
        path = (self.request.uri or "").replace("/ajax-api/", "/api/")
        answer = await AsyncHTTPClient().fetch(
            self._target + path,
            method=self.request.method or "GET",
            body=self.request.body if self.request.method in {"POST", "PATCH", "PUT"} else None,
            headers={
                "Authorization": f"token {self._token}",
                "Content-Type": self.request.headers.get("Content-Type", "application/json"),
            },
            raise_error=False,
            request_timeout=TIMEOUT_S,
        )
        self.set_status(answer.code)
        self.set_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.finish(answer.body)

    get = post = patch = put = delete = _pass


class Page(RequestHandler):
    """The one page of the site."""

    def initialize(self, pages: Path) -> None:
        self._pages = pages

    def get(self) -> None:
        self.finish((self._pages / "index.html").read_bytes())


async def serve(pages: Path, target: str, token: str, port: int) -> None:
    """Serve until the process is ended."""
    passed = {"target": target, "token": token}
    routes = [
        (ASKED, Passer, passed),
        (r"/static-files/(.*)", StaticFileHandler, {"path": str(pages)}),
        (r"/", Page, {"pages": pages}),
    ]
    # What MLflow asks that is not there is known, and no news.
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    Application(routes).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
