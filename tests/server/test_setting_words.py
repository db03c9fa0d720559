"""Proves that JupyterLab's server shows our settings in the language of the reader."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_server.translation_utils import translator

from mlops_lab.server.setting_words import translate_settings

_SCHEMA = Path(__file__).parents[2] / "schema" / "plugin.json"


@pytest.fixture
def schema() -> Iterator[dict[str, Any]]:
    yield json.loads(_SCHEMA.read_text(encoding="utf-8"))
    translator.set_locale("en")


def _shown(schema: dict[str, Any], locale: str) -> dict[str, Any]:
    translator.set_locale(locale)
    return translator.translate_schema(deepcopy(schema))


def _texts(node: Any) -> list[str]:
    """Every title and description, however deep."""
    if isinstance(node, list):
        return [text for item in node for text in _texts(item)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("title", "description") if isinstance(node.get(key), str)]
    return own + [text for item in node.values() for text in _texts(item)]


def test_every_title_and_description_is_french_in_french(schema: dict[str, Any]) -> None:
    translate_settings()
    shown = _shown(schema, "fr_FR")
    assert shown["properties"]["runList"]["title"] == "Liste des exécutions"
    same = set(_texts(schema["properties"])) & set(_texts(shown["properties"]))
    assert same == set()


@pytest.mark.parametrize("locale", ["en", "de_DE"])
def test_a_language_without_a_catalogue_shows_english(schema: dict[str, Any], locale: str) -> None:
    translate_settings()
    assert _shown(schema, locale) == schema


def test_a_server_without_jupyterlab_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "jupyterlab_server.translation_utils")
    translate_settings()
    assert "jupyterlab_server.translation_utils" not in sys.modules
