"""Plausible companies in every state that exists, made through the real actions (`proactive demo`)."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.applications import actions
from service.applications.models import Application
from service.clock import utc_now
from service.config import Settings
from service.database import make_engine, transaction
from service.documents.port import FileStore
from service.invitations.actions import invite
from service.local.documents import add_example_documents, verify_documents
from service.local.examples import complete_answers
from service.local.settings import STAFF
from service.questionnaire import Parsed, sections_for

ANNA, MARCO = (
    Principal(subject=f"demo:{person.username}", name=f"{person.first_name} {person.last_name}",
              roles=frozenset({Role(person.role)}), email=person.email, username=person.username)
    for person in STAFF[:2]
)  # fmt: skip
FIRST = 5000  # far from what tests and people type
REFUSAL = "Per le opere richieste servono attrezzature e personale che al momento non risultano."

Step = Callable[[Session, Settings, Application], object]


def draft(
    session: Session, settings: Settings, *, category: str, n: int, files: FileStore | None = None
) -> Application:
    """Start an application and save all its sections, with a proven address and its documents."""
    answers = complete_answers(category, n=n)
    opening = {name: value for name, value in answers["avvio"].items() if name != "legal_category"}
    application = actions.start(session, category=category, values=opening, settings=settings)
    for section in sections_for(category):
        if section.slug != "avvio":
            values = answers.get(section.slug, {})
            parsed = Parsed(values=values, raw={}, errors={}, warnings={}, unknown=())
            actions.save_section(session, application.id, section.slug, parsed, settings=settings)
    application.email_confirmed_at = utc_now()
    add_example_documents(session, application, files=files)
    return application


def _send(session: Session, settings: Settings, application: Application) -> None:
    actions.submit(session, application.id, settings=settings)


def _take(session: Session, settings: Settings, application: Application) -> None:
    _send(session, settings, application)
    actions.start_review(session, application.id, version=application.version, by=ANNA)


def _accept(session: Session, settings: Settings, application: Application) -> None:
    _take(session, settings, application)
    verify_documents(session, application, by=ANNA)
    actions.approve(session, application.id, version=application.version, by=MARCO, settings=settings)


def _refuse(session: Session, settings: Settings, application: Application) -> None:
    _take(session, settings, application)
    actions.reject(session, application.id, version=application.version, by=MARCO, settings=settings,
                   reason_code="R03", reason_text=REFUSAL)  # fmt: skip


def _withdraw(session: Session, settings: Settings, application: Application) -> None:
    _send(session, settings, application)
    actions.withdraw(session, application.id, settings=settings)


def _leave(_session: Session, _settings: Settings, _application: Application) -> None:
    """Leave it a draft."""


# (category, what becomes of it, days ago)
COMPANIES: tuple[tuple[str, Step, int], ...] = (
    ("SC", _accept, 34), ("SC", _take, 33), ("DI", _accept, 27), ("UE", _accept, 21), ("LP", _refuse, 19),
    ("SP", _withdraw, 16), ("SP", _take, 9), ("SC", _send, 8), ("LP", _take, 6), ("XU", _take, 5),
    ("DI", _send, 3), ("SC", _send, 2), ("SC", _leave, 2), ("LP", _send, 1), ("UE", _send, 0),
)  # fmt: skip


def run(settings: Settings, files: FileStore | None = None) -> str:
    """Add the companies and two invitations; again adds others. Gives a sentence about what was made."""
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=1, application="demo")
    with transaction(engine) as session:
        made = session.scalar(select(func.count()).select_from(Application)) or 0
        for index, (category, step, days) in enumerate(COMPANIES):
            application = draft(session, settings, category=category, n=FIRST + made + index, files=files)
            step(session, settings, application)
            _move_back(application, days)
        twin = draft(session, settings, category="SC", n=FIRST + made, files=files)  # of the first, a supplier by now
        _send(session, settings, twin)
        for name in ("Officine Adda S.r.l.", "Gru del Po S.p.A."):
            email = f"{name.split(maxsplit=1)[0].lower()}.{made}@example.com"
            invite(session, company_name=name, email=email, locale="it", by=ANNA, settings=settings,
                   message="Cerchiamo imprese per il cantiere di Piacenza.")  # fmt: skip
    engine.dispose()
    return f"Ho aggiunto {len(COMPANIES) + 1} domande e 2 inviti; il worker crea gli accessi e invia le e-mail."


def _move_back(application: Application, days: int) -> None:
    """Let the dates look like those of a working office."""
    back = timedelta(days=days)
    application.created_at -= back
    if application.submitted_at is not None:
        application.submitted_at -= back
    if application.reviewed_since is not None:
        application.reviewed_since -= back * 0.8
    if application.decided_at is not None:
        application.decided_at -= back / 2
