"""A short CSV of the queue written while the answer leaves, from a connection of its own (performance.md, advice 6)."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from service.access.principal import Principal
from service.applications.exporting.columns import columns, export_query
from service.applications.exporting.reading import own_connection, partitions
from service.applications.exporting.writing import csv_chunks
from service.config import Settings
from service.web.downloads import HEADERS, attachment


def queue_chunks(engine: Engine, query: str, principal: Principal, settings: Settings) -> Iterator[bytes]:
    """Write the rows of a query lot by lot; the connection goes back when the last chunk was taken, or on `close`."""
    rows = export_query(query, principal, settings, as_text=True)
    with own_connection(engine) as connection:
        yield from csv_chunks(columns(), partitions(connection, rows))


class QueueResponse(Response):
    """The rows as a file; until the first chunk is there, a database that is away is answered in words."""

    def __init__(self, engine: Engine, query: str, principal: Principal, settings: Settings, *, name: str) -> None:
        super().__init__(media_type="text/csv")
        self.chunks = queue_chunks(engine, query, principal, settings)
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write beside the event loop and send; the connection goes back whatever becomes of the reader."""
        headers = {**HEADERS, "Content-Disposition": attachment(self.name)}
        try:
            first = await run_in_threadpool(next, self.chunks)
            chunks = chain([first], self.chunks)
            await StreamingResponse(chunks, media_type="text/csv", headers=headers)(scope, receive, send)
        finally:
            await run_in_threadpool(self.chunks.close)  # type: ignore[attr-defined]
