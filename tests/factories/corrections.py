"""Applications whose applicant was asked for corrections, made through the real actions."""

from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.actions import Wanted
from service.applications.models import Application
from service.applications.states import ItemKind
from service.config import Settings
from tests.factories.applications import ANNA, make_under_review

STREET = Wanted(ItemKind.FIELD, "D06", "Sulla visura l'indirizzo è un altro.", section="sede", field="hq_street")
CONTACTS = Wanted(ItemKind.SECTION, "D01", section="referenti")
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


def ask(session: Session, settings: Settings, application: Application, *wanted: Wanted) -> None:
    """Let Anna ask for corrections."""
    actions.request_information(
        session,
        application.id,
        version=application.version,
        by=ANNA,
        settings=settings,
        wanted=wanted or (STREET, DURC),
    )
