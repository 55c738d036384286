"""Starting again from an ended application, by whoever has proven its address."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications import actions
from service.applications.models import Application
from service.applications.states import State
from service.clock import local_date
from service.config import Settings
from service.database import transaction
from tests.factories.applications import MARCO, make_approved, make_submitted, make_under_review
from tests.support.registering import TASKS, begin, browser, confirm, send

RESTART, STATUS = "/stato/ricomincia", "/stato/domanda"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


def withdrawn(client: TestClient, engine: Engine, settings: Settings) -> Application:
    sent = send(client, "SC", engine, settings)
    client.post("/stato/ritira")
    return sent


def drafts(engine: Engine) -> list[Application]:
    with Session(engine) as session:
        return list(session.scalars(select(Application).where(Application.state == State.DRAFT)))


def refused(session: Session, settings: Settings, code: str = "R03") -> Application:
    one = make_under_review(session, settings)
    return actions.reject(
        session, one.id, version=one.version, by=MARCO, settings=settings, reason_code=code, reason_text=""
    )


def test_withdrawn_starts_again_with_its_answers(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    sent = withdrawn(client, own_engine, settings)
    assert RESTART in client.get(STATUS).text
    assert client.get(RESTART).status_code == 200
    assert drafts(own_engine) == [], "asking opens nothing"

    assert client.post(RESTART).headers["location"] == TASKS

    page = client.get(TASKS).text
    assert f"domanda n. {sent.number}" in page
    with Session(own_engine) as session:
        draft = session.scalars(select(Application).where(Application.state == State.DRAFT)).one()
        earlier = session.get_one(Application, sent.id)
        assert draft.copied_from_id == sent.id
        assert draft.email_confirmed_at is not None
        assert draft.name == sent.name
        assert draft.content.answers["anagrafica"] == earlier.content.answers["anagrafica"]
        assert questionnaire.DECLARATIONS_SECTION not in draft.content.answers
        assert {row.leaf for row in draft.categories} == {row.leaf for row in earlier.categories}


def test_second_press_leads_to_the_same_draft(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    sent = withdrawn(client, own_engine, settings)
    with transaction(own_engine) as session:
        first = actions.restart(session, sent.id).id
    with transaction(own_engine) as session:
        assert actions.restart(session, sent.id, proven=sent.contact_email).id == first
    with transaction(own_engine) as session, pytest.raises(actions.RestartError):
        actions.restart(session, sent.id)  # by a browser that never used a link of this address
    assert len(drafts(own_engine)) == 1


def test_declarations_must_be_accepted_again(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    actions.withdraw(session, sent.id, settings=settings)
    draft = actions.restart(session, sent.id)
    open_sections = {gap.section for gap in questionnaire.gaps(draft.legal_category, draft.content.answers)}
    assert open_sections == {questionnaire.DECLARATIONS_SECTION}


def test_refused_starts_from_its_date_on(session: Session, settings: Settings) -> None:
    ended = refused(session, settings)
    assert ended.reapply_from is not None
    assert not actions.may_restart(ended, today=ended.reapply_from - timedelta(days=1))
    assert actions.may_restart(ended, today=ended.reapply_from)
    with pytest.raises(actions.RestartError):
        actions.restart(session, ended.id)
    ended.reapply_from = local_date()
    assert actions.restart(session, ended.id).copied_from_id == ended.id


def test_open_accepted_and_double_ones_do_not_start_again(session: Session, settings: Settings) -> None:
    for one in (make_submitted(session, settings, n=3), make_approved(session, settings, n=4)):
        assert not actions.may_restart(one, today=local_date() + timedelta(days=999))
    double = refused(session, settings, "R03")
    double.reason_code = "R10"
    assert not actions.may_restart(double, today=local_date() + timedelta(days=999))


def test_before_its_date_the_page_leads_back(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    sent = withdrawn(client, own_engine, settings)
    with transaction(own_engine) as session:
        ended = session.get_one(Application, sent.id)
        ended.reapply_from = local_date() + timedelta(days=1)
    assert RESTART not in client.get(STATUS).text
    assert client.get(RESTART).headers["location"] == STATUS
    assert client.post(RESTART).status_code == 409
    assert drafts(own_engine) == []


def test_new_draft_is_offered_the_earlier_answers_once_its_address_is_proven(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    sent = withdrawn(client, own_engine, settings)
    with browser(settings.model_copy(update={"form_seconds": 0})) as other:
        begin(other, "DI")
        assert "riparti" not in other.get(TASKS).text, "nobody learns of it before the address is proven"
        assert other.get(f"{TASKS}/riparti").headers["location"] == TASKS
        assert other.post(f"{TASKS}/riparti").status_code == 409
        confirm(other, own_engine, settings)
        assert f"{TASKS}/riparti" in other.get(TASKS).text
        assert "sono sostituite" in other.get(f"{TASKS}/riparti").text

        assert other.post(f"{TASKS}/riparti").headers["location"] == TASKS
        assert other.post(f"{TASKS}/riparti").headers["location"] == TASKS, "a second click changes nothing"

    with Session(own_engine) as session:
        draft = session.scalars(select(Application).where(Application.state == State.DRAFT)).one()
        assert (draft.legal_category, draft.name, draft.copied_from_id) == ("SC", sent.name, sent.id)


def test_other_address_is_offered_nothing(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    actions.withdraw(session, sent.id, settings=settings)
    draft = actions.restart(session, make_withdrawn(session, settings).id)
    draft.copied_from_id = None
    draft.contact_email = "altra@example.com"
    assert actions.find_earlier(session, draft, proven=draft.contact_email) is None


def make_withdrawn(session: Session, settings: Settings) -> Application:
    one = make_submitted(session, settings, n=5)
    return actions.withdraw(session, one.id, settings=settings)
