"""Rows into files: CSV in chunks, XLSX on the disk. No cell is a formula, whatever somebody typed (security.md T10).

In a CSV a dangerous beginning is made harmless (`exports.safe_cell`); in an XLSX every cell has its type, and text is
text: nothing needs to be put before it.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from service.applications.exporting.columns import Column
from service.applications.exports import BOM, safe_cell

Rows = Sequence[Sequence[Any]]
MOST_ROWS = 1_000_000  # of one sheet, of the 1,048,576 there are
LONGEST = 32_767  # characters of a cell
SHEET = "Richieste"
DATE_FORMAT = "dd/mm/yyyy"
# what XML has no sign for
UNWRITABLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]")


def csv_chunks(columns: Sequence[Column], partitions: Iterable[Rows]) -> Iterator[bytes]:
    """Write the titles and the rows, a chunk for each lot of rows: UTF-8 with a mark, semicolons, all as text."""
    chunk = csv_chunk([[one.title for one in columns]])
    head = BOM.encode() + chunk
    for rows in partitions:
        yield head + csv_chunk(rows)
        head = b""
    if head:
        yield head


def csv_chunk(rows: Rows) -> bytes:
    """Write some rows."""
    stream = StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerows([[safe_cell(cell) if cell else "" for cell in row] for row in rows])
    return stream.getvalue().encode()


class Workbook:
    """An XLSX that is written row by row: titles that stay, widths, typed cells; another sheet when one is full."""

    def __init__(self, path: Path, columns: Sequence[Column], *, most_rows: int = MOST_ROWS) -> None:
        import xlsxwriter  # noqa: PLC0415 - the web needs it for nobody

        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": DATE_FORMAT})
        self._columns, self._most, self._row, self._sheets = columns, most_rows, 0, 0
        self._sheet = self._new_sheet()

    def write(self, rows: Rows) -> None:
        """Write some rows."""
        for row in rows:
            if self._row > self._most:
                self._sheet = self._new_sheet()
            for column, cell in enumerate(row):
                self._write_cell(column, cell)
            self._row += 1

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def _write_cell(self, column: int, cell: object) -> None:
        if isinstance(cell, str):
            if cell:
                self._sheet.write_string(self._row, column, UNWRITABLE.sub("\ufffd", cell)[:LONGEST])
        elif isinstance(cell, date):
            self._sheet.write_datetime(self._row, column, cell, self._day)
        elif isinstance(cell, int):
            self._sheet.write_number(self._row, column, cell)

    def _new_sheet(self) -> Any:
        self._sheets += 1
        sheet = self._book.add_worksheet(SHEET if self._sheets == 1 else f"{SHEET} {self._sheets}")
        sheet.freeze_panes(1, 1)
        for number, column in enumerate(self._columns):
            sheet.set_column(number, number, column.width)
        for number, column in enumerate(self._columns):
            sheet.write_string(0, number, column.title, self._bold)
        self._row = 1
        return sheet


@contextmanager
def workbook(path: Path, columns: Sequence[Column], *, most_rows: int = MOST_ROWS) -> Iterator[Workbook]:
    """Give a workbook; the file is there when the block has ended."""
    book = Workbook(path, columns, most_rows=most_rows)
    try:
        yield book
    finally:
        book.close()
