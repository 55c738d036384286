"""The rows of an export from a connection of its own: read only, with its own limit of time, a thousand at a time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, text

from service.database import allow_statements

LOT = 1000
SECONDS = 30
# a statement here is the beginning of the search or one lot of it; between two lots a chunk is sent or stored
LIMITS = (
    "set transaction read only",
    "set local idle_in_transaction_session_timeout = '60s'",
)


@contextmanager
def own_connection(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction of its own that can write nothing, and ends with the block."""
    with engine.connect() as connection:
        for limit in LIMITS:
            connection.execute(text(limit))
        allow_statements(connection, SECONDS)
        yield connection
        connection.rollback()


def partitions(connection: Connection, query: Select[Any]) -> Iterator[list[Row[Any]]]:
    """Give the rows in lots from a cursor of the server: never more than one lot is here."""
    with closing(connection.execution_options(yield_per=LOT).execute(query)) as result:
        for lot in result.partitions(LOT):
            yield list(lot)
