"""Mailed links under many hands at once: exactly one use each, none by looking, none of a link that was superseded.

The short form is part of every run; the full figure of security.md (200 links, 64 parallel uses of each) is `long`.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, make_link, token
from service.applications import actions
from service.applications.actions import addressing
from service.applications.models import AddressChange, Application, ApplicationAnswers, LinkRequest
from service.applications.states import LinkWish, State
from service.clock import utc_now
from service.config import Settings
from service.database import make_engine, transaction
from service.errors import ConflictError
from service.invitations import actions as invitations
from service.invitations.invitee import Invitee
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.web.public import address as addressing_pages
from tests.factories.answers import complete_answers
from tests.factories.applications import ANNA
from tests.support.registering import browser

WEEK = timedelta(days=7)
Use = Callable[[Session, "Target"], bool]
numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Target:
    """A link with what it is about, and the secret of its address."""

    purpose: LinkPurpose
    about: UUID
    secret: str


def application_for(session: Session, *, sent: bool) -> Application:
    """Make an application of few words, a draft or sent."""
    n, now = next(numbers), utc_now()
    made = Application(
        legal_category="SC", supply_types=[], name=f"Impresa {n}", contact_email=f"impresa{n}@example.com",
        contact_name="Luca Ferri", created_at=now, touched_at=now,
        content=ApplicationAnswers(answers={"avvio": complete_answers("SC")["avvio"]}),
    )  # fmt: skip
    if sent:
        made.state, made.submitted_at, made.sequence, made.number = State.SUBMITTED, now, n, f"P-2026-{n:04d}"
    session.add(made)
    session.flush()
    return made


def target(session: Session, purpose: LinkPurpose, settings: Settings) -> Target:
    """Make a link of a purpose and what it leads to."""
    secret = settings.secret_key.get_secret_value()
    if purpose == LinkPurpose.INVITATION:
        made = invitations.invite(
            session, Invitee("Ferri S.r.l.", f"invito{next(numbers)}@example.com"),
            by=ANNA, settings=settings,
        )  # fmt: skip
        session.flush()
        link = session.scalars(select(Link).where(Link.about == made.id)).one()
    elif purpose == LinkPurpose.ADDRESS:
        link = wish_another_address(session, application_for(session, sent=True), settings)
    else:
        about = application_for(session, sent=purpose == LinkPurpose.STATUS).id
        link = make_link(session, purpose, about, secret=secret, lifetime=WEEK)
    return Target(purpose, link.about, token(link.id, secret=secret))


def wish_another_address(session: Session, application: Application, settings: Settings) -> Link:
    """Ask for another address of a sent application; the link goes there."""
    new = f"nuovo{next(numbers)}@example.com"
    addressing.ask_address_change(session, application.id, new, settings=settings)
    change = addressing.find_open_change(session, application.id)
    assert change is not None
    return session.scalars(select(Link).where(Link.about == change.id)).one()


def use_invitation(session: Session, one: Target, settings: Settings) -> bool:
    """Do what the Salva of the first section does; opening alone uses nothing."""
    opening = {k: v for k, v in complete_answers("SC")["avvio"].items() if k != "legal_category"}
    try:
        if invitations.open_invitation(session, one.secret) is None:
            return False
        invitations.use(session, one.about, category="SC", values=opening, settings=settings)
    except ConflictError:
        return False
    return True


def uses(settings: Settings) -> dict[LinkPurpose, Use]:
    """Give how a link of each purpose is used."""
    return {
        LinkPurpose.CONFIRM: lambda session, one: actions.confirm_address(session, one.secret) is not None,
        LinkPurpose.RESUME: lambda session, one: actions.confirm_address(session, one.secret) is not None,
        LinkPurpose.STATUS: lambda session, one: actions.open_status(session, one.secret) is not None,
        LinkPurpose.INVITATION: lambda session, one: use_invitation(session, one, settings),
        LinkPurpose.ADDRESS: lambda session, one: (
            addressing.confirm_address_change(session, one.secret, settings=settings) is not None
        ),
    }


def race(database_url: str, settings: Settings, *, links: int, hands: int) -> None:
    """Let many hands use each link in the same instant, each in a transaction and connection of its own."""
    engine = make_engine(database_url, pool_size=hands, statement_timeout_ms=20_000, application="race")
    by_purpose = uses(settings)
    with transaction(engine) as session:
        # the relay for nobody is not what is looked at here
        plenty = settings.model_copy(update={"mails_by_outsiders_hour": 10**6})
        purposes = itertools.islice(itertools.cycle(by_purpose), links)
        targets = [target(session, purpose, plenty) for purpose in purposes]
    barrier, successes = threading.Barrier(hands), Counter[Target]()
    counting = threading.Lock()

    def hand(_number: int) -> None:
        for one in targets:
            barrier.wait(60)
            with transaction(engine) as session:
                is_mine = by_purpose[one.purpose](session, one)
            with counting:
                successes[one] += is_mine

    with ExitStack() as stack:
        stack.callback(engine.dispose)
        pool = stack.enter_context(ThreadPoolExecutor(hands))
        list(pool.map(hand, range(hands)))
    assert Counter(successes.values()) == {1: links}, [one.purpose for one in targets if successes[one] != 1]
    check(database_url, targets)


def check(database_url: str, targets: list[Target]) -> None:
    """See in the database what one use each has left: one event, one draft."""
    engine = make_engine(database_url, pool_size=1, application="test")
    by_purpose = Counter(one.purpose for one in targets)
    with transaction(engine) as session:
        confirmed = by_purpose[LinkPurpose.CONFIRM] + by_purpose[LinkPurpose.RESUME]
        events = "select count(*) from audit_event where type = :type and data->>'how' = :how"
        how = {"type": "application.email_confirmed", "how": "link"}
        assert session.scalar(text(events), how) == confirmed
        changed = "select count(*) from audit_event where type = 'application.address_changed'"
        assert session.scalar(text(changed)) == by_purpose[LinkPurpose.ADDRESS]
        invited = [one.about for one in targets if one.purpose == LinkPurpose.INVITATION]
        drafts = session.scalars(select(Application.invitation_id).where(Application.invitation_id.is_not(None))).all()
        assert sorted(drafts, key=str) == sorted(invited, key=str)
        states = session.scalars(select(Invitation.state).where(Invitation.id.in_(invited))).all()
        assert set(states) == {InvitationState.USED}
    engine.dispose()


def test_each_link_is_used_once_by_many_hands(database_url: str, settings: Settings) -> None:
    race(database_url, settings, links=10, hands=16)


@pytest.mark.long
def test_each_link_is_used_once_by_many_hands_long(database_url: str, settings: Settings) -> None:
    race(database_url, settings, links=200, hands=64)


# --- over HTTP

PATHS = {
    LinkPurpose.CONFIRM: "/riprendi/{}",
    LinkPurpose.RESUME: "/riprendi/{}",
    LinkPurpose.STATUS: "/stato/{}",
    LinkPurpose.INVITATION: "/invito/{}",
    LinkPurpose.ADDRESS: addressing_pages.SENT_PATH + "/{}",
}
SCANNERS: tuple[dict[str, str], ...] = ({}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"})


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings) as client:
        yield client


@pytest.mark.parametrize("purpose", PATHS)
def test_link_is_not_used_by_get_or_head_and_then_by_post_once(
    client: TestClient, own_engine: Engine, settings: Settings, purpose: LinkPurpose
) -> None:
    with transaction(own_engine) as session:
        one = target(session, purpose, settings)
    path = PATHS[purpose].format(one.secret)
    before = everything(own_engine)
    for headers in SCANNERS:
        assert client.get(path, headers=headers).status_code == 200
        client.head(path, headers=headers)
        client.request("OPTIONS", path, headers=headers)
    assert everything(own_engine) == before
    assert client.post(path).status_code == 303
    if purpose != LinkPurpose.INVITATION:  # that one opens until the first Salva
        assert (client.post(path).status_code, client.get(path).status_code) == (410, 410)


@pytest.mark.parametrize("purpose", PATHS)
def test_old_link_is_dead_after_another_was_sent(
    client: TestClient, own_engine: Engine, settings: Settings, purpose: LinkPurpose
) -> None:
    with transaction(own_engine) as session:
        one = target(session, purpose, settings)
    with transaction(own_engine) as session:
        send_again(session, one, settings)
    with Session(own_engine) as session:
        newest = session.scalars(select(Link).where(Link.purpose == purpose, Link.superseded_at.is_(None))).one()
    fresh = token(newest.id, secret=settings.secret_key.get_secret_value())
    old = PATHS[purpose].format(one.secret)
    assert fresh != one.secret
    assert (client.get(old).status_code, client.post(old).status_code) == (410, 410)
    with Session(own_engine) as session:
        assert session.scalars(select(Link).where(Link.used_at.is_not(None))).all() == []
    assert client.post(PATHS[purpose].format(fresh)).status_code == 303


def send_again(session: Session, one: Target, settings: Settings) -> None:
    if one.purpose == LinkPurpose.INVITATION:
        invitations.resend(session, one.about, by=ANNA, settings=settings)
        return
    if one.purpose == LinkPurpose.ADDRESS:
        change = session.get_one(AddressChange, one.about)
        wish_another_address(session, session.get_one(Application, change.application_id), settings)
        return
    application = session.get_one(Application, one.about)
    if one.purpose == LinkPurpose.CONFIRM:
        assert actions.resend_confirmation(session, one.about, settings=settings)
    elif one.purpose == LinkPurpose.RESUME:
        ask_and_answer(session, LinkWish.RESUME, settings, email=application.contact_email)
    else:
        assert application.number
        ask_and_answer(session, LinkWish.STATUS, settings, number=application.number, email=application.contact_email)


def ask_and_answer(session: Session, kind: LinkWish, settings: Settings, **whose: str) -> None:
    """Ask as the page does, answer as the worker does."""
    actions.ask_link(session, kind, **whose)
    wish = session.scalars(select(LinkRequest).order_by(LinkRequest.asked_at.desc()).limit(1)).one()
    actions.answer_link_request(session, wish.id, settings=settings)


def everything(engine: Engine) -> list[object]:
    """Give links, applications, invitations and trail as they are."""
    tables = ("link", "application", "address_change", "invitation", "audit_event", "job")
    with engine.connect() as connection:
        return [connection.execute(text(f"select t::text from {name} t order by 1")).all() for name in tables]  # noqa: S608
