"""The verbs of an export: asked for by a person, made by a job, fetched by that person alone, forgotten after a day."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal, Role
from service.applications.exporting.models import Export
from service.applications.exporting.repository import find_export
from service.applications.exporting.states import OPEN, ExportFormat, ExportState
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.documents.actions import delete_later
from service.errors import ConflictError
from service.jobs.queue import enqueue

MOST_OPEN = 3
BATCH = 200


class TooManyExportsError(ConflictError):
    """This person has enough of them under way."""

    code = "too_many_exports"
    title = "Ci sono già esportazioni in corso"


def ask(session: Session, *, query: str, format_: ExportFormat, by: Principal, settings: Settings) -> Export:
    """Have a file of these applications made; what is under way for the same wish is given again.

    Leaves the row and job `export.make`. Raises: TooManyExportsError.
    """
    require(by, "application:export")
    # two clicks of one person, one after the other
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"export:{by.subject}", 0))))
    under_way = session.scalars(
        select(Export).where(Export.asked_by_subject == by.subject, Export.state.in_(OPEN)).order_by(Export.asked_at)
    ).all()
    for one in under_way:
        if one.filter == {"query": query} and one.format == format_:
            return one
    if len(under_way) >= MOST_OPEN:
        message = f"Ne hai già {len(under_way)} in corso: aspetta che una finisca."
        raise TooManyExportsError(message)
    now = utc_now()
    export = Export(
        id=uuid4(),
        format=format_,
        filter={"query": query},
        asked_at=now,
        asked_by_subject=by.subject,
        asked_by_name=by.name,
        expires_at=now + timedelta(hours=settings.export_hours),
    )
    session.add(export)
    enqueue(session, "export.make", f"export.make:{export.id}", {"export_id": str(export.id)})
    return export


def begin(session: Session, export_id: UUID) -> Export | None:
    """Begin, or begin again from the first row. None when nobody waits for it any more."""
    export = find_export(session, export_id, lock=True)
    if export is None or export.state == ExportState.READY:
        return None
    export.state, export.rows_done = ExportState.RUNNING, 0
    return export


def reader(export: Export) -> Principal:
    """Give whoever asked, with the eyes that `ask` and the page have seen to."""
    return Principal(export.asked_by_subject, export.asked_by_name, frozenset({Role.REVIEWER}))


def note_progress(session: Session, export_id: UUID, **numbers: int) -> None:
    """Say how far it is: `rows_done`, `rows_total`."""
    session.execute(update(Export).where(Export.id == export_id).values(**numbers))


def finish(session: Session, export_id: UUID, *, rows: int, bytes_: int, file: str, settings: Settings) -> None:
    """Let the person fetch it, for the hours of the settings from now. Leaves `export.made`.

    Bytes of an export that was forgotten meanwhile go again.
    """
    export = find_export(session, export_id, lock=True)
    if export is None:
        delete_later(session, [file])
        return
    export.state, export.file, export.bytes = ExportState.READY, file, bytes_
    export.rows_done = export.rows_total = rows
    export.expires_at = utc_now() + timedelta(hours=settings.export_hours)
    record(session, "export.made", export.id, by=reader(export), **_told(export))


def fail(session: Session, export_id: UUID) -> None:
    """Say that it will not come."""
    export = find_export(session, export_id, lock=True)
    if export is not None and export.state in OPEN:
        export.state = ExportState.FAILED


def note_streamed(session: Session, *, query: str, rows: int, by: Principal) -> None:
    """Write down a file that is given at once. Leaves `export.made` and `export.downloaded`."""
    id_, told = uuid4(), {"query": query, "format": ExportFormat.CSV.value, "rows": rows}
    for event in ("export.made", "export.downloaded"):
        record(session, event, id_, by=by, **told)


def note_download(session: Session, export: Export, *, by: Principal) -> None:
    """Write down that a file was fetched. Leaves `export.downloaded`."""
    record(session, "export.downloaded", export.id, by=by, **_told(export))


def forget_exports(session: Session) -> int:
    """Delete the rows whose time is over, and their files; gives how many."""
    query = select(Export).where(Export.expires_at < utc_now()).order_by(Export.expires_at).limit(BATCH)
    found = session.scalars(query.with_for_update(skip_locked=True)).all()
    delete_later(session, [one.file for one in found if one.file])
    for one in found:
        session.delete(one)
    return len(found)


def _told(export: Export) -> dict[str, Any]:
    return {"query": export.filter["query"], "format": export.format.value, "rows": export.rows_done}
