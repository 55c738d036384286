"""Plausible companies in every state that exists, made through the real actions (`proactive demo`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT, Principal, Role
from service.accounts.port import Person as Known
from service.administration import in_force
from service.applications import actions
from service.applications.models import Application
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import make_engine, transaction
from service.documents import judging
from service.documents.actions import declare_not_due
from service.documents.models import DocumentVersion
from service.documents.port import FileStore
from service.documents.repository import Owner, latest, list_documents
from service.invitations.actions import invite
from service.invitations.invitee import Invitee
from service.local.checks import record_due_checks
from service.local.documents import add_example_documents, due_of, renew_document, verify_documents
from service.local.examples import complete_answers
from service.local.settings import STAFF
from service.local.settings import Person as Staff
from service.questionnaire import Parsed, sections_for
from service.suppliers.qualifying import apply_expiry

PERSON = Principal(subject="demo:supplier", name="Fornitore", roles=frozenset({Role.SUPPLIER}))
FIRST = 5000  # far from what tests and people type
REFUSAL = "Per le opere richieste servono attrezzature e personale che al momento non risultano."

UNREADABLE = "La seconda pagina non si legge: caricala di nuovo, intera."
NO_STAFF = "Lavoro da solo, senza dipendenti e senza posizione contributiva presso la Cassa edile."


@dataclass(frozen=True, slots=True)
class Office:
    """Where the companies are made; without a store their documents have rows alone."""

    session: Session
    settings: Settings
    files: FileStore | None
    anna: Principal
    marco: Principal


Step = Callable[[Office, Application], object]


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


def _send(office: Office, application: Application) -> None:
    actions.submit(office.session, application.id, settings=office.settings)


def _take(office: Office, application: Application) -> None:
    _send(office, application)
    actions.start_review(office.session, application.id, version=application.version, by=office.anna)


def _accept(office: Office, application: Application) -> None:
    _take(office, application)
    verify_documents(office.session, application, by=office.anna)
    record_due_checks(office.session, application, by=office.anna, settings=office.settings)
    actions.approve(
        office.session, application.id, version=application.version, by=office.marco, settings=office.settings
    )


def _refuse(office: Office, application: Application) -> None:
    _take(office, application)
    actions.reject(office.session, application.id, version=application.version, by=office.marco,
                   settings=office.settings, reason_code="R03", reason_text=REFUSAL)  # fmt: skip


def _withdraw(office: Office, application: Application) -> None:
    _send(office, application)
    actions.withdraw(office.session, application.id, settings=office.settings)


def _leave(_office: Office, _application: Application) -> None:
    """Leave it a draft."""


def _expiring(office: Office, application: Application) -> None:
    """Accept it; its DURC ends in 20 days, a new policy waits for a verdict, a new declaration was refused."""
    durc = _renew(office, application, "durc", days_ago=80)
    judging.verify(office.session, durc.id, by=office.anna)
    _renew(office, application, "liability_policy")
    refused = _renew(office, application, "dvr_declaration")
    judging.reject(office.session, refused.id, reason_code="D03", reason_text=UNREADABLE, by=office.anna)


def _suspended(office: Office, application: Application) -> None:
    """Accept it; its DURC has ended 20 days ago, the grace days are over."""
    durc = _renew(office, application, "durc", days_ago=120)
    judging.verify(office.session, durc.id, by=office.anna)
    assert application.supplier_id is not None  # noqa: S101
    apply_expiry(office.session, application.supplier_id, settings=office.settings)


def _renew(office: Office, application: Application, code: str, *, days_ago: int = 0) -> DocumentVersion:
    """Upload a new version of a supplier's document; the company is accepted first if it is not yet."""
    if application.supplier_id is None:
        _accept(office, application)
    assert application.supplier_id is not None  # noqa: S101
    required = next(one for one in due_of(application) if one.type.code == code)
    return renew_document(
        office.session, application.supplier_id, required, by=PERSON, as_of=local_date() - timedelta(days=days_ago),
        files=office.files, settings=office.settings,
    )  # fmt: skip


def _judged(office: Office, application: Application) -> None:
    """Leave it in review with a document found good, one refused, and one that the company says is not due."""
    owner = Owner(application_id=application.id)
    declare_not_due(office.session, owner, type="durc", slot="", reason=NO_STAFF, by=APPLICANT)
    _take(office, application)
    given = [one for one in map(latest, list_documents(office.session, owner)) if one and not one.not_due_reason]
    judging.verify(office.session, given[0].id, by=office.anna)
    judging.reject(office.session, given[1].id, reason_code="D03", reason_text=UNREADABLE, by=office.anna)


# (category, what becomes of it, days ago), in the order they were sent: numbers rise with the dates
COMPANIES: tuple[tuple[str, Step, int], ...] = (
    ("SC", _accept, 34), ("SC", _take, 33), ("DI", _accept, 27), ("UE", _accept, 21), ("LP", _refuse, 19),
    ("SA", _accept, 18), ("SP", _withdraw, 16), ("SC", _expiring, 15), ("SC", _suspended, 14), ("SP", _take, 9),
    ("SC", _send, 8), ("CO", _take, 7), ("LP", _take, 6), ("XU", _take, 5), ("CN", _take, 4), ("DI", _send, 3),
    ("DI", _judged, 3), ("SC", _send, 2), ("SC", _leave, 2), ("EN", _send, 2), ("LP", _send, 1), ("RT", _send, 1),
    ("UE", _send, 0),
)  # fmt: skip


def run(
    settings: Settings, files: FileStore | None = None, find: Callable[[str], Known | None] = lambda _username: None
) -> str:
    """Add the companies and two invitations; again adds others. Gives a sentence about what was made.

    `find` gives who has a user name at Keycloak: the files of Anna are those of the Anna who signs in.
    """
    anna, marco = (_person(person, find(person.username)) for person in STAFF[:2])
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=1, application="demo")
    with transaction(engine) as session:
        made = session.scalar(select(func.count()).select_from(Application)) or 0
        in_force.refresh(session)
        settings = in_force.present(settings)
        office = Office(session, settings, files, anna, marco)
        for index, (category, step, days) in enumerate(COMPANIES):
            application = draft(session, settings, category=category, n=FIRST + made + index, files=files)
            step(office, application)
            _move_back(application, days)
        twin = draft(session, settings, category="SC", n=FIRST + made, files=files)  # of the first, a supplier by now
        _send(office, twin)
        for name in ("Officine Adda S.r.l.", "Gru del Po S.p.A."):
            email = f"{name.split(maxsplit=1)[0].lower()}.{made}@example.com"
            invitee = Invitee(name, email, message="Cerchiamo imprese per il cantiere di Piacenza.")
            invite(session, invitee, by=office.anna, settings=settings)
    engine.dispose()
    return f"Ho aggiunto {len(COMPANIES) + 1} domande e 2 inviti; il worker crea gli accessi e invia le e-mail."


def _person(person: Staff, known: Known | None) -> Principal:
    return Principal(
        subject=known.subject if known else person.username, name=f"{person.first_name} {person.last_name}",
        roles=frozenset({Role(person.role)}), email=person.email, username=person.username,
    )  # fmt: skip


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
