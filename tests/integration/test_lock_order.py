"""Two transactions that want the same applications, mails and links wait for each other, never for ever."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.access.links import token
from service.applications import actions
from service.applications.actions import linking
from service.applications.models import Application
from service.applications.repository import get_application, list_resumable
from service.applications.states import Hold
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from tests.factories.applications import make_bare_draft, make_submitted
from tests.support.registering import letters

Work = Callable[[Session], object]
LONG, SHORT = 20, 0.4


def meet(monkeypatch: pytest.MonkeyPatch, engine: Engine, place: tuple[object, str], first: Work, second: Work) -> None:
    """Let `first` go on from the place in the code only once `second` has run as far as the locks let it."""
    where, name = place
    original = getattr(where, name)
    arrived, done = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def held(*args: object, **more: object) -> object:
        result = original(*args, **more)
        if threading.current_thread() is ahead and not arrived.is_set():
            arrived.set()
            done.wait(SHORT)
        return result

    def run(work: Work, before: Callable[[], object], after: Callable[[], object]) -> None:
        try:
            before()
            with transaction(engine) as session:
                work(session)
        except BaseException as error:  # noqa: BLE001 - a thread's error is looked at below
            errors.append(error)
        finally:
            after()

    monkeypatch.setattr(where, name, held)
    ahead = threading.Thread(target=run, args=(first, lambda: None, arrived.set))
    behind = threading.Thread(target=run, args=(second, lambda: arrived.wait(LONG), done.set))
    for thread in (ahead, behind):
        thread.start()
    for thread in (ahead, behind):
        thread.join(LONG)
        assert not thread.is_alive()
    assert errors == []


@pytest.fixture
def two(own_engine: Engine, settings: Settings) -> tuple[str, list[UUID]]:
    """An address with two sent applications, in the order the letter names them."""
    with transaction(own_engine) as session:
        one, other = make_submitted(session, settings, n=1), make_submitted(session, settings, n=2)
        other.contact_email = one.contact_email
        session.flush()
        return one.contact_email, [found.id for found in list_resumable(session, one.contact_email)]


def test_resume_link_of_two_applications_meets_a_resending(
    monkeypatch: pytest.MonkeyPatch, own_engine: Engine, settings: Settings, two: tuple[str, list[UUID]]
) -> None:
    email, found = two
    meet(
        monkeypatch,
        own_engine,
        (linking, "_mail_link"),
        lambda session: linking.send_resume_link(session, email, settings=settings),
        lambda session: actions.resend_due(session, found[1], settings=settings),
    )


def test_status_link_meets_the_making_of_the_next(
    monkeypatch: pytest.MonkeyPatch, own_engine: Engine, settings: Settings
) -> None:
    with transaction(own_engine) as session:
        about = make_submitted(session, settings)
        link = linking.status_link(session, about, settings=settings)
    presented = token(link.id, secret=settings.secret_key.get_secret_value())

    def use(session: Session) -> None:
        found = actions.open_status(session, presented)
        assert found is not None
        open_applicant(session, ApplicantSessionKind.STATUS, application_id=found.id)

    def make(session: Session) -> None:
        linking.status_link(session, get_application(session, about.id, lock=True), settings=settings)

    meet(monkeypatch, own_engine, (linking, "consume"), use, make)


def test_confirmation_again_waits_for_the_link_that_is_used(
    monkeypatch: pytest.MonkeyPatch, own_engine: Engine, settings: Settings
) -> None:
    with transaction(own_engine) as session:
        draft = make_bare_draft(session, settings)
        draft.email_confirmed_at = None
    here, sent = SimpleNamespace(pause=lambda: None), list[bool]()

    def prove(session: Session) -> None:
        get_application(session, draft.id, lock=True).email_confirmed_at = utc_now()
        session.flush()
        here.pause()

    def again(session: Session) -> None:
        sent.append(actions.resend_confirmation(session, draft.id, settings=settings))

    meet(monkeypatch, own_engine, (here, "pause"), prove, again)
    assert sent == [False]


def test_notice_of_a_double_waits_for_the_withdrawal_of_the_first(
    monkeypatch: pytest.MonkeyPatch, own_engine: Engine, settings: Settings
) -> None:
    with transaction(own_engine) as session:
        first, second = make_submitted(session, settings), make_submitted(session, settings)
        assert second.hold == Hold.OPEN_APPLICATION
    here = SimpleNamespace(pause=lambda: None)

    def withdraw(session: Session) -> None:
        actions.withdraw(session, first.id, settings=settings)
        session.flush()
        here.pause()

    def tell(session: Session) -> None:
        actions.tell_on_file(session, session.get_one(Application, second.id), settings=settings)

    meet(monkeypatch, own_engine, (here, "pause"), withdraw, tell)
    assert "duplicate_attempt" not in letters(own_engine)
