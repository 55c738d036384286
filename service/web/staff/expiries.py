"""Documents of suppliers that expire soon or have expired, week by week, with the reminders that went out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from service.clock import local_date
from service.documents.expiry import standing as standing_of
from service.documents.models import Document, DocumentReminder, DocumentVersion
from service.documents.presence import has_its_end
from service.documents.states import Standing
from service.locales import gettext
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from service.web.dates import day, short_day
from service.web.document_views import title_words
from service.web.document_words import STANDING_KINDS, STANDING_WORDS
from service.web.session import require_staff
from service.web.staff.frame import page
from service.web.templating import text_of
from service.web.transaction import Transaction

DAYS = (7, 15, 30, 60, 90)
USUAL = 60
BEHIND = 90  # days past their date that are still shown: what is older was said long ago
MOST = 300
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
    note: str
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
    """Show what expires, nearest first."""
    days = next((one for one in DAYS if str(one) == giorni), USUAL)
    wanted = next((one for one in SHOWN if one.value == stato), None)
    today, window = local_date(), request.app.state.settings.expiring_window_days
    found = list_expiring(session, since=today - timedelta(days=BEHIND), until=today + timedelta(days=days))
    sent = reminders_of(session, [version.document_id for version, _supplier in found])
    lines = [
        (standing, _line(version, supplier, standing, sent.get((version.document_id, version.expires_on), [])))
        for version, supplier in found
        for standing in (standing_of(version.verdict, version.expires_on, today=today, window_days=window),)
    ]
    return page(
        request,
        session,
        "staff/expiries.html",
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


def reminders_of(session: Session, documents: Iterable[object]) -> dict[tuple[object, date | None], list[str]]:
    """Give the reminders sent for each document and date of expiry, in words."""
    query = select(DocumentReminder).where(DocumentReminder.document_id.in_(list(documents)))
    found: dict[tuple[object, date | None], list[str]] = {}
    for one in session.scalars(query.order_by(DocumentReminder.sent_at)):
        words = gettext("a %(days)s giorni, il %(day)s", days=one.threshold, day=short_day(one.sent_at))
        found.setdefault((one.document_id, one.expires_on), []).append(words)
    return found


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
        return gettext("Settimana dal %(start)s al %(end)s", start=day(start), end=day(start + timedelta(days=6)))

    return [Week(title(start), list(found)) for start, found in groupby(lines, week)]


def _line(version: DocumentVersion, supplier: Supplier, standing: Standing, reminders: list[str]) -> Line:
    assert version.expires_on is not None  # noqa: S101 - the query asks for it
    return Line(
        expires_on=version.expires_on,
        supplier=supplier.name,
        url=f"/gestione/fornitori/{supplier.number}#documenti",
        document=title_words(version.document.type, version.document.slot),
        note=gettext("(sospeso)") if supplier.qualification == Qualification.SUSPENDED else "",
        standing=text_of(STANDING_WORDS[standing]),
        kind=STANDING_KINDS[standing],
        reminders="; ".join(reminders),
    )
