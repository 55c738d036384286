"""What the jobs about files do: ask the antivirus, draw pages, copy, delete bytes, sweep. All may be repeated."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.documents import copying, keeping
from service.documents.inspection import draw
from service.documents.models import DocumentFile
from service.documents.port import FileMissingError, FileStore, ScannerRefusedError, ScannerUnavailableError, StoredFile
from service.documents.repository import preview_key
from service.documents.space import forget_left_behind, require_space
from service.documents.states import Preview
from service.jobs.queue import Claim
from service.worker.bench import Bench

GONE = "Il file non c'è più"
BATCH, FEW = 500, 50
ORPHAN_HOURS = 24  # an upload whose row is not committed by then never will be
YOUNG = timedelta(minutes=10)
log = structlog.get_logger()


def scan(bench: Bench) -> None:
    """Ask the antivirus about a file. Without one the file stays `not_scanned`; one that is away is asked again.

    One that does not take the file makes the job stuck: somebody has to change its limits first.
    """
    file = _file(bench)
    if file is None:
        bench.cancel(GONE)
        return
    virus: str | None = None
    if bench.scanner is not None:
        bench.guard(bench.settings.file_job_seconds)
        try:
            virus = bench.scanner.find_virus(bench.files.read(file.key))
        except (ScannerUnavailableError, ScannerRefusedError) as error:
            with bench.transaction() as session:
                keeping.mark_scan_failed(session, file.id, error.reason)
            raise
        except FileMissingError:
            _lost(bench, file)
            return
    with bench.completion() as session:
        if virus is not None:
            keeping.mark_scanned(session, file.id, virus)


def preview(bench: Bench) -> None:
    """Draw the pages of a file in the limited child and keep them beside it; what cannot be drawn has no preview.

    On a disk at its floor it waits (DiskFullError): the room that is left belongs to the database.
    """
    file = _file(bench)
    if file is None:
        bench.cancel(GONE)
        return
    bench.guard(bench.settings.file_job_seconds)
    require_space(bench.settings)
    with tempfile.TemporaryDirectory(prefix="proactive-preview-") as name:
        folder = Path(name)
        source = folder / "source"
        try:
            _copy(bench.files, file.key, source)
        except FileMissingError:
            _lost(bench, file)
            return
        pages = draw(source, folder, media_type=file.media_type, pages=file.pages or 1, settings=bench.settings)
        for number, page in enumerate(pages, 1):
            require_space(bench.settings)
            bench.files.put(preview_key(file.id, number), page)
    with bench.completion() as session:
        keeping.mark_drawn(session, file.id, len(pages))


def copy(bench: Bench) -> None:
    """Give a draft copies of the files of the application it was made from; each has bytes of its own.

    On a disk at its floor it waits (DiskFullError). A file whose bytes are lost is left out.
    """
    source, target = (UUID(bench.job.args[name]) for name in ("source", "target"))
    with bench.transaction() as session:
        found = copying.list_files(session, source)
    keys: dict[UUID, str] = {}
    with tempfile.TemporaryDirectory(prefix="proactive-copy-") as name:
        for file_id, key in found.items():
            with bench.checkpoint(advance=False):
                pass
            bench.guard(bench.settings.file_job_seconds)
            require_space(bench.settings)
            try:
                _copy(bench.files, key, Path(name, "file"))
            except FileMissingError:
                continue
            keys[file_id] = copying.key_for(target, file_id)
            bench.files.put(keys[file_id], Path(name, "file"))
    with bench.completion() as session:
        copying.give(session, source=source, target=target, keys=keys)


def delete(bench: Bench) -> None:
    """Delete bytes that no row speaks of any more."""
    _delete(bench, bench.job.args["keys"])
    with bench.completion():
        pass


def sweep(bench: Bench) -> None:
    """Compare store and rows: bytes without row are deleted after a day, rows without bytes are marked.

    All is looked at before anything is deleted. Raises: ForeignStoreError.
    """
    forget_left_behind()
    began = utc_now()
    edge = began - timedelta(hours=ORPHAN_HOURS)
    present: set[str] = set()
    orphans: list[str] = []
    old = 0
    for found in _batches(bench.files):
        present.update(one.key for one in found)
        aged = [one.key for one in found if one.modified_at < edge]
        old += len(aged)
        with bench.checkpoint(advance=False) as session:
            orphans += keeping.without_row(session, aged)
    keeping.require_own_store(old, len(orphans))
    _delete(bench, orphans)
    log.info("files.swept", files=len(present), removed=len(orphans))
    with bench.checkpoint(advance=False) as session:
        last = keeping.compare_rows(session, present, before=began - YOUNG)
    while last is not None:
        with bench.checkpoint(advance=False) as session:
            last = keeping.compare_rows(session, present, before=began - YOUNG, after=last)
    with bench.completion():
        pass


def preview_failed(session: Session, job: Claim, _reason: str) -> None:
    """Nothing is drawn any more: say so instead of letting people wait."""
    file = keeping.find_stored(session, UUID(job.args["file_id"]))
    if file is not None and file.preview == Preview.PENDING:
        file.preview = Preview.NONE


def _file(bench: Bench) -> DocumentFile | None:
    with bench.transaction() as session:
        return keeping.find_stored(session, UUID(bench.job.args["file_id"]))


def _lost(bench: Bench, file: DocumentFile) -> None:
    with bench.completion() as session:
        keeping.mark_lost(session, file.id)


def _delete(bench: Bench, keys: Sequence[str]) -> None:
    """Delete one after the other, and keep the lease meanwhile."""
    for number, key in enumerate(keys, 1):
        bench.guard(bench.settings.file_job_seconds)
        bench.files.delete(key)
        if number % FEW == 0:
            with bench.checkpoint(advance=False):
                pass


def _batches(files: FileStore) -> Iterator[list[StoredFile]]:
    listed = files.list()
    while found := list(islice(listed, BATCH)):
        yield found


def _copy(files: FileStore, key: str, target: Path) -> None:
    chunks = files.read(key)
    with target.open("wb") as out:
        out.writelines(chunks)
