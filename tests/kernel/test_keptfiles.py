"""Shows how much may wait beside a spool: small files up to the limit, and one large one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.core.errors import LimitError
from mlops_lab.kernel.keptfiles import KeptFiles
from mlops_lab.kernel.segments import folder_bytes

LIMIT = 3_000_000


@pytest.fixture
def kept(tmp_path: Path) -> KeptFiles:
    return KeptFiles(tmp_path, limit=LIMIT)


def test_small_files_wait_up_to_the_limit(kept: KeptFiles) -> None:
    digest, _ = kept.keep(b"a" * 2_000_000)
    with pytest.raises(LimitError, match="would wait"):
        kept.keep(b"b" * 1_000_001)
    kept.keep(b"c" * 1_000_000)
    kept.release(digest)
    kept.keep(b"b" * 1_000_001)


def test_one_large_file_waits_beside_them(kept: KeptFiles, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(b"x" * (LIMIT + 1))
    kept.keep(b"a" * 2_000_000)
    digest, size = kept.keep(large)
    assert (size, kept.path_of(digest).stat().st_size) == (LIMIT + 1, LIMIT + 1)
    kept.keep(b"c" * 1_000_000)
    with pytest.raises(LimitError, match="would wait"):
        kept.keep(b"y" * (LIMIT + 1))
    large.unlink()
    assert folder_bytes(tmp_path, large=LIMIT) == LIMIT
    kept.release(digest)
    kept.keep(b"y" * (LIMIT + 1))
    assert len(list(kept.folder.iterdir())) == 3


def test_a_large_file_needs_room_on_the_disk(
    kept: KeptFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = LIMIT

    monkeypatch.setattr("mlops_lab.kernel.keptfiles.shutil.disk_usage", lambda _: Usage)
    with pytest.raises(LimitError, match="would wait"):
        kept.keep(b"x" * (LIMIT + 1))
    assert list(kept.folder.iterdir()) == []
