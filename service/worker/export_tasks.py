"""Making a file of the queue: lot by lot beside the database's cursor, told on the export's page, then kept."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.orm import Session

from service.applications.exporting import actions
from service.applications.exporting.columns import columns, export_query
from service.applications.exporting.filtering import conditions_of
from service.applications.exporting.models import Export
from service.applications.exporting.reading import own_connection, partitions
from service.applications.exporting.states import ExportFormat
from service.applications.exporting.writing import Rows, csv_chunk, csv_chunks, workbook
from service.applications.models import Application
from service.documents.space import require_space
from service.jobs.queue import Claim
from service.worker.bench import Bench

Write = Callable[[Rows], object]
GONE = "L'esportazione non serve più"


def make(bench: Bench) -> None:
    """Write the rows to a file and keep it. Safe to repeat: another try begins with the first row, under the same key.

    On a disk at its floor it waits (DiskFullError).
    """
    export_id = UUID(bench.job.args["export_id"])
    with bench.checkpoint(advance=False) as session:
        export = actions.begin(session, export_id)
    if export is None:
        bench.cancel(GONE)
        return
    require_space(bench.settings)
    with tempfile.TemporaryDirectory(prefix="proactive-export-") as folder:
        path = Path(folder) / f"export.{export.format}"
        rows = _write(bench, export, path)
        key = f"exports/{export.id.hex}.{export.format}"
        bench.guard(bench.settings.file_job_seconds)
        bench.files.put(key, path)
        size = path.stat().st_size
    with bench.completion() as session:
        actions.finish(session, export_id, rows=rows, bytes_=size, file=key, settings=bench.settings)


def failed(session: Session, job: Claim, _reason: str) -> None:
    """The job is stuck and the export failed, in one transaction."""
    actions.fail(session, UUID(job.args["export_id"]))


def _write(bench: Bench, export: Export, path: Path) -> int:
    """Write all rows, telling after each lot how far it is; gives how many there were."""
    asked = (export.filter["query"], actions.reader(export), bench.settings)
    rows, done = export_query(*asked, as_text=export.format == ExportFormat.CSV), 0
    with ExitStack() as opened:
        connection = opened.enter_context(own_connection(bench.engine))
        total = _count(connection, conditions_of(*asked))
        write = opened.enter_context(WRITERS[export.format](path))
        for lot in partitions(connection, rows):
            write(lot)
            done += len(lot)
            with bench.checkpoint(advance=False) as session:
                actions.note_progress(session, export.id, rows_done=done, rows_total=max(total, done))
    return done


def _count(connection: Connection, conditions: list[ColumnElement[bool]]) -> int:
    """Count them all: nobody waits for this on a page."""
    count = select(func.count()).select_from(Application).where(*conditions)
    return connection.scalar(count) or 0


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("wb") as out:
        out.writelines(csv_chunks(columns(), ()))
        yield lambda rows: out.write(csv_chunk(rows))


@contextmanager
def _xlsx(path: Path) -> Iterator[Write]:
    with workbook(path, columns()) as book:
        yield book.write


WRITERS: dict[ExportFormat, Callable[[Path], AbstractContextManager[Write]]] = {
    ExportFormat.CSV: _csv,
    ExportFormat.XLSX: _xlsx,
}
