"""Holds the documentation to the code: what a user can name in the product is named in the docs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.kernel.magics import TrackMagics
from mlops_lab.server.app import LabExtensionApp
from mlops_lab.worker.extension import WorkerExtension

ROOT = Path(__file__).parents[1]
USER = ROOT / "docs" / "user"


def _page(name: str) -> str:
    return (USER / name).read_text(encoding="utf-8")


def _everything() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(USER.glob("*.md")))


def _variables() -> set[str]:
    sources = (ROOT / "mlops_lab").rglob("*.py")
    return {
        name
        for path in sources
        for name in re.findall(r"MLOPS_LAB_[A-Z_]+", path.read_text("utf-8"))
    }


@pytest.mark.parametrize("name", sorted(_variables()))
def test_every_environment_variable_is_documented(name: str) -> None:
    assert f"`{name}`" in _page("settings.md")


@pytest.mark.parametrize("app", [LabExtensionApp, WorkerExtension])
def test_every_trait_is_documented(app: type) -> None:
    for name in app.class_own_traits(config=True):
        assert f"`{app.__name__}.{name}`" in _page("settings.md")


def test_every_magic_and_option_is_documented() -> None:
    page = _page("track.md")
    magics = TrackMagics(InteractiveShell.instance()).magics
    InteractiveShell.clear_instance()
    for prefix, kind in (("%%", "cell"), ("%", "line")):
        for name, function in magics[kind].items():
            assert f"{prefix}{name}" in page
            parser = getattr(getattr(function, "__func__", function), "parser", None)
            for action in parser._actions if parser else ():
                for option in action.option_strings:
                    assert f"`{option}" in page, f"{prefix}{name} {option}"


def test_every_front_end_command_is_documented() -> None:
    commands = re.findall(
        r"'(mlops-lab:[\w-]+)'", (ROOT / "src" / "commands.ts").read_text("utf-8")
    )
    assert commands
    everything = _everything()
    assert [name for name in commands if f"`{name}`" not in everything] == []


def test_every_front_end_setting_is_documented() -> None:
    schema = json.loads((ROOT / "schema" / "plugin.json").read_text(encoding="utf-8"))
    for name in schema["properties"]:
        assert f"`{name}`" in _page("settings.md")


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
