"""Reading the trail for people: who, what, about whom, when; a page after the other, the newest first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from service.audit.trail import TRAIL, AuditEvent
from service.clock import ROME

PAGE = 50
VERIFIED = "audit.verified"
# one step of the index a person, however many events each has
PEOPLE = text("""
with recursive one as (
  (select by_subject from audit_event order by by_subject limit 1)
  union all
  select (select e.by_subject from audit_event e where e.by_subject > one.by_subject order by e.by_subject limit 1)
    from one where one.by_subject is not null)
select one.by_subject from one
  join lateral (select by_name from audit_event e where e.by_subject = one.by_subject order by id desc limit 1) named
    on named.by_name ilike '%' || :words || '%'
""")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: of a person by subject or by the name's words, of a type, about these subjects, in these days."""

    own: str = ""
    who: str = ""
    type: str = ""
    subjects: Sequence[UUID] | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events, the newest first, with the cursors of its neighbours, None where there is none."""

    rows: Sequence[AuditEvent]
    newer: int | None
    older: int | None


def list_page(
    session: Session, wanted: EventFilter, *, before: int | None = None, after: int | None = None, most: int = PAGE
) -> EventPage:
    """Give the next events before (older) or after (newer) one."""
    query = select(AuditEvent).where(*_conditions(session, wanted)).limit(most + 1)
    if after is not None:
        query = query.where(AuditEvent.id > after).order_by(AuditEvent.id)
    else:
        query = query.where(AuditEvent.id < before) if before is not None else query
        query = query.order_by(AuditEvent.id.desc())
    found = session.scalars(query).all()
    rows, is_more = found[:most], len(found) > most
    if after is not None:
        rows = list(reversed(rows))
    has_older, has_newer = (is_more, before is not None) if after is None else (True, is_more)
    return EventPage(
        rows,
        newer=rows[0].id if rows and has_newer else None,
        older=rows[-1].id if rows and has_older else None,
    )


def last_check(session: Session) -> AuditEvent | None:
    """Give the event of the last check of the chain."""
    query = select(AuditEvent).where(AuditEvent.type == VERIFIED, AuditEvent.subject_id == TRAIL)
    return session.scalars(query.order_by(AuditEvent.id.desc()).limit(1)).first()


def _conditions(session: Session, wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.own:
        found.append(AuditEvent.by_subject == wanted.own)
    if wanted.who:
        words = re.sub(r"([\\%_])", r"\\\1", wanted.who)
        found.append(AuditEvent.by_subject.in_(session.scalars(PEOPLE, {"words": words}).all()))
    if wanted.type:
        found.append(AuditEvent.type == wanted.type)
    if wanted.subjects is not None:
        found.append(AuditEvent.subject_id.in_(wanted.subjects))
    if wanted.since:
        found.append(AuditEvent.at >= _midnight(wanted.since))
    if wanted.until:
        found.append(AuditEvent.at < _midnight(wanted.until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ROME)
