"""A portal on a web server of its own, without worker, Keycloak or mail, and one application in every state there is.

Nothing happens behind a page's back here: what waits, goes on waiting.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.access.links import LinkPurpose, make_link, token
from service.access.principal import Principal, Role
from service.access.sessions import Identity, SignedInSession, open_signed_in
from service.accounts.actions import mark_failed
from service.accounts.models import Account
from service.applications import actions
from service.applications.models import Application
from service.applications.states import State
from service.clock import utc_now
from service.config import Settings, load_settings
from service.database import make_engine, transaction
from service.invitations import actions as invitations
from service.invitations.invitee import Invitee
from service.jobs.far_sides import Side, note_answer
from service.local import demo
from service.local.examples import complete_answers, complete_form
from service.local.settings import LocalSettings, Ports
from service.local.stack import Stack
from service.mail.bounces import reason_of
from service.mail.models import Delivery, DeliveryStatus
from service.mail.stops import stop
from service.migrations.upgrading import upgrade
from service.questionnaire import CATEGORIES, parse
from service.wiring import make_stack
from tests.factories.accounts import provisioned
from tests.support.world_access import add_access
from tests.support.world_corrections import add_corrections
from tests.support.world_desk import add_desk
from tests.support.world_documents import add_documents
from tests.support.world_drift import add_drifts
from tests.support.world_office import add_office
from tests.support.world_people import add_people

ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
MARCO = Principal("marco", "Marco Riva", frozenset({Role.APPROVER}))
GIULIA = Principal("giulia", "Giulia Conti", frozenset({Role.ADMIN}))
SARA = Principal("sara", "Sara Galli", frozenset({Role.SPECIALIST, Role.SPECIALIST_HSE}))
PAOLO = Principal("paolo", "Paolo Neri", frozenset({Role.AUDITOR}))
NOBODY = Principal("nessuno", "Luca Senzaruolo", frozenset(), username="luca.senzaruolo")
ALONE = Principal("solo", "Elena Sola", frozenset({Role.SUPPLIER}), username="f99999-01")
STAFF = {"anna": ANNA, "marco": MARCO, "giulia": GIULIA, "sara": SARA, "paolo": PAOLO}
LONG = (
    "Costruzioni Elettromeccaniche e Carpenterie Metalliche dell’Alto Adriatico di Mascherpa Bartolomeo & Figli S.r.l."
)
DAY = timedelta(days=1)


@dataclass
class World:
    """The portal's address and settings, the cookies of its visitors, and the paths that depend on its data."""

    url: str
    settings: Settings
    engine: Engine
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    asset_bytes: int = 0
    drafts: int = 0  # made while pages were looked at

    def run(self, action: Callable[[Session], Any]) -> Any:
        """Do something in a transaction of its own."""
        with transaction(self.engine) as session:
            return action(session)

    def link(self, session: Session, purpose: LinkPurpose, about: UUID, *, lifetime: timedelta = DAY) -> str:
        """Make a mailed link; give its token."""
        secret = self.settings.secret_key.get_secret_value()
        return token(make_link(session, purpose, about, secret=secret, lifetime=lifetime).id, secret=secret)

    def sign_in(self, session: Session, name: str, principal: Principal) -> None:
        """Sign somebody in straight through the session table."""
        identity = Identity(
            subject=principal.subject, username=principal.username, name=principal.name, email=principal.email,
            roles=principal.roles, sid=f"sid-{principal.subject}", authenticated_at=utc_now(), id_token="",
        )  # fmt: skip
        self.cookies[name] = ("session", open_signed_in(session, identity))
        seen = update(SignedInSession).where(SignedInSession.sid == identity.sid)  # a walk may rest longer than staff
        session.execute(seen.values(last_seen_at=utc_now() + timedelta(hours=1)))

    def follow(self, session: Session, name: str, application: Application) -> None:
        """Let a browser have an application open: the draft, or the status of a sent one."""
        is_draft = application.state == State.DRAFT
        kind = ApplicantSessionKind.DRAFT if is_draft else ApplicantSessionKind.STATUS
        self.cookies[name] = ("draft", open_applicant(session, kind, application_id=application.id))


@contextmanager
def at_rest(folder: Path) -> Iterator[Stack]:
    """Run the portal's real web server on an empty database; Keycloak and mail server are away."""
    local = LocalSettings(folder, Ports.free(), seed="le prove non hanno segreti")
    (folder / "log").mkdir(parents=True)
    parts = make_stack(
        local, {"PROACTIVE_FORM_SECONDS": "0", "PROACTIVE_SUPPORT_PHONE": "+39 02 0000000",
                "PROACTIVE_ICRI_SDI_CODE": "0000000", "PROACTIVE_DRAFTS_PER_NETWORK_HOUR": "100000",
                "PROACTIVE_SIGN_IN_AGAIN_MINUTES": "600"},  # a walk takes its time, and Keycloak is away
    )  # fmt: skip
    try:
        parts.start_postgres()
        upgrade(parts.owner_database_url)
        parts.start_web()
        yield parts
    finally:
        parts.stop()
        parts.postgres.remove()


@pytest.fixture(scope="session")
def quiet_portal(session_folder: Path) -> Iterator[Stack]:
    """The portal at rest, for all tests that look at pages."""
    with at_rest(session_folder / "quiet") as parts:
        yield parts


@contextmanager
def staffed(parts: Stack) -> Iterator[World]:
    """Sign the staff in at a portal."""
    settings = load_settings(parts.environment)
    engine = make_engine(parts.database_url, statement_timeout_ms=20_000, application="test")
    world = World(parts.local.portal_url, settings, engine)

    def people(session: Session) -> None:
        for name, principal in {**STAFF, "nobody": NOBODY, "alone": ALONE}.items():
            world.sign_in(session, name, principal)

    world.run(people)
    yield world
    engine.dispose()


@pytest.fixture(scope="session")
def bare_world(quiet_portal: Stack) -> Iterator[World]:
    """The portal before the first company, with the staff signed in."""
    with staffed(quiet_portal) as world:
        yield world


@pytest.fixture(scope="session")
def world(bare_world: World) -> World:
    """The portal with a working office's data: the demonstration's companies, and one of every state by name."""
    demo.run(bare_world.settings)
    rest = (
        _links,
        _invitations,
        _letters,
        add_documents,
        add_corrections,
        add_desk,
        add_office,
        add_drifts,
        add_access,
    )
    for make in (_drafts, _sent, _decided, _accounts, *rest):
        bare_world.run(partial(make, world=bare_world))
    return bare_world


def _start(session: Session, world: World, category: str, n: int) -> Application:
    answers = complete_answers(category, n=n)
    opening = {name: value for name, value in answers["avvio"].items() if name != "legal_category"}
    return actions.start(session, category=category, values=opening, settings=world.settings)


def _drafts(session: Session, world: World) -> None:
    for number, category in enumerate(CATEGORIES):
        world.follow(session, f"new-{category}", _start(session, world, category, 150 + number))
    world.follow(session, "full", demo.draft(session, world.settings, category="SC", n=110))
    wrong = _start(session, world, "SC", 111)
    form = complete_form("SC", "anagrafica", 111) | {"vat_number": ["0082100397"], "pec": [""], "company_name": [LONG]}
    parsed = parse("anagrafica", form, category="SC", answers=wrong.content.answers)
    actions.save_section(session, wrong.id, "anagrafica", parsed, settings=world.settings)
    world.follow(session, "wrong", wrong)
    world.follow(session, "ended", _start(session, world, "SC", 112))


def _sent(session: Session, world: World) -> None:
    sent = actions.submit(
        session, demo.draft(session, world.settings, category="SC", n=120).id, settings=world.settings
    )
    long = demo.draft(session, world.settings, category="SC", n=121)
    answers = long.content.answers
    parsed = parse("anagrafica", complete_form("SC", "anagrafica", 121) | {"company_name": [LONG]}, category="SC",
                   answers=answers)  # fmt: skip
    actions.save_section(session, long.id, "anagrafica", parsed, settings=world.settings)
    taken = actions.submit(session, long.id, settings=world.settings)
    actions.start_review(session, taken.id, version=taken.version, by=ANNA)
    held = session.scalars(select(Application).where(Application.hold.is_not(None))).first()
    for name, application in (("sent", sent), ("taken", taken), ("held", held)):
        assert application is not None
        world.follow(session, name, application)
        world.paths[name] = f"/gestione/richieste/{application.number}"


def _decided(session: Session, world: World) -> None:
    for name, state in (("approved", State.APPROVED), ("rejected", State.REJECTED), ("withdrawn", State.WITHDRAWN)):
        found = session.scalars(select(Application).where(Application.state == state).order_by(Application.created_at))
        application = found.first()
        assert application is not None
        world.follow(session, name, application)
        world.paths[name] = f"/gestione/richieste/{application.number}"
    late = session.scalars(
        select(Application).where(Application.state == State.UNDER_REVIEW).order_by(Application.submitted_at)
    ).first()
    assert late is not None
    assert late.submitted_at is not None
    late.submitted_at -= timedelta(days=5)
    world.follow(session, "late", late)


def _accounts(session: Session, world: World) -> None:
    """One account works, one was refused for good, one is tried again later."""
    accounts = session.scalars(select(Account).order_by(Account.username)).all()
    active, failed, waiting = accounts[:3]
    active.subject = "fornitore"
    provisioned(session, active.id)
    mark_failed(session, failed.id, reason="A Keycloak esiste già un’utenza con questo nome che non è nostra.")
    for account, words in (
        (active, "status = 'done', done_at = now()"),
        (failed, "status = 'stuck', attempts = 9, last_error = 'L’utenza esiste già e non è nostra.'"),
        (waiting, "attempts = 4, last_error = 'Keycloak non risponde.', run_at = now() + interval '20 minutes'"),
    ):
        _set_job(session, f"account.provision:{account.id}", words)
    for name, account in (("active", active), ("failed", failed), ("waiting", waiting)):
        number = account.username.partition("-")[0].upper()
        world.paths[f"supplier-{name}"] = f"/gestione/fornitori/{number}"
        query = "select a.number from application a join supplier s on s.id = a.supplier_id where s.number = :number"
        application = session.scalar(text(query), {"number": number})
        world.paths[f"account-{name}"] = f"/gestione/richieste/{application}"
    world.paths["access-active"] = f"/gestione/utenze/{active.id}/accesso"
    world.paths["account-steps"] = f"/gestione/utenze/{active.id}/passi"
    add_people(session, world, active, failed)
    names = {"username": active.username, "name": f"{active.first_name} {active.last_name}"}
    world.sign_in(session, "supplier", Principal("fornitore", names["name"], frozenset({Role.SUPPLIER}),
                                                 email=active.email, username=names["username"]))  # fmt: skip


def _links(session: Session, world: World) -> None:
    draft = _start(session, world, "SC", 130)
    sent = session.scalars(select(Application).where(Application.state == State.SUBMITTED)).first()
    assert sent is not None
    world.paths["confirm"] = f"/riprendi/{world.link(session, LinkPurpose.CONFIRM, draft.id)}"
    world.paths["resume"] = f"/riprendi/{world.link(session, LinkPurpose.RESUME, draft.id)}"
    world.paths["resume-dead"] = f"/riprendi/{world.link(session, LinkPurpose.STATUS, sent.id, lifetime=-DAY)}"
    world.paths["status-link"] = f"/stato/{world.link(session, LinkPurpose.STATUS, sent.id)}"


def _invitations(session: Session, world: World) -> None:
    for name in ("open", "used", "expired", "revoked"):
        made = invitations.invite(
            session, Invitee("Rohrbau Tirol GmbH", f"{name}@rohrbau.example.com",
                             message="Cerchiamo imprese per il cantiere di Piacenza."),
            by=ANNA, settings=world.settings,
        )  # fmt: skip
        lifetime = -DAY if name == "expired" else 30 * DAY
        presented = world.link(session, LinkPurpose.INVITATION, made.id, lifetime=lifetime)
        world.paths[f"invitation-{name}"] = f"/invito/{presented}"
        world.paths[f"invitation-{name}-staff"] = f"/gestione/inviti/{made.id}"
        if name == "used":
            invitations.open_invitation(session, presented)
            values = {k: v for k, v in complete_answers("SC", n=140)["avvio"].items() if k != "legal_category"}
            invitations.use(session, made.id, category="SC", values=values, settings=world.settings)
        elif name == "expired":
            made.expires_at = utc_now() - DAY
            session.flush()
            invitations.expire_invitations(session)
        elif name == "revoked":
            invitations.revoke(session, made.id, by=ANNA)
        else:
            opened = open_applicant(session, ApplicantSessionKind.DRAFT, data={"invitation": str(made.id)})
            world.cookies["invited"] = ("draft", opened)


def _letters(session: Session, world: World) -> None:
    """Some letters went out, one came back, one is stuck."""
    names = ("sent", "taken", "approved", "rejected", "withdrawn")
    numbers = {world.paths[name].rpartition("/")[2] for name in names}
    for application in session.scalars(select(Application).where(Application.number.in_(numbers))):
        for message, status in (("submission_receipt", DeliveryStatus.SENT), ("status_link", DeliveryStatus.FAILED)):
            is_sent = status == DeliveryStatus.SENT
            session.add(Delivery(
                job_key=f"prova:{message}:{application.id}", message=message, about=application.id, status=status,
                to_address=application.contact_email, subject="Abbiamo ricevuto la tua prequalifica",
                started_at=utc_now(), sent_at=utc_now() if is_sent else None,
                error=None if is_sent else "Il server di posta del destinatario ha rifiutato l’indirizzo.",
            ))  # fmt: skip
    session.flush()
    supplier = world.paths["approved"].rpartition("/")[2]
    came_back = session.scalars(
        select(Delivery)
        .join(Application, Application.id == Delivery.about)
        .where(Application.number == supplier, Delivery.status == DeliveryStatus.FAILED)
    ).one()
    came_back.status, came_back.error = DeliveryStatus.BOUNCED, reason_of("5.1.1")
    stop(session, came_back, reason=reason_of("5.1.1"))
    note_answer(session, Side.SMTP, failure="Il server di posta non risponde")
    _set_job(
        session,
        "mail:application_rejected:%",
        "status = 'stuck', attempts = 5, last_error = 'La posta lo ha rifiutato.'",
    )


def _set_job(session: Session, key: str, words: str) -> None:
    """Put a background job into a state that would take long to come about."""
    session.execute(text(f"update job set {words} where key like :key"), {"key": key})  # noqa: S608
