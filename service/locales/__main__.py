"""`python -m service.locales update|check`: keep the English catalogue level with the Italian texts."""

import csv
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from service.locales import FOLDER, LOCALES, SOURCE

ROOT = FOLDER.parent
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**/data/**.csv", "service.locales.__main__:extract_table"),
]
OPTIONS = {
    "**/templates/**": {
        "extensions": "jinja2.ext.i18n,jinja2.ext.do",
        "trimmed": "true",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "silent": "false",
    }
}
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "trans": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
BRACED = re.compile(r"\{(\w+)\}")
WIDTH = 110
# the columns of a data file that are shown translated; what is in `name` is a proper name
SPOKEN = ("label", "hint", "question")


def extract_table(
    source: BinaryIO, _keywords: object, _comment_tags: object, **_options: object
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Find the texts of a data file, for Babel."""
    lines = (line for line in source.read().decode().splitlines() if not line.startswith("#"))
    for number, row in enumerate(csv.DictReader(lines), start=1):
        yield from ((number, None, row[column], []) for column in SPOKEN if row.get(column))


def extracted() -> Catalog:
    """Collect every marked text of the service, without line numbers, so that only changed words change the file."""
    catalog = Catalog(project="ICRI ProActive", charset="utf-8")
    for name, _line, message, comments, context in extract_from_dir(
        ROOT, METHODS, OPTIONS, KEYWORDS, comment_tags=("NOTE:",)
    ):
        if message:
            catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def po_path(locale: str) -> Path:
    """Give the file of a locale."""
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def updated(locale: str) -> Catalog:
    """Give the catalogue of a locale as it must be: new texts empty, dropped ones gone, nothing guessed."""
    path = po_path(locale)
    if path.exists():
        with path.open("rb") as source:
            catalog = read_po(source, locale=locale)
    else:
        catalog = Catalog(locale=locale, project="ICRI ProActive")
    catalog.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.fuzzy, catalog.header_comment = (
        False,
        "# English texts of ICRI ProActive; kept by `python -m service.locales`.",
    )
    return catalog


def as_text(catalog: Catalog) -> bytes:
    """Write a catalogue the one way we write it."""
    catalog.revision_date = catalog.creation_date = None  # type: ignore[assignment]
    target = BytesIO()
    write_po(target, catalog, width=WIDTH, sort_output=True, omit_header=False, include_lineno=False)
    lines = target.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(('"PO-Revision-Date', '"POT-Creation-Date'))).encode()


def faults(catalog: Catalog) -> Iterator[str]:
    """Name what is missing, doubtful, or has other placeholders than the Italian."""
    for message in catalog:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if not all(texts):
            yield f"manca: {_first(message)}"
        elif message.fuzzy:
            yield f"incerta: {_first(message)}"
        elif any(_names(text) != _names(_first(message)) for text in texts):
            yield f"altri segnaposto: {_first(message)}"


def _first(message: Message) -> str:
    return message.id[0] if isinstance(message.id, (tuple, list)) else str(message.id)


def _names(text: str | None) -> set[str]:
    text = text or ""
    return set(PLACEHOLDER.findall(text)) - {"num"} | set(BRACED.findall(text))


def main(command: str) -> int:
    """Run `update` or `check`; give the exit code."""
    found = []
    for locale in (one for one in LOCALES if one != SOURCE):
        catalog, path = updated(locale), po_path(locale)
        text = as_text(catalog)
        if command == "update":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        elif not path.exists() or path.read_bytes() != text:
            found.append(f"{locale}: il catalogo non è aggiornato, esegui: python -m service.locales update")
        found += [f"{locale}: {fault}" for fault in faults(catalog)]
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if command == "check" and found else 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["update"], ["check"]):
        sys.exit("uso: python -m service.locales update|check")
    sys.exit(main(sys.argv[1]))
