"""A mistaken address: changed at once in a draft, by a link to the new one once the application was sent."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from service.access.limits import LimitHit
from service.access.links import LinkPurpose
from service.applications import actions
from service.applications.address_letters import LETTERS
from service.applications.models import AddressChange, Application, ApplicationWords
from service.applications.states import InvalidTransitionError, State
from service.config import Settings
from service.database import transaction
from tests.factories.applications import ANNA, make_submitted
from tests.support.registering import TASKS, begin, browser, confirm, letters, newest_link, only, send

RIGHT = "giusta@example.com"
HERE = "/stato/indirizzo"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


def forget_mails(engine: Engine) -> None:
    """Let the mail budget be whole again."""
    with transaction(engine) as session:
        session.execute(update(LimitHit).values(key="long ago"))


def wishes(engine: Engine) -> list[AddressChange]:
    with Session(engine) as session:
        return list(session.scalars(select(AddressChange).order_by(AddressChange.asked_at)))


def test_draft_address_changes_at_once_and_old_links_die(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    old = newest_link(own_engine, settings, LinkPurpose.CONFIRM)

    assert client.post(f"{TASKS}/indirizzo", data={"email": RIGHT}).headers["location"] == TASKS

    draft = only(own_engine)
    assert (draft.contact_email, draft.email_confirmed_at) == (RIGHT, None)
    assert client.get(f"/riprendi/{old}").status_code == 410
    confirm(client, own_engine, settings)
    assert only(own_engine).email_confirmed_at is not None


def test_draft_link_to_an_address_since_replaced_is_not_renewed(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    first = only(own_engine).contact_email
    old = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
    client.post(f"{TASKS}/indirizzo", data={"email": RIGHT})
    [change] = wishes(own_engine)
    assert (change.old_email, change.new_email, change.confirmed_at) == (first, RIGHT, change.asked_at)
    forget_mails(own_engine)
    before = newest_link(own_engine, settings, LinkPurpose.CONFIRM)

    assert client.post(f"/riprendi/{old}/nuovo").headers["location"] == "/riprendi/inviato"
    assert newest_link(own_engine, settings, LinkPurpose.CONFIRM) == before, "nothing leaves"

    client.post(f"{TASKS}/indirizzo", data={"email": first})
    forget_mails(own_engine)
    back = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
    client.post(f"/riprendi/{old}/nuovo")
    assert newest_link(own_engine, settings, LinkPurpose.CONFIRM) != back, "it is the address of now again"


@pytest.mark.parametrize("typed", ["", "non un indirizzo", "a@b.it, c@d.it", "<b>@example.com"])
def test_draft_address_wrong_is_told_and_changes_nothing(client: TestClient, own_engine: Engine, typed: str) -> None:
    begin(client, "SC")
    before = only(own_engine).contact_email
    page = client.post(f"{TASKS}/indirizzo", data={"email": typed})
    assert page.status_code == 422
    assert 'href="#email"' in page.text
    assert only(own_engine).contact_email == before


def test_draft_address_that_is_the_same_is_no_change(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    page = client.post(f"{TASKS}/indirizzo", data={"email": only(own_engine).contact_email.upper()})
    assert (page.status_code, "È l’indirizzo di adesso" in page.text) == (422, True)


def test_sent_address_changes_only_by_the_link_to_the_new_one(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    sent = send(client, "SC", own_engine, settings)
    status = newest_link(own_engine, settings, LinkPurpose.STATUS)
    forget_mails(own_engine)

    assert client.post(HERE, data={"email": RIGHT}).headers["location"] == "/stato/domanda"

    assert only(own_engine).contact_email == sent.contact_email, "nothing changes before the link"
    assert RIGHT in client.get("/stato/domanda").text
    link = newest_link(own_engine, settings, LinkPurpose.ADDRESS)
    with browser(settings) as elsewhere:
        assert elsewhere.get(f"{HERE}/{link}").status_code == 200
        assert only(own_engine).contact_email == sent.contact_email, "opening the page uses nothing"
        assert elsewhere.post(f"{HERE}/{link}").headers["location"] == "/stato/domanda"
        assert sent.name in elsewhere.get("/stato/domanda").text
        assert elsewhere.post(f"{HERE}/{link}").status_code == 410
    with Session(own_engine) as session:
        application = session.scalars(select(Application)).one()
        assert application.contact_email == application.content.answers["avvio"]["contact_email"] == RIGHT
        found_by = session.get_one(ApplicationWords, application.id).search
        assert RIGHT in found_by
        assert sent.contact_email.lower() not in found_by
    assert client.get(f"/stato/{status}").status_code == 410, "links to the old address are dead"
    assert client.get("/stato/domanda").headers["location"] == "/stato", "who followed from there is shut out"
    assert {"email_change_confirm", "email_change_notice"} <= set(letters(own_engine))


def test_newer_wish_ends_the_older_and_can_be_taken_back(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    send(client, "SC", own_engine, settings)
    forget_mails(own_engine)
    client.post(HERE, data={"email": "prima@example.com"})
    first = newest_link(own_engine, settings, LinkPurpose.ADDRESS)
    forget_mails(own_engine)
    client.post(HERE, data={"email": RIGHT})
    assert client.post(f"{HERE}/{first}").status_code == 410
    assert [one.ended_at is None for one in wishes(own_engine)] == [False, True]

    client.post(f"{HERE}/annulla")

    assert all(one.ended_at for one in wishes(own_engine))
    assert client.post(f"{HERE}/{newest_link(own_engine, settings, LinkPurpose.ADDRESS)}").status_code == 410


def test_used_up_mailbox_is_answered_as_any_other(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    send(client, "SC", own_engine, settings)
    forget_mails(own_engine)
    said = set()
    for _ in range(settings.mails_per_address_6h + 1):
        assert client.post(HERE, data={"email": RIGHT}).headers["location"] == "/stato/domanda"
        said.add("Scriviamo a" in client.get("/stato/domanda").text)
    assert said == {True}
    assert letters(own_engine).count("email_change_confirm") == settings.mails_per_address_6h


def test_so_many_wishes_a_day_are_enough(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    send(client, "SC", own_engine, settings)
    answers = [client.post(HERE, data={"email": RIGHT}).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


def test_outcome_closes_the_way(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    session.execute(update(LimitHit).values(key="long ago"))
    actions.ask_address_change(session, sent.id, RIGHT, settings=settings)
    actions.withdraw(session, sent.id, settings=settings)
    with pytest.raises(InvalidTransitionError):
        actions.ask_address_change(session, sent.id, RIGHT, settings=settings)


def test_link_after_the_outcome_says_so(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    sent = send(client, "SC", own_engine, settings)
    forget_mails(own_engine)
    client.post(HERE, data={"email": RIGHT})
    link = newest_link(own_engine, settings, LinkPurpose.ADDRESS)
    with transaction(own_engine) as session:
        actions.withdraw(session, sent.id, settings=settings)
    page = client.post(f"{HERE}/{link}")
    assert (page.status_code, "La domanda ha già un esito" in page.text) == (409, True)
    assert only(own_engine).contact_email == sent.contact_email


@pytest.mark.parametrize("purpose", [LinkPurpose.STATUS, LinkPurpose.CONFIRM])
def test_link_of_another_purpose_changes_nothing(
    client: TestClient, own_engine: Engine, settings: Settings, purpose: LinkPurpose
) -> None:
    send(client, "SC", own_engine, settings)
    assert client.post(f"{HERE}/{newest_link(own_engine, settings, purpose)}").status_code == 410


def test_letters_go_to_both_and_the_old_one_sees_no_address(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    session.execute(update(LimitHit).values(key="long ago"))
    actions.ask_address_change(session, sent.id, RIGHT, settings=settings)
    change = session.scalars(select(AddressChange)).one()
    notice = LETTERS["email_change_notice"](session, {"about": str(change.id)}, settings)
    assert notice is not None
    assert notice.to == sent.contact_email
    assert RIGHT not in notice.text + notice.html
    assert "g•••••@example.com" in notice.text
    actions.cancel_address_change(session, sent.id)
    assert LETTERS["email_change_confirm"](session, {"about": str(change.id), "link": str(change.id)}, settings) is None


def test_staff_see_the_wish_and_who_is_under_review_may_change(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    actions.start_review(session, sent.id, version=sent.version, by=ANNA)
    session.execute(update(LimitHit).values(key="long ago"))
    actions.ask_address_change(session, sent.id, RIGHT, settings=settings)
    assert sent.state == State.UNDER_REVIEW
    assert [one.new_email for one in actions.list_address_changes(session, sent.id)] == [RIGHT]
