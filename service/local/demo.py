"""Plausible companies in every state that exists, made through the real actions (`proactive demo`).

What has happened to them is done with the clock held back to its day: rows, receipt and signed trail say the same.
Only what the worker does afterwards, letters and accounts, is of today.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT, Principal, Role
from service.accounts.port import Person as Known
from service.administration import in_force
from service.applications import actions
from service.applications.desk.actions import write_note
from service.applications.models import Application
from service.clock import held_back, local_date, utc_now
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
NOTE = "L'ufficio acquisti conferma che per il cantiere di Piacenza serve ancora."
NO_STAFF = "Lavoro da solo, senza dipendenti e senza posizione contributiva presso la Cassa edile."


@dataclass(frozen=True, slots=True)
class Office:
    """Where the companies are made; without a store their documents have rows alone."""

    session: Session
    settings: Settings
    files: FileStore | None
    anna: Principal
    marco: Principal
    today: date


Deed = Callable[[Office, Application], object]
Story = tuple[tuple[float, Deed], ...]


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
    actions.take(office.session, application.id, version=application.version, by=office.anna, settings=office.settings)


def _note(office: Office, application: Application) -> None:
    write_note(office.session, application.id, text=NOTE, by=office.anna)


def _check(office: Office, application: Application) -> None:
    verify_documents(office.session, application, by=office.anna)
    record_due_checks(office.session, application, by=office.anna, settings=office.settings)


def _approve(office: Office, application: Application) -> None:
    actions.approve(
        office.session, application.id, version=application.version, by=office.marco, settings=office.settings
    )


def _refuse(office: Office, application: Application) -> None:
    actions.reject(office.session, application.id, version=application.version, by=office.marco,
                   settings=office.settings, reason_code="R03", reason_text=REFUSAL)  # fmt: skip


def _withdraw(office: Office, application: Application) -> None:
    actions.withdraw(office.session, application.id, settings=office.settings)


def _renew_all(office: Office, application: Application) -> None:
    """Have a DURC that ends 20 days from now, a new policy that waits for a verdict, a new declaration refused."""
    durc = _renew(office, application, "durc", days_ago=80)
    judging.verify(office.session, durc.id, by=office.anna)
    _renew(office, application, "liability_policy")
    refused = _renew(office, application, "dvr_declaration")
    judging.reject(office.session, refused.id, reason_code="D03", reason_text=UNREADABLE, by=office.anna)


def _renew_late(office: Office, application: Application) -> None:
    """Have a DURC that has ended 20 days ago: the grace days are over."""
    durc = _renew(office, application, "durc", days_ago=120)
    judging.verify(office.session, durc.id, by=office.anna)


def _expire(office: Office, application: Application) -> None:
    assert application.supplier_id is not None  # noqa: S101
    apply_expiry(office.session, application.supplier_id, settings=office.settings)


def _renew(office: Office, application: Application, code: str, *, days_ago: int = 0) -> DocumentVersion:
    """Upload a new version of a supplier's document, good on a day before the present one, or when it is uploaded."""
    assert application.supplier_id is not None  # noqa: S101
    required = next(one for one in due_of(application) if one.type.code == code)
    as_of = min(local_date(), office.today - timedelta(days=days_ago))
    return renew_document(office.session, application.supplier_id, required, by=PERSON, as_of=as_of,
                          files=office.files, settings=office.settings)  # fmt: skip


def _excuse(office: Office, application: Application) -> None:
    """Say of one document that it is not due."""
    owner = Owner(application_id=application.id)
    declare_not_due(office.session, owner, type="durc", slot="", reason=NO_STAFF, by=APPLICANT)


def _judge(office: Office, application: Application) -> None:
    """Find one document good and refuse another."""
    found = map(latest, list_documents(office.session, Owner(application_id=application.id)))
    given = [one for one in found if one and not one.not_due_reason]
    judging.verify(office.session, given[0].id, by=office.anna)
    judging.reject(office.session, given[1].id, reason_code="D03", reason_text=UNREADABLE, by=office.anna)


# what becomes of a company: how much of the time since it was sent is left by then, and what is done
DRAFT: Story = ()
SENT: Story = ((1, _send),)
TAKEN: Story = (*SENT, (0.8, _take))
NOTED: Story = (*TAKEN, (0.1, _note))
JUDGED: Story = ((1, _excuse), *TAKEN, (0.4, _judge))
ACCEPTED: Story = (*TAKEN, (0.6, _check), (0.5, _approve))
REFUSED: Story = (*TAKEN, (0.5, _refuse))
WITHDRAWN: Story = (*SENT, (0.5, _withdraw))
EXPIRING: Story = (*ACCEPTED, (0.2, _renew_all))
SUSPENDED: Story = (*ACCEPTED, (0.2, _renew_late), (0.1, _expire))

# (category, what becomes of it, days ago)
COMPANIES: tuple[tuple[str, Story, int], ...] = (
    ("SC", ACCEPTED, 34), ("SC", NOTED, 33), ("DI", ACCEPTED, 27), ("UE", ACCEPTED, 21), ("LP", REFUSED, 19),
    ("SA", ACCEPTED, 18), ("SP", WITHDRAWN, 16), ("SC", EXPIRING, 15), ("SC", SUSPENDED, 14), ("SP", TAKEN, 9),
    ("SC", SENT, 8), ("CO", TAKEN, 7), ("LP", TAKEN, 6), ("XU", TAKEN, 5), ("CN", TAKEN, 4), ("DI", SENT, 3),
    ("DI", JUDGED, 3), ("SC", SENT, 2), ("SC", DRAFT, 2), ("EN", SENT, 2), ("LP", SENT, 1), ("RT", SENT, 1),
    ("UE", SENT, 0),
)  # fmt: skip
PACE = timedelta(minutes=8)  # between what is done on one day for one company, the last just now
SLOTS = 6


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
        office = Office(session, settings, files, anna, marco, local_date())
        _tell(office, FIRST + made)
        twin = draft(session, settings, category="SC", n=FIRST + made, files=files)  # of the first, a supplier by now
        _send(office, twin)
        for name in ("Officine Adda S.r.l.", "Gru del Po S.p.A."):
            email = f"{name.split(maxsplit=1)[0].lower()}.{made}@example.com"
            invitee = Invitee(name, email, message="Cerchiamo imprese per il cantiere di Piacenza.")
            invite(session, invitee, by=office.anna, settings=settings)
    engine.dispose()
    return f"Ho aggiunto {len(COMPANIES) + 1} domande e 2 inviti; il worker crea gli accessi e invia le e-mail."


def _tell(office: Office, first: int) -> None:
    """Have everything happen in the order of its days, each at its own: numbers and the trail rise with them."""
    made: dict[int, Application] = {}
    for ago, index, deed in sorted(_happenings(), key=lambda one: one[0], reverse=True):
        with held_back(ago):
            if deed is None:
                category = COMPANIES[index][0]
                made[index] = draft(office.session, office.settings, category=category, n=first + index,
                                    files=office.files)  # fmt: skip
            else:
                deed(office, made[index])


def _happenings() -> Iterator[tuple[timedelta, int, Deed | None]]:
    """Give how long ago, with which of the companies, and what; nothing where its draft is made."""
    for index, (_category, story, days) in enumerate(COMPANIES):
        for slot, (left, deed) in enumerate(((1, None), *story)):
            yield timedelta(days=round(days * left)) + PACE * (SLOTS - slot), index, deed


def _person(person: Staff, known: Known | None) -> Principal:
    return Principal(
        subject=known.subject if known else person.username, name=f"{person.first_name} {person.last_name}",
        roles=frozenset({Role(person.role)}), email=person.email, username=person.username,
    )  # fmt: skip
