"""Events of the trail in words, for the page and for the spreadsheet; and the last check of the chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.desk.people import list_assignees
from service.audit.reading import last_check
from service.audit.trail import AuditEvent
from service.audit.verifying import Kind, Problem
from service.clock import ROME
from service.jobs.models import JobStatus
from service.jobs.repository import list_by_keys
from service.locales import N_
from service.web.staff.audit_details import details
from service.web.staff.audit_subjects import named
from service.web.staff.reading import Subject
from service.web.staff.words import EVENTS
from service.web.templating import text_of

GROUPS = {
    "application": N_("Domande"),
    "document": N_("Documenti"),
    "supplier": N_("Fornitori"),
    "account": N_("Utenze"),
    "invitation": N_("Inviti"),
    "mail": N_("E-mail"),
    "audit": N_("Registro"),
}
EXPORTS = frozenset({"export.made", "export.downloaded"})  # their filter may name somebody
OTHERS = N_("Altro")


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event in words."""

    at: datetime
    who: str
    account: str
    what: str
    code: str
    subject: Subject
    details: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """The last check: when, how much it read, what is wrong; `is_asked` while another one is on its way."""

    at: datetime | None
    events: int
    against: int
    count: int
    problems: list[str]
    is_asked: bool


def event_lines(session: Session, events: Sequence[AuditEvent], principal: Principal) -> list[EventLine]:
    """Put a page of events into words."""
    known = named(session, {one.subject_id for one in events}, principal)
    people = dict(list_assignees(session)) if any(one.type in EXPORTS for one in events) else {}
    return [
        EventLine(
            at=one.at,
            who=one.by_name,
            account=one.by_subject,
            what=text_of(EVENTS.get(one.type, one.type)),
            code=one.type,
            subject=known.get(one.subject_id, Subject("")),
            details=details(one, principal, people),
        )
        for one in events
    ]


def event_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the kinds of events in words, by what they happen to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, name in EVENTS.items():
        group = GROUPS.get(code.partition(".")[0], OTHERS)
        found.setdefault(text_of(group), []).append((code, text_of(name)))
    return list(found.items())


def export_rows(session: Session, events: Sequence[AuditEvent], principal: Principal) -> list[Sequence[str]]:
    """Give the same as cells."""
    return [
        (one.at.astimezone(ROME).strftime("%Y-%m-%d %H:%M:%S"), one.who, one.account, one.what, one.code,
         one.subject.text, one.details)
        for one in event_lines(session, events, principal)
    ]  # fmt: skip


def check_key(last: AuditEvent | None) -> str:
    """Give the key of the check that follows a result: one job until it has its own."""
    return f"audit.verify:{last.id if last else 0}"


def check_view(session: Session) -> CheckView:
    """Read how the last check went, and whether another is under way."""
    last = last_check(session)
    is_asked = any(job.status == JobStatus.READY for job in list_by_keys(session, [check_key(last)]))
    try:
        data = last.data if last else {}
        told = [str(Problem(Kind(kind), id_, other)) for kind, id_, other in data["problems"]]
        # right after the first start there is nothing to read yet: that was no check
        at = last.at if last and (data["events"] or data["count"]) else None
        return CheckView(at, int(data["events"]), int(data["against"]), int(data["count"]), told, is_asked)
    except (KeyError, TypeError, ValueError):  # none yet, or one that somebody has changed: the next one will say so
        return CheckView(None, 0, 0, 0, [], is_asked)
