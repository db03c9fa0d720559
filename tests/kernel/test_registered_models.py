"""A model is loaded by its name in the registry, and its bytes are verified as those of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from sklearn.linear_model import Ridge

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.registry import NewModel, NewVersion
from mlops_lab.core.settings import Settings
from mlops_lab.kernel.modelloading import load_model
from mlops_lab.lab import Lab

CELL = """%%track
import mlops_lab as lab
from sklearn.linear_model import Ridge
uri = lab.log_model(Ridge(alpha=3.0).fit([[0.0], [1.0]], [0.0, 1.0]), "slope")"""


def test_a_version_and_an_alias_lead_to_the_model(
    shell: InteractiveShell, spool_dir: Path, settings: Settings
) -> None:
    assert shell.run_cell(CELL).success
    with Lab.open(settings) as lab:
        lab.registry.models.create(NewModel("churn"), who="ada")
        lab.registry.versions.create("churn", NewVersion(shell.user_ns["uri"]), who="ada")
        lab.registry.versions.create("churn", NewVersion("s3://bucket/model"), who="ada")
        lab.registry.aliases.move("churn", "champion", 1, who="ada")
    for address in ("models:/churn/1", "models:/churn@champion"):
        loaded = load_model(address)
        assert isinstance(loaded, Ridge)
        assert loaded.alpha == 3.0
    with pytest.raises(InvalidInputError, match="mlflow"):
        load_model("models:/churn/2")
    with pytest.raises(NotFoundError, match="alias challenger not found"):
        load_model("models:/churn@challenger")
    with pytest.raises(InvalidInputError, match="names no version"):
        load_model("models:/churn")
