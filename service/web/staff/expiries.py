"""Documents of suppliers that wait for a verdict; those that expire or have expired, week by week, with reminders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from service.clock import local_date
from service.documents.expiry import standing as standing_of
from service.documents.models import Document, DocumentReminder, DocumentVersion
from service.documents.presence import has_its_end
from service.documents.states import Standing
from service.locales import N_, gettext, ngettext
from service.questionnaire import document_anchor
from service.suppliers.checking import count_waiting
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from service.web.dates import day, short_day
from service.web.document_views import title_words
from service.web.document_words import STANDING_KINDS, STANDING_WORDS
from service.web.session import require_staff
from service.web.staff.frame import page
from service.web.staff.waiting import MOST, list_waiting, waiting_documents
from service.web.templating import text_of
from service.web.transaction import Transaction

DAYS = (7, 15, 30, 60, 90)
USUAL = 60
BEHIND = 90  # days past their date that are still shown: what is older was said long ago
HERE = "/gestione/scadenze"
WAITING = f"{HERE}?stato={Standing.TO_CHECK}"
SHOWN = (Standing.EXPIRED, Standing.EXPIRING, Standing.VALID, Standing.TO_CHECK)
LISTERS = Depends(require_staff("supplier:list"))
router = APIRouter(prefix="/scadenze", include_in_schema=False, dependencies=[LISTERS])


@dataclass(frozen=True, slots=True)
class Line:
    """One document that expires."""

    expires_on: date
    supplier: str
    url: str
    document: str
    is_suspended: bool
    is_superseded: bool
    standing: str
    kind: str
    reminders: str


@dataclass(frozen=True, slots=True)
class Week:
    """The documents of one week, or of all weeks gone by."""

    title: str
    lines: list[Line]


@router.get("", name="staff:expiries")
def expiries(request: Request, session: Transaction, giorni: str = "", stato: str = "") -> HTMLResponse:
    """Show what expires, nearest first; or what waits for a verdict, oldest first."""
    days = next((one for one in DAYS if str(one) == giorni), USUAL)
    wanted = next((one for one in SHOWN if one.value == stato), None)
    if wanted == Standing.TO_CHECK:
        waiting = list_waiting(session)
        return page(request, session, "staff/waiting.html", tabs=_tabs(session, is_waiting=True), lines=waiting,
                    is_cut=len(waiting) == MOST, most=MOST)  # fmt: skip
    today, window = local_date(), request.app.state.settings.expiring_window_days
    found = list_expiring(session, since=today - timedelta(days=BEHIND), until=today + timedelta(days=days))
    documents = [version.document_id for version, _supplier in found]
    sent, newer = reminders_of(session, documents), waiting_documents(session, documents)
    lines = [
        (standing, _line(version, supplier, standing, sent, newer))
        for version, supplier in found
        for standing in (standing_of(version.verdict, version.expires_on, today=today, window_days=window),)
    ]
    return page(
        request,
        session,
        "staff/expiries.html",
        tabs=_tabs(session, is_waiting=False),
        weeks=by_week((line for standing, line in lines if wanted in (None, standing)), today),
        days=days,
        choices=DAYS,
        standing=wanted.value if wanted else "",
        standings=[(one.value, text_of(STANDING_WORDS[one])) for one in SHOWN],
        is_cut=len(found) == MOST,
        most=MOST,
    )


def list_expiring(session: Session, *, since: date, until: date) -> Sequence[tuple[DocumentVersion, Supplier]]:
    """Give, of each document of a supplier that is not out, the version whose end counts, if between two days."""
    query = (
        select(DocumentVersion, Supplier)
        .join(DocumentVersion.document)
        .join(Supplier, Supplier.id == Document.supplier_id)
        .options(contains_eager(DocumentVersion.document))
        .where(
            has_its_end(),
            DocumentVersion.expires_on.between(since, until),
            Supplier.qualification.not_in([Qualification.REVOKED, Qualification.EXPIRED]),
        )
        .order_by(DocumentVersion.expires_on, Supplier.name, Document.type, Document.slot)
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def reminders_of(session: Session, documents: Iterable[UUID]) -> dict[tuple[UUID, date], list[str]]:
    """Give the reminders sent for each document and date of expiry, in words."""
    query = select(DocumentReminder).where(DocumentReminder.document_id.in_(list(documents)))
    found: dict[tuple[UUID, date], list[str]] = {}
    for one in session.scalars(query.order_by(DocumentReminder.sent_at)):
        found.setdefault((one.document_id, one.expires_on), []).append(_reminder_words(one))
    return found


def _reminder_words(reminder: DocumentReminder) -> str:
    sent = short_day(reminder.sent_at)
    if reminder.threshold:
        return ngettext("a %(num)s giorno, il %(day)s", "a %(num)s giorni, il %(day)s", reminder.threshold, day=sent)
    is_late = local_date(reminder.sent_at) > reminder.expires_on
    return gettext(N_("a documento scaduto, il %(day)s") if is_late else N_("il giorno della scadenza"), day=sent)


def by_week(lines: Iterable[Line], today: date) -> list[Week]:
    """Put lines, in the order of their dates, under their weeks; those gone by come first, together."""
    monday = today - timedelta(days=today.weekday())

    def week(line: Line) -> date:
        return date.min if line.expires_on < today else line.expires_on - timedelta(days=line.expires_on.weekday())

    def title(start: date) -> str:
        if start == date.min:
            return gettext("Già scaduti")
        if start == monday:
            return gettext("Questa settimana")
        return gettext("Da %(start)s a %(end)s", start=day(start, weekday=True), end=_sunday(start))

    return [Week(title(start), list(found)) for start, found in groupby(lines, week)]


def _sunday(monday: date) -> str:
    return day(monday + timedelta(days=6), weekday=True)


def _tabs(session: Session, *, is_waiting: bool) -> list[tuple[str, int | None, str, bool]]:
    """Give name, number, address of each list, and whether it is the one shown."""
    return [
        (gettext("Scadenze"), None, HERE, not is_waiting),
        (gettext("Da verificare"), count_waiting(session), WAITING, is_waiting),
    ]


def _line(
    version: DocumentVersion,
    supplier: Supplier,
    standing: Standing,
    sent: Mapping[tuple[UUID, date], list[str]],
    newer: Mapping[UUID, int],
) -> Line:
    assert version.expires_on is not None  # noqa: S101 - the query asks for it
    document = version.document
    return Line(
        expires_on=version.expires_on,
        supplier=supplier.name,
        url=f"/gestione/fornitori/{supplier.number}#doc-{document_anchor(document.type, document.slot)}",
        document=title_words(document.type, document.slot),
        is_suspended=supplier.qualification == Qualification.SUSPENDED,
        is_superseded=newer.get(version.document_id, 0) > version.number,
        standing=text_of(STANDING_WORDS[standing]),
        kind=STANDING_KINDS[standing],
        reminders="; ".join(sent.get((version.document_id, version.expires_on), [])),
    )
