"""Which browser has proven an address: the other ones of the same draft learn nothing and do not stay for ever."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSession, extend_applicant, open_applicant
from service.access.applicant_sessions import ApplicantSessionKind as Kind
from service.applications import actions
from service.applications.models import Application, LinkRequest
from service.applications.repository import list_resumable
from service.applications.states import LinkWish, State
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.worker.housekeeping import housekeep
from tests.factories.answers import complete_form
from tests.factories.applications import make_bare_draft, make_submitted
from tests.support.registering import TASKS, begin, browser, confirm, stamped

OVER, AGAIN = f"{TASKS}/riparti", "/stato/ricomincia"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"form_seconds": 0})


@pytest.fixture
def stranger(settings: Settings) -> Iterator[TestClient]:
    with browser(settings) as client:
        yield client


@pytest.fixture
def owner(settings: Settings) -> Iterator[TestClient]:
    with browser(settings) as client:
        yield client


@pytest.fixture
def earlier(own_engine: Engine, settings: Settings) -> Application:
    """A withdrawn application of the address that `begin` types."""
    with transaction(own_engine) as session:
        return actions.withdraw(session, make_submitted(session, settings, n=1).id, settings=settings)


def the_draft(engine: Engine) -> Application:
    with Session(engine) as session:
        return session.scalars(select(Application).where(Application.state == State.DRAFT)).one()


def test_stranger_whose_draft_the_owner_confirms_reads_nothing_of_the_earlier_application(
    stranger: TestClient, owner: TestClient, own_engine: Engine, settings: Settings, earlier: Application
) -> None:
    begin(stranger, "DI", 1)
    assert the_draft(own_engine).contact_email == earlier.contact_email
    confirm(owner, own_engine, settings)

    assert "è confermato" in stranger.get(TASKS).text
    assert str(earlier.number) not in stranger.get(TASKS).text
    assert stranger.get(OVER).headers["location"] == TASKS
    assert stranger.post(OVER).status_code == 409

    assert str(earlier.number) in owner.get(TASKS).text
    assert owner.post(OVER).headers["location"] == TASKS
    assert the_draft(own_engine).copied_from_id == earlier.id
    assert stranger.get(TASKS).status_code == 404, "the answers of the owner are in it now"
    assert owner.get(TASKS).status_code == 200


def test_stranger_does_not_enter_the_draft_the_owner_began_from_the_strangers_application(
    stranger: TestClient, owner: TestClient, own_engine: Engine, settings: Settings, earlier: Application
) -> None:
    with transaction(own_engine) as session:
        cookie = open_applicant(session, Kind.STATUS, application_id=earlier.id)
    stranger.cookies["draft"] = cookie
    begin(owner, "DI", 1)
    confirm(owner, own_engine, settings)
    owner.post(OVER)
    assert the_draft(own_engine).copied_from_id == earlier.id
    assert stranger.post(AGAIN).status_code == 409
    assert stranger.get(TASKS).headers["location"] == "/stato/domanda"


def test_browser_that_proved_its_address_and_sent_may_begin_again_and_come_back(
    owner: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(owner, "SC", 1)
    confirm(owner, own_engine, settings)
    with Session(own_engine) as session:
        kept = session.scalars(select(ApplicantSession)).one()
        assert kept.data == {"proven": the_draft(own_engine).contact_email.lower()}
    begin(owner, "DI", 1)  # another draft in the same browser: what it has proven stays
    with Session(own_engine) as session:
        assert session.scalars(select(ApplicantSession)).one().data == kept.data


@pytest.mark.parametrize("by_salva", [True, False])
def test_stranger_at_the_mistaken_address_is_out_once_it_is_corrected(
    stranger: TestClient, owner: TestClient, own_engine: Engine, settings: Settings, *, by_salva: bool
) -> None:
    begin(owner, "SC", 1)
    confirm(stranger, own_engine, settings)
    assert stranger.get(TASKS).status_code == 200
    if by_salva:
        form = {**complete_form("SC", "avvio", 1), "contact_email": ["giusta@example.com"]}
        path = f"{TASKS}/avvio"
        assert owner.post(path, data=stamped(owner, path, form)).headers["location"] == TASKS
    else:
        assert owner.post(f"{TASKS}/indirizzo", data={"email": "giusta@example.com"}).status_code == 303
    assert the_draft(own_engine).contact_email == "giusta@example.com"
    assert stranger.get(TASKS).status_code == 404
    assert owner.get(TASKS).status_code == 200


def test_salva_of_the_same_address_leaves_the_other_browser_in(
    stranger: TestClient, owner: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(owner, "SC", 1)
    confirm(stranger, own_engine, settings)
    path = f"{TASKS}/avvio"
    owner.post(path, data=stamped(owner, path, complete_form("SC", "avvio", 1)))
    assert stranger.get(TASKS).status_code == 200


def test_session_put_off_again_and_again_ends_after_a_week(session: Session) -> None:
    open_applicant(session, Kind.DRAFT)
    found = session.scalars(select(ApplicantSession)).one()
    found.created_at = utc_now() - timedelta(days=7, hours=-1)
    extend_applicant(found)
    assert found.expires_at == found.created_at + timedelta(days=7)


def test_junk_drafts_of_others_do_not_keep_the_way_to_the_own_one(session: Session, settings: Settings) -> None:
    own = make_bare_draft(session, settings, n=1)
    own.email_confirmed_at, own.created_at = utc_now(), utc_now() - timedelta(days=2)
    sent = make_submitted(session, settings, n=2)
    sent.contact_email = own.contact_email
    junk = [make_bare_draft(session, settings, n=1) for _ in range(3)]
    for one in junk:
        one.email_confirmed_at = None
    session.flush()
    assert {one.id for one in list_resumable(session, own.contact_email)} == {own.id, sent.id}
    session.execute(update(Application).where(Application.id == own.id).values(contact_email="altra@example.com"))
    session.execute(update(Application).where(Application.id == sent.id).values(contact_email="altra@example.com"))
    assert {one.id for one in list_resumable(session, junk[0].contact_email)} == {one.id for one in junk}


@pytest.mark.parametrize(("path", "more"), [("/riprendi", {}), ("/stato", {"numero": "P-2026-0001"})])
def test_wish_keeps_the_address_as_the_questionnaire_does(
    owner: TestClient, own_engine: Engine, path: str, more: dict[str, str]
) -> None:
    typed = "Luca.Ferri@EXAMPLE.com\N{ZERO WIDTH SPACE}"
    assert owner.post(path, data={"email": typed, **more}).status_code == 303
    with Session(own_engine) as session:
        kept = session.scalars(select(LinkRequest)).one().email
    assert kept == "Luca.Ferri@example.com"


def test_housekeeping_forgets_a_wish_nobody_answered_for_a_day(session: Session) -> None:
    for email in ("vecchia@example.com", "nuova@example.com"):
        actions.ask_link(session, LinkWish.RESUME, email=email)
    old = LinkRequest.email == "vecchia@example.com"
    session.execute(update(LinkRequest).where(old).values(asked_at=utc_now() - timedelta(hours=25)))
    bench: Any = SimpleNamespace(completion=lambda: nullcontext(session))
    housekeep(bench)
    assert session.scalars(select(LinkRequest.email)).all() == ["nuova@example.com"]
