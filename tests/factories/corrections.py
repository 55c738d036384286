"""Applications whose applicant was asked for corrections, made through the real actions."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT, Principal
from service.applications import actions
from service.applications.actions import Wanted
from service.applications.models import Application
from service.applications.states import ItemKind
from service.clock import local_date, utc_now
from service.config import Settings
from service.documents.models import Document, DocumentVersion
from service.documents.repository import latest
from service.questionnaire import Parsed
from tests.factories.applications import ANNA, make_under_review
from tests.factories.documents import make_file

STREET = Wanted(ItemKind.FIELD, "D06", "Sulla visura l'indirizzo è un altro.", section="sede", field="hq_street")
CONTACTS = Wanted(ItemKind.SECTION, "D01", "Manca il referente per la sicurezza.", section="referenti")
DURC = Wanted(ItemKind.DOCUMENT, "D03", "La seconda pagina non si legge.", document_type="durc")


def make_asked(
    session: Session,
    settings: Settings,
    *wanted: Wanted,
    category: str = "SC",
    n: int = 1,
) -> Application:
    """Make one of which Anna has asked something: by default a field and a document."""
    examined = make_under_review(session, settings, category=category, n=n)
    ask(session, settings, examined, *wanted)
    return examined


def ask(
    session: Session,
    settings: Settings,
    application: Application,
    *wanted: Wanted,
    by: Principal = ANNA,
    version: int | None = None,
) -> None:
    """Let staff ask for corrections."""
    actions.request_information(
        session, application.id, version=version or application.version, by=by, settings=settings,
        wanted=wanted or (STREET, DURC),
    )  # fmt: skip


def answer_all(session: Session, settings: Settings, application: Application) -> None:
    """Answer what `make_asked` asks by default, without sending it."""
    actions.save_correction(session, application.id, "sede", parsed(hq_street="Via Milano"), settings=settings)
    give_again(session, application, "durc")


def parsed(**values: object) -> Parsed:
    """Give what a good form is read as."""
    return Parsed(values=values, raw={}, errors={}, warnings={}, unknown=())


def give_again(session: Session, application: Application, code: str, slot: str = "") -> DocumentVersion:
    """Give a document a new version, as its applicant does."""
    query = select(Document).where(
        Document.application_id == application.id, Document.type == code, Document.slot == slot
    )
    document = session.scalars(query).one()
    last = latest(document)
    assert last is not None
    version = DocumentVersion(
        number=last.number + 1, details=last.details, expires_on=local_date() + timedelta(days=90),
        uploaded_by=APPLICANT.subject, created_at=utc_now(), files=[make_file()],
    )  # fmt: skip
    document.versions.append(version)
    session.flush()
    return version
