"""What will be erased next, and what a legal hold keeps, as lines of a page: read across the features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.audit.retention import Due
from service.clock import local_date
from service.config import Settings
from service.documents.models import Document, DocumentVersion
from service.invitations.models import Invitation
from service.invitations.purging import list_all_due
from service.locales import gettext
from service.suppliers.models import Supplier
from service.web.document_views import title_words
from service.web.templating import text_of

MOST = 200
HERE = "/gestione/conservazione"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that will be erased: of what kind, of whom, when and why."""

    on: date
    is_due: bool
    what: str
    about: str
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """An application that a hold keeps."""

    number: str
    name: str
    url: str
    reason: str
    by: str
    review_on: date
    is_overdue: bool


def coming_lines(session: Session, settings: Settings, *, until: date) -> list[Line]:
    """Give what is erased up to a day, the nearest first."""
    found = sorted(list_all_due(session, settings=settings, until=until), key=lambda due: due.on)[:MOST]
    ids = [due.id for due in found]
    about = {**_applications(session, ids), **_versions(session, ids), **_invitations(session, ids)}
    today = local_date()
    return [_line(due, about, settings, today) for due in found]


def held_lines(session: Session) -> Sequence[Held]:
    """Give the applications under a hold, that first which is to be reviewed first."""
    query = select(Application).where(Application.legal_hold_reason.is_not(None))
    found = session.scalars(query.order_by(Application.legal_hold_review_on, Application.sequence))
    return [held_of(one) for one in found]


def held_of(application: Application) -> Held:
    """Put a hold into words."""
    review_on = application.legal_hold_review_on or local_date()
    return Held(
        number=application.number or "",
        name=application.name,
        url=f"{HERE}/{application.number}",
        reason=application.legal_hold_reason or "",
        by=application.legal_hold_by or "",
        review_on=review_on,
        is_overdue=review_on <= local_date(),
    )


def _line(due: Due, about: Mapping[UUID, tuple[str, str]], settings: Settings, today: date) -> Line:
    # whom the excluded list names is not for this page
    words, url = about.get(due.id, (gettext("riservato"), ""))
    return Line(due.on, due.on <= today, text_of(due.rule.what), words, url, due.rule.reason(settings))


def _applications(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    query = select(Application.id, Application.number, Application.name).where(Application.id.in_(ids))
    return {id_: (f"{number} {name}", f"{HERE}/{number}") for id_, number, name in session.execute(query)}


def _versions(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    query = (
        select(
            DocumentVersion.id, Document.type, Document.slot, Application.number,
            func.coalesce(Application.name, Supplier.name),
        )
        .join(Document, Document.id == DocumentVersion.document_id)
        .outerjoin(Application, Application.id == Document.application_id)
        .outerjoin(Supplier, Supplier.id == Document.supplier_id)
        .where(DocumentVersion.id.in_(ids))
    )  # fmt: skip
    return {
        id_: (f"{title_words(type_, slot)}, {name}", f"{HERE}/{number}" if number else "")
        for id_, type_, slot, number, name in session.execute(query)
    }


def _invitations(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    query = select(Invitation.id, Invitation.company_name).where(Invitation.id.in_(ids))
    return {id_: (name, "") for id_, name in session.execute(query)}
