"""What jobs find out about stored files and write down: antivirus, previews, bytes without row, rows without bytes."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.audit.trail import record
from service.clock import utc_now
from service.documents.actions import delete_later
from service.documents.models import DocumentFile
from service.documents.repository import get_file, preview_key, stored_keys
from service.documents.states import Preview, Scan
from service.jobs.queue import enqueue

LONGEST_NOTE = 200
ROWS, FEW_ORPHANS = 500, 50
MOST_ORPHANS = 10  # one file in so many: whoever restores an older database is soon beyond it
OUR_KEY = re.compile(r"files/([0-9a-f]{2})/\1[0-9a-f]{30}|previews/[0-9a-f]{32}/[1-9][0-9]{0,3}\.png")


class ForeignStoreError(Exception):
    """Too many files of the store have no row: rather the wrong database, or an old one, than so much to delete."""

    def __init__(self, orphans: int, old: int) -> None:
        self.reason = f"{orphans} file su {old} del deposito non risultano: la banca dati è quella giusta?"
        super().__init__(self.reason)


def find_stored(session: Session, file_id: UUID) -> DocumentFile | None:
    """Read the row as it is now; None when the file was taken away meanwhile."""
    return session.get(DocumentFile, file_id, populate_existing=True)


def mark_scanned(session: Session, file_id: UUID, virus: str) -> None:
    """Keep the antivirus's verdict, `virus` empty when clean. An infected one leaves `document.infected`."""
    if find_stored(session, file_id) is None:
        return
    file = get_file(session, file_id)
    file.scan = Scan.INFECTED if virus else Scan.CLEAN
    file.scan_note = virus[:LONGEST_NOTE] or None
    if virus:
        record(session, "document.infected", file.version.document_id, by=SYSTEM, file=str(file_id))


def mark_scan_failed(session: Session, file_id: UUID, reason: str) -> None:
    """Show staff that the antivirus did not answer; the job asks again."""
    session.execute(
        update(DocumentFile).where(DocumentFile.id == file_id).values(scan=Scan.ERROR, scan_note=reason[:LONGEST_NOTE])
    )


def mark_drawn(session: Session, file_id: UUID, pages: int) -> None:
    """Keep how many pages were drawn, none when it cannot be done; drawings of a file that went, go too."""
    file = find_stored(session, file_id)
    if file is None:
        delete_later(session, [preview_key(file_id, page) for page in range(1, pages + 1)])
        return
    file.preview, file.preview_pages = (Preview.READY if pages else Preview.NONE), pages


def mark_lost(session: Session, file_id: UUID) -> None:
    """Remember since when the bytes are missing."""
    session.execute(
        update(DocumentFile).where(DocumentFile.id == file_id, DocumentFile.lost_at.is_(None)).values(lost_at=utc_now())
    )


def without_row(session: Session, keys: Iterable[str]) -> list[str]:
    """Give of these keys of the store those of our shapes that no row speaks of: what else is there is not ours."""
    asked = [key for key in keys if OUR_KEY.fullmatch(key)]
    known = set(session.scalars(select(DocumentFile.key).where(DocumentFile.key.in_(asked))))
    drawn = {key: found for key in asked if (found := _file_of_preview(key)) is not None}
    alive = set(session.scalars(select(DocumentFile.id).where(DocumentFile.id.in_(set(drawn.values())))))
    return [key for key in asked if key not in known and drawn.get(key) not in alive]


def require_own_store(old: int, orphans: int) -> None:
    """See that what would be deleted is the dust of uploads that broke off. Raises: ForeignStoreError."""
    if orphans > FEW_ORPHANS and MOST_ORPHANS * orphans > old:
        raise ForeignStoreError(orphans, old)


def compare_rows(
    session: Session, present: Collection[str], *, before: datetime, after: UUID | None = None
) -> UUID | None:
    """Mark the rows of before this instant whose bytes are not among the present ones, unmark those that are back.

    Previews that are missing are drawn anew. Gives where to go on `after`; None when that was all.
    """
    now = utc_now()
    query = select(DocumentFile).where(DocumentFile.created_at < before).order_by(DocumentFile.id).limit(ROWS)
    found = session.scalars(query if after is None else query.where(DocumentFile.id > after)).all()
    for file in found:
        is_here = file.key in present
        if is_here == (file.lost_at is not None):
            file.lost_at = None if is_here else now
        is_drawn = all(key in present for key in stored_keys([file])[1:])
        if is_here and file.preview == Preview.READY and not is_drawn:
            file.preview, file.preview_pages = Preview.PENDING, 0
            again = f"document.preview:{file.id}:{now:%Y%m%d%H%M%S}"
            enqueue(session, "document.preview", again, {"file_id": str(file.id)})
    return found[-1].id if len(found) == ROWS else None


def _file_of_preview(key: str) -> UUID | None:
    folder, _, rest = key.partition("/")
    return UUID(hex=rest.partition("/")[0]) if folder == "previews" else None
