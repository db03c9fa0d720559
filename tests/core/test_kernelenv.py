"""The digest of a cell ignores outer white space and nothing else."""

from mlops_lab.core.kernelenv import cell_digest


def test_outer_white_space_does_not_count() -> None:
    assert cell_digest("\nx = 1\n\n") == cell_digest("x = 1")
    assert cell_digest("x = 1") != cell_digest("x =  1")
