"""Owns how files come in on the MLflow protocol: whole ones, and parts of large ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_lab.core.errors import LabError
from mlops_lab.server.problem import retry_after
from mlops_lab.server.uploading import Arriving, UploadHandler

from .errors import MlflowError, error_of, wrong_value
from .handler import MlflowHandler

_MAX_DIGITS = 9


class MlflowUploadHandler(UploadHandler, MlflowHandler):
    """Answers the routes of a path of which one takes a file."""

    faults = (LabError, MlflowError)

    def takes_file(self) -> bool:
        """Tell whether the route that is asked for takes a file."""
        declared = self._declared()
        return declared is not None and declared.is_upload

    def begin(self, path: Mapping[str, str]) -> Arriving:
        """Open what the file is written to; called in a thread."""
        lab = self._parts.access.get()
        if "upload_id" in path:
            number = path["number"]
            if not number.isdecimal() or len(number) > _MAX_DIGITS:
                raise wrong_value("part_number", number)
            return lab.files.parts.receive(path["upload_id"], int(number))
        return lab.store.artifacts.receive()

    def answer_refusal(self, error: LabError) -> None:
        """Answer now that the file is not taken; its bytes are not waited for."""
        told = error_of(error)
        self._finish_error(told, retry=retry_after(told.status, error))

    def streamed(self) -> dict[str, Any]:
        """Return the body as the argument of a route."""
        return {} if self._arriving is None else {"upload": self._arriving}

    async def respond(self, path: Mapping[str, str]) -> None:
        """Write the last portion; then do what is asked, and answer."""
        await self.write_waiting()
        await super().respond(path)
