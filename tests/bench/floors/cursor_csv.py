"""The floor of the export: psycopg's cursor on the server, `csv.writer`, and the same guard on every cell."""

import csv
from collections.abc import Iterator
from io import StringIO

import psycopg

from service.applications.exports import safe_cell

LOT = 1000


def chunks(conninfo: str, query: str) -> Iterator[bytes]:
    """Give the rows of a statement as CSV, a thousand at a time."""
    with psycopg.connect(conninfo) as connection, connection.cursor("floor") as cursor:
        cursor.itersize = LOT
        cursor.execute(query)
        while rows := cursor.fetchmany(LOT):
            stream = StringIO()
            writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
            writer.writerows([[safe_cell(cell) if cell else "" for cell in row] for row in rows])
            yield stream.getvalue().encode()
