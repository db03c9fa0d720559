"""Proves that writers and sweepers of a spool folder find the same refuge, and trust no other's."""

from __future__ import annotations

from pathlib import Path

from mlops_lab.core.refuge import is_private, refuge_of


def test_each_spool_folder_has_a_refuge_of_its_own(tmp_path):
    environ = {"TMPDIR": str(tmp_path)}
    first, other = (refuge_of(Path("/data") / name, environ) for name in ("spool", "spool-1"))
    assert first == refuge_of(Path("/data/spool"), environ)
    assert first != other
    assert first.parent == other.parent
    assert first.is_relative_to(tmp_path)


def test_only_a_folder_that_nobody_else_writes_to_is_private(tmp_path):
    tmp_path.chmod(0o700)
    assert is_private(tmp_path.lstat())
    tmp_path.chmod(0o770)
    assert not is_private(tmp_path.lstat())
    tmp_path.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert not is_private(link.lstat())
    file = tmp_path / "file"
    file.touch(mode=0o600)
    assert not is_private(file.lstat())
