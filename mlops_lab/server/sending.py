"""Owns how a file is sent: in portions, never as a page of this server, and whole or not at all."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import Executor
from typing import TYPE_CHECKING
from urllib.parse import quote

from jupyter_server.base.handlers import APIHandler
from tornado import iostream

from mlops_lab.core.errors import LabError

if TYPE_CHECKING:
    from .endpoint import Download

_BYTES = "application/octet-stream"
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?charset=[\w-]+)?", re.ASCII)


async def send_file(handler: APIHandler, download: Download, *, executor: Executor) -> None:
    """Send a file and close it; a HEAD request gets its headers.

    Its last portion is sent only when the whole has the right digest. Otherwise the connection is
    closed, so that the caller sees that something is missing.
    """
    loop = asyncio.get_running_loop()
    content = download.content
    media_type = download.media_type if _TYPE.fullmatch(download.media_type) else _BYTES
    try:
        _set_headers(handler, download, media_type=media_type)
        if handler.request.method == "HEAD":
            await handler.finish(set_content_type=media_type)
            return
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
