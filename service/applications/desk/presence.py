"""Who has an application before the eyes now: technical, in no trail, forgotten within the hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, text
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.desk.models import Presence
from service.clock import utc_now

SEEN_FOR = timedelta(minutes=2)
NOTED_EVERY = timedelta(seconds=30)
KEPT_FOR = timedelta(hours=1)
# whoever looks waits for nobody who decides: a locked application is passed by, and noted at the next look
_NOTE = text(
    """
    insert into presence (application_id, subject, name, seen_at)
    select id, :subject, :name, :now from application where id = :id for key share skip locked
    on conflict (application_id, subject) do update set name = excluded.name, seen_at = excluded.seen_at
    where presence.seen_at < :edge
    """
)


def note_presence(session: Session, application_id: UUID, *, by: Principal) -> None:
    """Note that a person has the application open, at most once in half a minute."""
    now = utc_now()
    session.execute(_NOTE, {"id": application_id, "subject": by.subject, "name": by.name, "now": now,
                            "edge": now - NOTED_EVERY})  # fmt: skip


def list_present(session: Session, application_id: UUID, *, without: Principal) -> Sequence[tuple[str, datetime]]:
    """Give name and instant of the others who have it open, the latest first."""
    query = select(Presence.name, Presence.seen_at).where(
        Presence.application_id == application_id,
        Presence.subject != without.subject,
        Presence.seen_at > utc_now() - SEEN_FOR,
    )
    return [(name, at) for name, at in session.execute(query.order_by(Presence.seen_at.desc()))]


def forget_presence(session: Session) -> int:
    """Delete what says nothing any more; gives the number of rows."""
    result = session.execute(delete(Presence).where(Presence.seen_at < utc_now() - KEPT_FOR))
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount
