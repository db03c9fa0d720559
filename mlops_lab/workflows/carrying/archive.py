"""Owns reading an export file: it is checked to its last byte before anything of it is used."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NoReturn, Self

import msgspec

from mlops_lab.core.carrying import (
    FORMAT,
    VERSION,
    CarriedDataset,
    CarriedDocument,
    CarriedExperiment,
    CarriedHistory,
    CarriedLogged,
    CarriedModel,
    CarriedPoints,
    CarriedRecord,
    CarriedRun,
    CarriedSpans,
    CarriedTrace,
    Manifest,
    Member,
)
from mlops_lab.core.errors import InvalidInputError, LimitError
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES

from . import layout

_PORTION = 2**20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """An export file that was checked whole. Nothing in it is ever used as a path."""

    def __init__(self, file: Path, shown: str = "") -> None:
        self._shown = shown or repr(str(file))
        try:
            self._zip = zipfile.ZipFile(file)
        except FileNotFoundError as error:
            raise InvalidInputError(f"There is no file {self._shown}.") from error
        except (OSError, *_DAMAGE) as error:
            self._refuse(f"it is no zip file, or not whole ({error})", error)
        try:
            self.manifest = self._read_manifest()
            self._check()
        except BaseException:
            self._zip.close()
            raise

    def runs(self) -> Iterator[tuple[CarriedRun, str]]:
        """Yield each run without its points, and the digest of it with them."""
        for member in self.manifest.members:
            if layout.RUN.fullmatch(member.path):
                with self._zip.open(member.path) as content:
                    yield self._decode(content, member, CarriedRun), member.sha256

    def points(self, run_id: str) -> Iterator[CarriedPoints]:
        """Yield the points of a run in portions."""
        path = layout.run_member(run_id)
        yield from self._lines(Member(path, 0, ""), CarriedPoints, skip=1)

    def experiments(self) -> Iterator[CarriedExperiment]:
        """Yield the experiments."""
        yield from self._lines_of(layout.EXPERIMENTS)

    def documents(self) -> Iterator[CarriedDocument]:
        """Yield the documents."""
        yield from self._lines_of(layout.DOCUMENTS)

    def history(self) -> Iterator[CarriedHistory]:
        """Yield the cells of kernels' histories."""
        yield from self._lines_of(layout.HISTORY)

    def models(self) -> Iterator[CarriedModel]:
        """Yield the registered models that have versions of the runs."""
        yield from self._lines_of(layout.MODELS)

    def logged_models(self) -> Iterator[CarriedLogged]:
        """Yield the logged models of the runs."""
        yield from self._lines_of(layout.LOGGED)

    def traces(self) -> Iterator[CarriedTrace | CarriedSpans]:
        """Yield the traces of the runs, each followed by its spans."""
        yield from self._lines_of(layout.TRACES)

    def datasets(self) -> Iterator[CarriedDataset | CarriedRecord]:
        """Yield the evaluation datasets, each followed by its records."""
        yield from self._lines_of(layout.DATASETS)

    def artifacts(self) -> list[str]:
        """Return the digests of the bytes that the file holds."""
        found = (layout.ARTIFACT.fullmatch(one.path) for one in self.manifest.members)
        return [match[1] for match in found if match]

    def read_artifact(self, digest: str) -> Iterator[bytes]:
        """Yield the bytes with this digest in portions."""
        with self._zip.open(layout.artifact_member(digest)) as content:
            while portion := content.read(_PORTION):
                yield portion

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lines_of(self, path: str) -> Iterator[Any]:
        if any(member.path == path for member in self.manifest.members):
            yield from self._lines(Member(path, 0, ""), layout.LINES[path])

    def _lines(self, member: Member, kind: Any, *, skip: int = 0) -> Iterator[Any]:
        with self._zip.open(member.path) as content:
            for _ in range(skip):
                content.readline(layout.MAX_LINE_BYTES)
            while (value := self._decode(content, member, kind)) is not None:
                yield value

    def _decode(self, content: IO[bytes], member: Member, kind: Any) -> Any:
        text = content.readline(layout.MAX_LINE_BYTES)
        if not text:
            return None
        if not text.endswith(b"\n"):
            self._refuse(f"a line of {member.path!r} is too long or cut")
        try:
            return msgspec.json.decode(text, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            self._refuse(f"{member.path!r} cannot be read: {error}", error)

    def _read_manifest(self) -> Manifest:
        names = [info.filename for info in self._zip.infolist()]
        if layout.MANIFEST not in names:
            self._refuse("it has no manifest")
        info = self._zip.getinfo(layout.MANIFEST)
        if info.file_size > layout.MAX_MANIFEST_BYTES:
            self._refuse("its manifest is too large")
        try:
            with self._zip.open(info) as member:
                text = member.read(layout.MAX_MANIFEST_BYTES)
            head = msgspec.json.decode(text)
        except (OSError, *_DAMAGE, msgspec.DecodeError, RecursionError) as error:
            self._refuse(f"its manifest cannot be read ({error})", error)
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            self._refuse("it was not written by mlops-lab export")
        version = head.get("version")
        if isinstance(version, int) and version > VERSION:
            made_by = str(head.get("made_by"))[:40]
            raise InvalidInputError(
                f"{self._shown} has format {version}; this version reads up to {VERSION}.",
                hint=f"It was written by mlops-lab {made_by}: upgrade to that version or a newer one.",
            )
        try:
            manifest = msgspec.convert(head, Manifest)
        except msgspec.ValidationError as error:
            self._refuse(f"its manifest cannot be read ({error})", error)
        listed = [member.path for member in manifest.members]
        if sorted([*listed, layout.MANIFEST]) != sorted(names) or len(set(names)) != len(names):
            self._refuse("its manifest does not list what it holds")
        if len(listed) > layout.MAX_MEMBERS:
            raise LimitError(
                f"{self._shown} has {len(listed):,} members.",
                hint=f"The limit is {layout.MAX_MEMBERS:,}; export fewer runs at once.",
            )
        return manifest

    def _check(self) -> None:
        for member in self.manifest.members:
            self._check_bounds(member)
        known: set[str] = set()
        for member in self.manifest.members:
            try:
                self._check_digest(member)
                self._check_lines(member, known)
            except (OSError, *_DAMAGE) as error:
                self._refuse(f"{member.path!r} is damaged ({error})", error)
        for run, _ in self.runs():
            for facet in run.facets:
                if facet.digest not in known:
                    self._refuse(f"the document {facet.digest[:12]} of run {run.id} is missing")

    def _check_bounds(self, member: Member) -> None:
        info = self._zip.getinfo(member.path)
        if not layout.is_member_name(member.path):
            self._refuse(f"it has a member {member.path[:80]!r}, which an export never has")
        if info.flag_bits & 1:
            self._refuse(f"its member {member.path!r} is encrypted")
        if info.file_size != member.size:
            self._refuse(f"the size of {member.path!r} is not what the manifest says")
        is_file = layout.ARTIFACT.fullmatch(member.path) is not None
        if member.size > (MAX_ARTIFACT_BYTES if is_file else layout.MAX_TEXT_BYTES):
            self._refuse(f"its member {member.path!r} is larger than any may be")
        packed = max(1, info.compress_size)
        is_bomb = member.size > layout.RATIO_COUNTS and member.size / packed > layout.MAX_RATIO
        if is_bomb or (is_file and info.compress_type != zipfile.ZIP_STORED):
            self._refuse(f"its member {member.path!r} is packed as no export packs it")

    def _check_digest(self, member: Member) -> None:
        hashed, size = hashlib.sha256(), 0
        with self._zip.open(member.path) as content:
            while portion := content.read(_PORTION):
                hashed.update(portion)
                size += len(portion)
                if size > member.size:
                    self._refuse(f"{member.path!r} holds more than the manifest says")
        if hashed.hexdigest() != member.sha256:
            self._refuse(f"{member.path!r} is not what the manifest says")
        named = layout.ARTIFACT.fullmatch(member.path)
        if named and named[1] != member.sha256:
            self._refuse(f"{member.path!r} is not what its name says")

    def _check_lines(self, member: Member, known: set[str]) -> None:
        if member.path in layout.LINES:
            for value in self._lines(member, layout.LINES[member.path]):
                if isinstance(value, CarriedDocument):
                    text = value.content.encode("utf-8", "surrogatepass")
                    if hashlib.sha256(text).hexdigest() != value.digest:
                        self._refuse(
                            f"the document {value.digest[:12]} is not what its digest says"
                        )
                    known.add(value.digest)
        run = layout.RUN.fullmatch(member.path)
        if run is None:
            return
        with self._zip.open(member.path) as content:
            whole = self._decode(content, member, CarriedRun)
            if whole is None or whole.id != run[1]:
                self._refuse(f"{member.path!r} is not the run that its name says")
            while (points := self._decode(content, member, CarriedPoints)) is not None:
                if not len(points.steps) == len(points.times) == len(points.values) > 0:
                    self._refuse(f"points in {member.path!r} are not whole")

    def _refuse(self, reason: str, cause: BaseException | None = None) -> NoReturn:
        raise InvalidInputError(
            f"{self._shown} cannot be imported: {reason}.",
            hint="Nothing was taken from it. Copy or export it anew.",
        ) from cause
