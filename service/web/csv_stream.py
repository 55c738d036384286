"""A table that is written while it leaves, a batch at a time, for a spreadsheet that must compute none of its cells."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from fastapi import Response
from starlette.responses import StreamingResponse

from service.applications.exports import BOM, safe_cell
from service.web.downloads import HEADERS, attachment


def csv_response(batches: Iterable[Sequence[Sequence[str]]], name: str, *, head: Sequence[str]) -> Response:
    """Give the rows as they come; each batch is asked for when the one before it has left."""
    headers = {**HEADERS, "Content-Disposition": attachment(name)}
    return StreamingResponse(_lines(batches, head), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(batches: Iterable[Sequence[Sequence[str]]], head: Sequence[str]) -> Iterator[str]:
    yield BOM + _written([head])
    for rows in batches:
        yield _written(rows)


def _written(rows: Iterable[Sequence[str]]) -> str:
    stream = StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return stream.getvalue()
