"""Owns how a file is sent: in portions, never as a page of this server, and whole or not at all."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import Executor
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from jupyter_server.base.handlers import APIHandler
from tornado import iostream

from mlops_lab.core.errors import LabError
from mlops_lab.store.artifacts import OutgoingSlice

from .problem import CONTENT_TYPE, make_problem
from .ranges import Asked, asked_bytes

if TYPE_CHECKING:
    from .endpoint import Download

_BYTES = "application/octet-stream"
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?charset=[\w-]+)?", re.ASCII)


async def send_file(handler: APIHandler, download: Download, *, executor: Executor) -> None:
    """Send a file, or the bytes of it that are asked for, and close it; HEAD gets its headers.

    The last portion of a whole file is sent only when the whole has the right digest. Otherwise the
    connection is closed, so that the caller sees that something is missing. Some bytes of a file
    have no digest of their own: who puts them together verifies the whole by its tag.
    """
    loop = asyncio.get_running_loop()
    content = download.content
    media_type = download.media_type if _TYPE.fullmatch(download.media_type) else _BYTES
    try:
        _set_headers(handler, download, media_type=media_type)
        if handler.check_etag_header():
            handler.set_status(HTTPStatus.NOT_MODIFIED)
            handler.clear_header("Content-Length")
            await handler.finish()
            return
        if handler.request.method == "HEAD":
            await handler.finish(set_content_type=media_type)
            return
        asked = _asked(handler, download)
        if asked == "none":
            await _refuse_range(handler, content)
            return
        if isinstance(asked, range) and download.slice_of is not None:
            _set_slice_headers(handler, asked, content.size)
            content.close()
            content = await loop.run_in_executor(
                executor, download.slice_of, asked.start, len(asked)
            )
        while portion := await loop.run_in_executor(executor, content.read):
            handler.write(portion)
            await handler.flush()
        await handler.finish(set_content_type=media_type)
    except iostream.StreamClosedError:
        # The caller went away.
        return
    except LabError as error:
        handler.log.warning("A file was not sent whole: %s", error)
        handler.detach().close()
    finally:
        content.close()


def _asked(handler: APIHandler, download: Download) -> Asked:
    if download.slice_of is None:
        return "all"
    etag = f'"{download.content.digest}"'
    return asked_bytes(handler.request.headers, size=download.content.size, etag=etag)


async def _refuse_range(handler: APIHandler, content: OutgoingSlice) -> None:
    problem = make_problem(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        f"The file has {content.size:,} bytes; none of them was asked for.",
        hint="Ask for bytes from 0 on.",
    )
    handler.set_status(problem.status)
    handler.set_header("Content-Range", f"bytes */{content.size}")
    for name in ("Content-Length", "Content-Disposition"):
        handler.clear_header(name)
    await handler.finish(msgspec.json.encode(problem), set_content_type=CONTENT_TYPE)


def _set_slice_headers(handler: APIHandler, asked: range, size: int) -> None:
    handler.set_status(HTTPStatus.PARTIAL_CONTENT)
    handler.set_header("Content-Length", str(len(asked)))
    handler.set_header("Content-Range", f"bytes {asked.start}-{asked.stop - 1}/{size}")


def _set_headers(handler: APIHandler, download: Download, *, media_type: str) -> None:
    name = download.file_name
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    handler.set_header("Content-Type", media_type)
    handler.set_header("Content-Length", str(download.content.size))
    handler.set_header(
        "Content-Disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("ETag", f'"{download.content.digest}"')
    if download.slice_of is not None:
        handler.set_header("Accept-Ranges", "bytes")
