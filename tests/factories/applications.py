"""Applications in every state, made through the real actions."""

from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.applications import actions
from service.applications.models import Application
from service.clock import utc_now
from service.config import Settings
from service.local.documents import add_example_documents, verify_documents
from service.local.examples import complete_answers
from service.questionnaire import Parsed, sections_for
from tests.factories.desk import record_due_checks

ANNA = Principal(subject="anna", name="Anna Bassi", roles=frozenset({Role.REVIEWER}))
MARCO = Principal(subject="marco", name="Marco Riva", roles=frozenset({Role.APPROVER}))
GIULIA = Principal(subject="giulia", name="Giulia Conti", roles=frozenset({Role.ADMIN}))


def make_draft(session: Session, settings: Settings, *, category: str = "SC", n: int = 1) -> Application:
    """Make a complete draft with a proven address and its documents."""
    application = make_bare_draft(session, settings, category=category, n=n)
    add_example_documents(session, application)
    return application


def make_bare_draft(session: Session, settings: Settings, *, category: str = "SC", n: int = 1) -> Application:
    """Make a draft with all its answers and a proven address, and not one document."""
    answers = complete_answers(category, n=n)
    opening = {k: v for k, v in answers["avvio"].items() if k != "legal_category"}
    application = actions.start(session, category=category, values=opening, settings=settings)
    for section in sections_for(category):
        if section.slug != "avvio" and section.slug in answers:
            parsed = Parsed(values=answers[section.slug], raw={}, errors={}, warnings={}, unknown=())
            actions.save_section(session, application.id, section.slug, parsed, settings=settings)
    application.email_confirmed_at = utc_now()
    session.flush()
    return application


def make_submitted(session: Session, settings: Settings, *, category: str = "SC", n: int = 1) -> Application:
    """Make one that was sent."""
    return actions.submit(session, make_draft(session, settings, category=category, n=n).id, settings=settings)


def make_under_review(session: Session, settings: Settings, *, category: str = "SC", n: int = 1) -> Application:
    """Make one that Anna has in review, its documents verified and its checks recorded."""
    sent = make_submitted(session, settings, category=category, n=n)
    examine(session, sent, settings=settings)
    return sent


def examine(session: Session, sent: Application, *, settings: Settings) -> None:
    """Have Anna take it, verify its documents and record its checks."""
    actions.start_review(session, sent.id, version=sent.version, by=ANNA)
    verify_documents(session, sent, by=ANNA)
    record_due_checks(session, sent, by=ANNA, settings=settings)


def make_approved(session: Session, settings: Settings, *, category: str = "SC", n: int = 1) -> Application:
    """Make one that Marco has accepted."""
    examined = make_under_review(session, settings, category=category, n=n)
    actions.approve(session, examined.id, version=examined.version, by=MARCO, settings=settings)
    return examined
