"""Owns that JupyterLab's settings editor shows our settings in the language of the reader.

The server translates settings before it sends them, but looks for their words in language packs
only; ours lie in the catalogues of this package, which the front end reads already.
"""

from __future__ import annotations

import gettext
import json
import sys
from pathlib import Path
from typing import Any

_DOMAIN = "mlops_lab"

_CATALOGUES = Path(__file__).parents[1] / "locale"

_BETWEEN = "\x04"
"""Stands between the context and the text of an entry."""


class _Catalogue(gettext.NullTranslations):
    """The words of one language; a text that it lacks stays as it is."""

    def __init__(self, locale: str) -> None:
        super().__init__()
        self._entries: dict[str, list[str]] = {}
        # Only a folder that is there is opened: the name comes from a setting.
        if any(folder.name == locale for folder in _CATALOGUES.iterdir()):
            path = _CATALOGUES / locale / "LC_MESSAGES" / f"{_DOMAIN}.json"
            self._entries = json.loads(path.read_text(encoding="utf-8"))

    def gettext(self, message: str) -> str:
        return self._entries.get(message, [message])[0]

    def pgettext(self, context: str, message: str) -> str:
        return self._entries.get(f"{context}{_BETWEEN}{message}", [message])[0]


def translate_settings() -> None:
    """Give our words to the translator of JupyterLab's server, if this server has one."""
    found: Any = sys.modules.get("jupyterlab_server.translation_utils")
    made = getattr(getattr(found, "translator", None), "_TRANSLATORS", None)
    if made is None:
        return

    class Bundle(found.TranslationBundle):  # type: ignore[misc]
        """Our words, in the language that the server was told last."""

        def update_locale(self, locale_: str) -> None:
            self._locale = locale_
            self._translator = _Catalogue(locale_)

    # It has no public way to register a bundle, and makes those that it lacks; another version of
    # it that keeps them elsewhere leaves our settings in English.
    made[_DOMAIN] = Bundle(_DOMAIN, getattr(found.translator, "_LOCALE", "en"))
