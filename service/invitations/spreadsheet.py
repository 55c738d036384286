"""A spreadsheet of companies to invite (XLSX, ODS or CSV): rows by column title, nothing in it is ever executed.

python-calamine reads cell values only: no macros, no formulas, no external entities. What a small file may unfold to is
limited before it is opened, and it is opened in the limited child that inspects documents.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.config import Settings
from service.documents.inspection import read_cells
from service.errors import InvalidError
from service.locales import N_, gettext

MOST_ROWS, MOST_COLUMNS = 500, 40
LARGEST, LARGEST_UNFOLDED, MOST_PARTS = 1024 * 1024, 32 * 1024 * 1024, 500  # bytes, bytes, members of the archive
CSV, ARCHIVE = ".csv", b"PK\x03\x04"
# column of ours: titles people write, in small letters
TITLES = {
    "company_name": ("ragione sociale", "impresa", "società", "societa", "fornitore", "company", "company name"),
    "email": ("e-mail", "email", "mail", "posta elettronica", "indirizzo e-mail"),
    "locale": ("lingua", "language"),
    "country": ("nazione", "paese", "country"),
    "tax_code": ("codice fiscale", "cf", "c.f.", "tax code"),
    "leaves": ("voci", "categorie", "categorie merceologiche", "categories"),
    "message": ("messaggio", "message"),
}
NEEDED = ("company_name", "email")
COLUMNS = {title: name for name, titles in TITLES.items() for title in titles}
LANGUAGES = {"italiano": "it", "italian": "it", "inglese": "en", "english": "en"}
NOT_A_SHEET = N_("Il file non si apre come foglio di calcolo: salvalo come XLSX o CSV e riprova.")


class SheetError(InvalidError):
    """The file is no spreadsheet of companies; the detail says what to do."""

    code = "sheet"
    title = "Il foglio non si può leggere"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row by our column names; `line` as the spreadsheet counts it, from 1."""

    line: int
    values: dict[str, str]
    leaves: tuple[str, ...]


def read_sheet(path: Path, name: str, *, settings: Settings) -> list[SheetRow]:
    """Read the rows below the titles, empty ones left out; outside a transaction. Raises: SheetError."""
    if path.stat().st_size > LARGEST:
        raise SheetError(gettext("Il foglio supera 1 MB: dividilo in più parti."))
    table = _csv(path) if name.lower().endswith(CSV) else _workbook(path, settings)
    lines = [(number, [_text(cell) for cell in cells[:MOST_COLUMNS]]) for number, cells in enumerate(table, 1)]
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        raise SheetError(gettext("Il foglio è vuoto."))
    titles = [COLUMNS.get(" ".join(cell.lower().split()), "") for cell in filled[0][1]]
    if missing := [TITLES[one][0] for one in NEEDED if one not in titles]:
        raise SheetError(gettext("Nella prima riga mancano le colonne: %(names)s.", names=", ".join(missing)))
    if len(filled) - 1 > MOST_ROWS:
        raise SheetError(gettext("Il foglio ha %(num)s imprese: al massimo %(most)s per volta.", num=len(filled) - 1,
                                 most=MOST_ROWS))  # fmt: skip
    if len(filled) == 1:
        raise SheetError(gettext("Sotto i titoli non c’è nessuna impresa."))
    return [_row(number, titles, cells) for number, cells in filled[1:]]


def _row(number: int, titles: Sequence[str], cells: Sequence[str]) -> SheetRow:
    values = {title: cell for title, cell in zip(titles, cells, strict=False) if title}
    leaves = values.pop("leaves", "").replace(";", ",").split(",")
    language = values.get("locale", "").lower()
    values["locale"] = LANGUAGES.get(language, language)
    values["country"] = values.get("country", "").upper()
    return SheetRow(number, values, tuple(one.strip() for one in leaves if one.strip()))


def _workbook(path: Path, settings: Settings) -> Iterable[Sequence[object]]:
    _require_modest(path)
    found = read_cells(path, rows=MOST_ROWS * 2, columns=MOST_COLUMNS, settings=settings)
    if found is None:
        raise SheetError(gettext(NOT_A_SHEET))
    return found


def _require_modest(path: Path) -> None:
    """Refuse what is no archive, or unfolds to more than a list of companies needs."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise SheetError(gettext(NOT_A_SHEET)) from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNFOLDED:
        raise SheetError(gettext("Il foglio è troppo grande: lascia solo l’elenco delle imprese."))


def _csv(path: Path) -> Iterable[Sequence[object]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # what Excel writes where nobody chooses
    if "\0" in text:
        raise SheetError(gettext(NOT_A_SHEET))
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise SheetError(gettext(NOT_A_SHEET)) from error


def _text(cell: object) -> str:
    """Give what stands in a cell: a number as people write it, without the zero that spreadsheets add."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "".join(c if c.isprintable() or c == "\n" else " " for c in str(cell))[:2000].strip()
