"""Owns the catalogues of translations: the template, each language's .po, and what is read of it."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

DOMAIN = "mlops_lab"

# In the catalogues that JupyterLab reads, this stands between the context and the text.
BETWEEN = "\x04"

PASSING = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Generated-By',
    b'"Project-Id-Version',
    b'"Report-Msgid-Bugs-To',
    b'"Last-Translator',
    b'"Language-Team',
)


def template_of(strings: list[dict[str, Any]]) -> Catalog:
    """Return the catalogue without translations, of strings as `scripts/strings.mjs` finds them.

    No line numbers and no dates: it changes only when a string does.
    """
    catalog = Catalog(project=DOMAIN, header_comment="# Strings of MLOps Lab.", fuzzy=False)
    for string in strings:
        text = string["id"] if string["plural"] is None else (string["id"], string["plural"])
        file = string["place"].split(":")[0]
        catalog.add(text, locations=[(file, 0)], context=string["context"])
    return catalog


def read(path: Path) -> Catalog:
    """Return the catalogue of one language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain=DOMAIN)


def write(catalog: Catalog, path: Path) -> None:
    """Write a catalogue, in the order of its texts, without dates and the version of the writer."""
    made = BytesIO()
    write_po(made, catalog, width=100, sort_output=True, ignore_obsolete=True, include_lineno=False)
    lines = made.getvalue().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(PASSING)))


def compiled(catalog: Catalog) -> dict[str, Any]:
    """Return the catalogue as JupyterLab reads it; what is not translated is left out."""
    entries: dict[str, Any] = {
        "": {
            "domain": DOMAIN,
            "language": str(catalog.locale).replace("_", "-"),
            "plural_forms": catalog.plural_forms,
            "version": DOMAIN,
        }
    }
    for message in catalog:
        if message.id and is_translated(message):
            text = message.id[0] if message.pluralizable else message.id
            key = f"{message.context}{BETWEEN}{text}" if message.context else text
            words = message.string
            entries[key] = list(words) if message.pluralizable else [words]
    return dict(sorted(entries.items()))


def is_translated(message: Message) -> bool:
    """Return whether every form of a text has a translation that nobody has to look at again."""
    forms = message.string if message.pluralizable else (message.string,)
    return all(forms) and not message.fuzzy


def renew(folder: Path, template: Catalog) -> list[str]:
    """Write the template and all languages; return what is not translated, by language."""
    write(template, folder / f"{DOMAIN}.pot")
    missing = []
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalog = read(path)
        catalog.update(template, no_fuzzy_matching=True)
        write(catalog, path)
        text = json.dumps(compiled(catalog), ensure_ascii=False, indent=1)
        path.with_suffix(".json").write_text(f"{text}\n", encoding="utf-8")
        missing += [
            f"{catalog.locale}: {message.id}"
            for message in catalog
            if message.id and not is_translated(message)
        ]
    return missing


def main() -> int:
    """Renew all catalogues below the folder that is named; strings come from the standard input."""
    missing = renew(Path(sys.argv[1]), template_of(json.load(sys.stdin)))
    if missing:
        print(f"{len(missing)} strings are not translated; write them into the .po files:")
        print("\n".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
