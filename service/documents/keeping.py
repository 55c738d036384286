"""What jobs find out about stored files and write down: antivirus, previews, bytes without row, rows without bytes."""

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
    """Give of these keys of the store those that no row speaks of."""
    asked = list(keys)
    known = set(session.scalars(select(DocumentFile.key).where(DocumentFile.key.in_(asked))))
    drawn = {key: found for key in asked if (found := _file_of_preview(key)) is not None}
    alive = set(session.scalars(select(DocumentFile.id).where(DocumentFile.id.in_(set(drawn.values())))))
    return [key for key in asked if key not in known and drawn.get(key) not in alive]


def compare_rows(session: Session, present: Collection[str], *, before: datetime) -> None:
    """Mark the rows of before this instant whose bytes are not among the present ones, unmark those that are back.

    Previews that are missing are drawn anew.
    """
    now = utc_now()
    for file in session.scalars(select(DocumentFile).where(DocumentFile.created_at < before).order_by(DocumentFile.id)):
        is_here = file.key in present
        if is_here == (file.lost_at is not None):
            file.lost_at = None if is_here else now
        is_drawn = all(key in present for key in stored_keys([file])[1:])
        if is_here and file.preview == Preview.READY and not is_drawn:
            file.preview, file.preview_pages = Preview.PENDING, 0
            again = f"document.preview:{file.id}:{now:%Y%m%d%H%M%S}"
            enqueue(session, "document.preview", again, {"file_id": str(file.id)})


def _file_of_preview(key: str) -> UUID | None:
    parts = key.split("/")
    try:
        return UUID(hex=parts[1]) if len(parts) == 3 and parts[0] == "previews" else None  # noqa: PLR2004
    except ValueError:
        return None
