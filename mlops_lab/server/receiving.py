"""Owns the routes that take bytes: which file a body becomes, and where it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_lab.core.errors import InvalidInputError, LabError
from mlops_lab.store.artifact_uploads import Resuming
from mlops_lab.store.artifacts import Incoming

from .endpoint import Endpoint
from .handler import EndpointHandler
from .problem import problem_of
from .uploading import UploadHandler

_OFFSET_DIGITS = 15


class ReceivingHandler(UploadHandler, EndpointHandler):
    """Answers the endpoints of a path of which one takes bytes: ``Incoming`` or ``Resuming``."""

    def takes_file(self) -> bool:
        """Tell whether the route that is asked for takes a file."""
        declared = self._declared()
        return declared is not None and declared.takes_bytes

    def begin(self, path: Mapping[str, str]) -> Incoming | Resuming:
        """Open what the file is written to; called in a thread."""
        lab = self._parts.access.get()
        declared = self._declared()
        if declared is not None and declared.body is Resuming:
            given = self.request.query_arguments.get("offset", [])
            return lab.files.uploads.resume(path["upload_id"], _offset_of(given))
        return lab.store.artifacts.receive(path.get("digest"))

    def answer_refusal(self, error: LabError) -> None:
        """Answer now that the file is not taken; its bytes are not waited for."""
        self._finish_problem(problem_of(error), error)

    def streamed(self) -> dict[str, Any]:
        """Return the body as the argument of a route."""
        return {} if self._arriving is None else {"body": self._arriving}

    async def respond(self, path: Mapping[str, str]) -> None:
        """Write the last portion; then do what is asked, and answer."""
        await self.write_waiting()
        await super().respond(path)


def _offset_of(given: Sequence[bytes]) -> int:
    if len(given) == 1 and given[0].isdigit() and len(given[0]) <= _OFFSET_DIGITS:
        return int(given[0])
    raise InvalidInputError(
        "The query parameter 'offset' is not a number of bytes.",
        hint="Give once the offset that the upload has.",
    )


def handler_for(endpoints: Mapping[str, Endpoint]) -> type[EndpointHandler]:
    """Return the class that answers the endpoints of a path."""
    takes_files = any(declared.takes_bytes for declared in endpoints.values())
    return ReceivingHandler if takes_files else EndpointHandler
