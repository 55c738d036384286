"""A mistaken address: put right at once in a draft, and by a link to the new one after the sending."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, token
from service.applications import actions, correction_work, corrections
from service.applications.actions.linking import outsider_may_cause_mail, status_link
from service.applications.models import AddressChange, Application, ApplicationWords
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.mail.port import Letter
from tests.factories.applications import ANNA, MARCO, make_submitted, make_under_review
from tests.factories.corrections import STREET
from tests.support.following import follower, waiting_letters
from tests.support.registering import TASKS, begin, browser, letters, newest_link, only

DRAFT, SENT = f"{TASKS}/indirizzo", "/stato/indirizzo"
NEW, OTHER = "Giusta@example.com", "altra@example.com"
CONFIRM, NOTICE = "email_change_confirm", "email_change_notice"
HREF = re.compile(r"https?://[^\s/]+(/stato/indirizzo/\S+)")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


@pytest.fixture
def sent(own_engine: Engine, settings: Settings) -> UUID:
    """An application that was sent."""
    with transaction(own_engine) as session:
        return make_submitted(session, settings).id


@pytest.fixture
def own(own_engine: Engine, settings: Settings, sent: UUID) -> Iterator[TestClient]:
    """The applicant's browser at its status page."""
    with follower(own_engine, settings, sent) as client:
        yield client


def address_link(engine: Engine, settings: Settings) -> str:
    """The page of the link in the newest letter to a new address."""
    return f"{SENT}/{newest_link(engine, settings, LinkPurpose.ADDRESS)}"


def events(engine: Engine, about: UUID) -> list[str]:
    with Session(engine) as session:
        return [one.type for one in list_events(session, about)]


def letter(engine: Engine, settings: Settings, message: str) -> Letter:
    """The last letter of a message, as it would leave now."""
    found = waiting_letters(engine, settings, message)[-1]
    assert found
    return found


def decide(engine: Engine, settings: Settings, about: UUID) -> None:
    """Have the application refused."""
    with transaction(engine) as session:
        found = session.get_one(Application, about)
        actions.start_review(session, about, version=found.version, by=ANNA)
        actions.reject(session, about, version=found.version, by=MARCO, settings=settings, reason_code="R03")


# --- before the sending


def test_draft_address_changes_at_once_and_is_to_be_proven(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    old = only(own_engine).contact_email
    first = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
    assert f'href="{DRAFT}"' in client.get(TASKS).text
    assert old in client.get(DRAFT).text
    reply = client.post(DRAFT, data={"email": f" {NEW} "})
    assert (reply.status_code, reply.headers["location"]) == (303, TASKS)
    page = client.get(TASKS).text
    assert f"Da ora scriviamo a {NEW}" in page
    draft = only(own_engine)
    assert (draft.contact_email, draft.email_confirmed_at) == (NEW, None)
    with Session(own_engine) as session:
        answers = session.get_one(Application, draft.id).content.answers
        assert answers["avvio"]["contact_email"] == NEW
    assert client.post(f"/riprendi/{first}").status_code == 410
    second = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
    assert client.post(f"/riprendi/{second}").headers["location"] == TASKS


def test_draft_letter_that_waits_for_the_old_address_does_not_leave(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    client.post(DRAFT, data={"email": NEW})
    first, second = waiting_letters(own_engine, settings, "confirm_address")
    assert first is None
    assert second
    assert second.to == NEW


def test_draft_proven_address_changed_is_unproven_and_resume_links_die(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    client.post(f"/riprendi/{newest_link(own_engine, settings, LinkPurpose.CONFIRM)}")
    client.post("/riprendi", data={"email": only(own_engine).contact_email})
    resume = newest_link(own_engine, settings, LinkPurpose.RESUME)
    assert "Cambia indirizzo" in client.get(TASKS).text
    client.post(DRAFT, data={"email": NEW})
    assert only(own_engine).email_confirmed_at is None
    assert client.get(f"/riprendi/{resume}").status_code == 410


@pytest.mark.parametrize(("typed", "said"), [("", "Inserisci il nuovo indirizzo"), ("laura@", "Es. nome@example.com")])
def test_draft_wrong_address_says_why_and_keeps_what_was_typed(client: TestClient, typed: str, said: str) -> None:
    begin(client, "SC")
    reply = client.post(DRAFT, data={"email": typed})
    assert reply.status_code == 422
    assert 'href="#email"' in reply.text
    assert f'value="{typed}"' in reply.text
    assert said in reply.text


def test_draft_same_address_is_told(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    sent_before = letters(own_engine)
    reply = client.post(DRAFT, data={"email": only(own_engine).contact_email.upper()})
    assert (reply.status_code, "È l’indirizzo di adesso" in reply.text) == (422, True)
    assert letters(own_engine) == sent_before


def test_draft_comes_back_to_the_summary_it_came_from(client: TestClient) -> None:
    begin(client, "SC")
    path = f"{DRAFT}?da=riepilogo"
    assert f'href="{path}"' in client.get(f"{TASKS}/riepilogo").text
    assert f'action="{path}"' in client.get(path).text
    assert f'action="{path}"' in client.post(path, data={"email": ""}).text
    assert client.post(path, data={"email": NEW}).headers["location"] == f"{TASKS}/riepilogo"


def test_draft_without_mails_left_changes_and_says_what_to_do(own_engine: Engine, settings: Settings) -> None:
    few = settings.model_copy(update={"form_seconds": 0, "mails_per_application_day": 1})
    with browser(few) as client:
        begin(client, "SC")
        client.post(DRAFT, data={"email": NEW})
        assert "premi «Invia di nuovo» fra qualche ora" in client.get(TASKS).text
    assert only(own_engine).contact_email == NEW
    assert letters(own_engine).count("confirm_address") == 1


# --- after the sending


def test_sent_address_changes_only_with_the_link(
    own: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    old = only(own_engine).contact_email
    assert f'href="{SENT}"' in own.get("/stato/domanda").text
    assert old in own.get(SENT).text
    assert own.post(SENT, data={"email": NEW}).headers["location"] == "/stato/domanda"
    page = own.get("/stato/domanda").text
    assert "Annulla la modifica" in page
    assert "G•••••@example.com" in page
    assert only(own_engine).contact_email == old
    confirm, notice = letter(own_engine, settings, CONFIRM), letter(own_engine, settings, NOTICE)
    assert (confirm.to, notice.to) == (NEW, old)
    assert NEW.lower() not in f"{notice.text}{notice.html}{notice.subject}".lower()
    assert "G•••••@example.com" in notice.text
    path = HREF.search(confirm.text)
    assert path
    with browser(settings) as elsewhere:
        for _ in range(2):
            assert NEW in elsewhere.get(path[1]).text
            elsewhere.head(path[1])
        assert only(own_engine).contact_email == old
        assert elsewhere.post(path[1]).headers["location"] == "/stato/domanda"
        assert "Da ora scriviamo a G•••••@example.com" in elsewhere.get("/stato/domanda").text
        again = elsewhere.post(path[1])
        assert (again.status_code, 'href="/stato"' in again.text) == (410, True)
    changed = only(own_engine)
    assert changed.contact_email == NEW
    with Session(own_engine) as session:
        found_by = session.get_one(ApplicationWords, sent).search
        assert NEW.lower() in found_by
        assert old.lower() not in found_by
        assert session.get_one(Application, sent).content.answers["avvio"]["contact_email"] == NEW
    assert events(own_engine, sent)[-2:] == [
        "application.address_change_requested", "application.address_changed",
    ]  # fmt: skip


def test_sent_other_browsers_and_links_of_the_old_address_end(
    own: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    own.post(SENT, data={"email": NEW})
    with transaction(own_engine) as session:
        status_link(session, session.get_one(Application, sent), settings=settings)
    old_link = f"/stato/{newest_link(own_engine, settings, LinkPurpose.STATUS)}"
    assert own.get(old_link).status_code == 200
    with browser(settings) as elsewhere:
        elsewhere.post(address_link(own_engine, settings))
        assert own.get("/stato/domanda").headers["location"] == "/stato"
        assert (own.get(old_link).status_code, own.post(old_link).status_code) == (410, 410)
        assert elsewhere.get("/stato/domanda").status_code == 200
        own.post("/stato", data={"numero": str(only(own_engine).number), "email": NEW})
    newest_link(own_engine, settings, LinkPurpose.STATUS)
    told = waiting_letters(own_engine, settings, "status_link")
    assert [one.to for one in told if one] == [NEW]


def test_sent_letters_that_wait_go_to_the_new_address_or_not_at_all(
    own: TestClient, own_engine: Engine, settings: Settings
) -> None:
    own.post("/stato", data={"numero": str(only(own_engine).number), "email": only(own_engine).contact_email})
    newest_link(own_engine, settings, LinkPurpose.STATUS)
    own.post(SENT, data={"email": NEW})
    with browser(settings) as elsewhere:
        elsewhere.post(address_link(own_engine, settings))
    assert waiting_letters(own_engine, settings, "status_link") == [None]
    receipt = letter(own_engine, settings, "submission_receipt")
    assert receipt.to == NEW
    path = re.search(r"https?://[^\s/]+(/stato/[\w-]+)", receipt.text)
    assert path
    with browser(settings) as third:
        assert third.post(path[1]).headers["location"] == "/stato/domanda", "it brings the link made for there"


def test_sent_new_address_has_the_receipt(own: TestClient, own_engine: Engine, settings: Settings) -> None:
    before = len(waiting_letters(own_engine, settings, "submission_receipt"))
    own.post(SENT, data={"email": NEW})
    with browser(settings) as elsewhere:
        elsewhere.post(address_link(own_engine, settings))
    found = waiting_letters(own_engine, settings, "submission_receipt")
    assert (len(found), found[-1] and found[-1].to) == (before + 1, NEW)


def test_sent_link_to_an_address_since_replaced_is_not_renewed(
    own: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    with transaction(own_engine) as session:
        status_link(session, session.get_one(Application, sent), settings=settings)
    old = newest_link(own_engine, settings, LinkPurpose.STATUS)
    own.post(SENT, data={"email": NEW})
    with browser(settings) as elsewhere:
        elsewhere.post(address_link(own_engine, settings))
        fresh = newest_link(own_engine, settings, LinkPurpose.STATUS)
        elsewhere.post(f"/stato/{fresh}")
        page = own.get(f"/stato/{old}")
        assert (page.status_code, "se è ancora l’indirizzo della domanda" in page.text) == (410, True)
        assert own.post(f"/stato/{old}/nuovo").headers["location"] == "/stato/inviato"
        assert newest_link(own_engine, settings, LinkPurpose.STATUS) == fresh, "nothing leaves"
        elsewhere.post(f"/stato/{fresh}/nuovo")
    assert newest_link(own_engine, settings, LinkPurpose.STATUS) != fresh
    assert [one.to for one in waiting_letters(own_engine, settings, "status_link") if one] == [NEW]


def test_letter_that_waited_brings_the_link_made_since(
    own: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    with transaction(own_engine) as session:
        status_link(session, session.get_one(Application, sent), settings=settings)
    assert own.get("/stato/domanda").status_code == 200
    fresh = newest_link(own_engine, settings, LinkPurpose.STATUS)
    assert fresh in letter(own_engine, settings, "submission_receipt").text


def test_sent_newer_wish_ends_the_older(own: TestClient, own_engine: Engine, settings: Settings) -> None:
    own.post(SENT, data={"email": NEW})
    first = address_link(own_engine, settings)
    own.post(SENT, data={"email": OTHER})
    assert own.post(first).status_code == 410
    assert waiting_letters(own_engine, settings, CONFIRM)[0] is None
    assert own.post(address_link(own_engine, settings)).status_code == 303
    assert only(own_engine).contact_email == OTHER


def test_sent_wish_given_up_kills_its_link(own: TestClient, own_engine: Engine, settings: Settings, sent: UUID) -> None:
    old = only(own_engine).contact_email
    own.post(SENT, data={"email": NEW})
    path = address_link(own_engine, settings)
    own.post(f"{SENT}/annulla")
    page = own.get("/stato/domanda").text
    assert "L’indirizzo resta quello di prima" in page
    assert "Annulla la modifica" not in page
    assert own.post(path).status_code == 410
    assert only(own_engine).contact_email == old
    assert letter(own_engine, settings, NOTICE).to == old
    own.post(f"{SENT}/annulla")
    assert events(own_engine, sent).count("application.address_change_cancelled") == 1


def test_sent_expired_link_is_asked_anew(own: TestClient, own_engine: Engine, settings: Settings) -> None:
    own.post(SENT, data={"email": NEW})
    path = address_link(own_engine, settings)
    with transaction(own_engine) as session:
        before = utc_now() - timedelta(seconds=1)
        session.scalars(select(AddressChange)).one().expires_at = before
        session.scalars(select(Link).where(Link.purpose == LinkPurpose.ADDRESS)).one().expires_at = before
    assert own.get(path).status_code == 410
    assert own.post(path).status_code == 410
    assert "Annulla la modifica" not in own.get("/stato/domanda").text
    assert own.post(SENT, data={"email": NEW}).status_code == 303
    assert own.post(address_link(own_engine, settings)).status_code == 303


def test_sent_outcome_came_first_the_change_is_refused_in_words(
    own: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    old = only(own_engine).contact_email
    own.post(SENT, data={"email": NEW})
    path = address_link(own_engine, settings)
    decide(own_engine, settings, sent)
    for reply in (own.get(path), own.post(path)):
        assert (reply.status_code, "La domanda ha già un esito" in reply.text) == (409, True)
    assert only(own_engine).contact_email == old
    page = own.get("/stato/domanda").text
    assert "Annulla la modifica" not in page
    assert f'href="{SENT}"' not in page
    assert own.get(SENT).headers["location"] == "/stato/domanda"
    assert own.post(SENT, data={"email": OTHER}).status_code == 409


def test_sent_without_mails_left_tells_nobody(own_engine: Engine, settings: Settings, sent: UUID) -> None:
    few = settings.model_copy(update={"mails_per_address_6h": 2})
    with follower(own_engine, few, sent) as client:
        client.post(SENT, data={"email": NEW})
        first = address_link(own_engine, settings)
        reply = client.post(SENT, data={"email": OTHER})  # the present address has had its two
        assert reply.headers["location"] == "/stato/domanda"
        assert client.get(first).status_code == 410, "the newer wish counts, though its mail could not leave"
    assert letters(own_engine).count(CONFIRM) == 1
    with transaction(own_engine) as session:  # what could not be used was not used up: the other mailbox has its room
        assert outsider_may_cause_mail(session, OTHER, about=sent, settings=few)


def test_sent_confirmed_by_many_at_once_is_one(
    own: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    own.post(SENT, data={"email": NEW})
    path = address_link(own_engine, settings)
    with browser(settings) as other, ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _n: other.post(path).status_code, range(6)))
    assert sorted(replies) == [303, 410, 410, 410, 410, 410]
    assert events(own_engine, sent).count("application.address_changed") == 1


def test_sent_during_a_round_of_corrections_the_new_address_stays(own_engine: Engine, settings: Settings) -> None:
    with transaction(own_engine) as session:
        examined = make_under_review(session, settings)
        about = examined.id
        wanted = [STREET]
        actions.request_information(session, about, version=examined.version, by=ANNA, settings=settings, wanted=wanted)
    with follower(own_engine, settings, about) as client:
        client.post(SENT, data={"email": NEW})
        client.post(address_link(own_engine, settings))
    told = letter(own_engine, settings, "information_request")
    assert told.to == NEW
    with transaction(own_engine) as session:
        found = session.get_one(Application, about)
        request = corrections.find_open_request(session, about)
        assert request
        assert correction_work.working_answers(found, request)["avvio"]["contact_email"] == NEW
        assert found.contact_email == NEW


def test_sent_pages_want_a_session(client: TestClient) -> None:
    assert client.get(SENT).headers["location"] == "/stato"
    for path in (SENT, f"{SENT}/annulla"):
        assert client.post(path, data={"email": NEW}).status_code == 404
    for reply in (client.get(f"{SENT}/falso"), client.post(f"{SENT}/falso")):
        assert (reply.status_code, reply.headers["cache-control"]) == (410, "no-store")
    other = token(UUID(int=1), secret="x" * 40)
    assert client.post(f"{SENT}/{other}").status_code == 410


def test_audit_names_no_address(own: TestClient, own_engine: Engine, settings: Settings, sent: UUID) -> None:
    old = only(own_engine).contact_email
    own.post(SENT, data={"email": NEW})
    own.post(address_link(own_engine, settings))
    with Session(own_engine) as session:
        kept = [str(event.data).lower() for event in list_events(session, sent)]
        changes = actions.list_address_changes(session, sent)
    assert not any(NEW.lower() in data or old.lower() in data for data in kept)
    assert [(one.old_email, one.new_email, one.confirmed_at is not None) for one in changes] == [(old, NEW, True)]
