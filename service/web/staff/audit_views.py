"""Events of the trail in words, for the page and for the spreadsheet; and the last check of the chain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.states import HOLD_LABELS, Hold, State
from service.applications.states import LABELS as STATES
from service.audit.reading import VERIFIED, last_check
from service.audit.trail import AuditEvent
from service.audit.verifying import Kind, Problem
from service.clock import ROME
from service.jobs.models import JobStatus
from service.jobs.repository import list_by_keys
from service.locales import N_, gettext, ngettext
from service.suppliers.states import LABELS as QUALIFICATIONS
from service.suppliers.states import Qualification
from service.web.answer_views import leaf_labels
from service.web.dates import short_day
from service.web.document_views import title_words
from service.web.staff.application_views import reason_words
from service.web.staff.audit_subjects import named
from service.web.staff.reading import Subject
from service.web.staff.words import EVENTS, MESSAGES
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
OTHERS = N_("Altro")
# told by the subject's name, or ids that say nothing to a person
UNTOLD = {"slot", "file", "files", "request", "to_state", "problems", "head", "against", "waiting"}


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
    return [
        EventLine(
            at=one.at,
            who=one.by_name,
            account=one.by_subject,
            what=text_of(EVENTS.get(one.type, one.type)),
            code=one.type,
            subject=known.get(one.subject_id, Subject("")),
            details=details(one),
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


def details(event: AuditEvent) -> str:
    """Say what else was recorded: states, reasons, dates, names; what nobody has words for, as it stands."""
    data, parts = event.data, []
    if event.type == VERIFIED:
        return _verified(data)
    for name, value in data.items():
        is_title = name == "type" and event.subject_type == "document"
        if name in UNTOLD or is_title or value in (None, "", []):
            continue
        parts.append(_said(name, value, data))
    return " · ".join(part for part in parts if part)


def _said(name: str, value: object, data: Mapping[str, Any]) -> str:
    try:
        return SAY[name](value, data)
    except (KeyError, TypeError, ValueError):  # no words for it, or not shaped as ours are: it stands as it is
        return f"{name}: {_plain(value)}"


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
        at = last.at if last else None
        return CheckView(at, int(data["events"]), int(data["against"]), int(data["count"]), told, is_asked)
    except (KeyError, TypeError, ValueError):  # none yet, or one that somebody has changed: the next one will say so
        return CheckView(None, 0, 0, 0, [], is_asked)


def _verified(data: Mapping[str, Any]) -> str:
    count = data.get("count")
    if not isinstance(count, int):
        return ""
    return ngettext("%(num)s problema", "%(num)s problemi", count) if count else gettext("Nessun problema.")


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _state(value: object) -> str:
    if value in set(State):
        return text_of(STATES[State(str(value))])
    return text_of(QUALIFICATIONS[Qualification(str(value))])


def _moved(value: object, data: Mapping[str, Any]) -> str:
    before, after = _state(value), _state(data.get("to_state") or value)
    return f"{before} → {after}" if after != before else before


def _day(value: object, _data: Mapping[str, Any]) -> str:
    return short_day(date.fromisoformat(str(value)))


SAY: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "from_state": _moved,
    "reason": lambda value, _data: reason_words(str(value)),
    "why": lambda value, _data: text_of(HOLD_LABELS[Hold(value)]),
    "deadline": _day,
    "promised": _day,
    "review_on": _day,
    "message": lambda value, _data: text_of(MESSAGES.get(str(value), str(value))),
    "leaves": lambda value, _data: ", ".join(leaf_labels(value)),
    "documents": lambda value, _data: ", ".join(title_words(str(one), "") for one in value),
    "number": lambda value, _data: gettext("n. %(number)s", number=value),
    "username": lambda value, _data: str(value),
}
