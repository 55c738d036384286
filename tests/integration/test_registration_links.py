"""Mailed links: opening uses nothing, the button uses them once, dead ones lead on, answers tell nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose
from service.access.principal import Principal, Role
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.invitations import actions as invitations
from service.invitations.invitee import Invitee
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from tests.factories.answers import complete_form
from tests.support.registering import (
    TASKS,
    answer_links,
    begin,
    bring_documents,
    browser,
    fill,
    letters,
    newest_link,
    only,
    send,
    stamped,
)

ANNA = Principal(subject="anna", name="Anna Bassi", roles=frozenset({Role.REVIEWER}))
INVITED = "ferrari@example.com"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


@pytest.fixture
def invitation(own_engine: Engine, settings: Settings) -> Invitation:
    with transaction(own_engine) as session:
        return invitations.invite(
            session, Invitee("Ferrari & Figli S.r.l.", INVITED),
            by=ANNA, settings=settings,
        )  # fmt: skip


def age_links(engine: Engine) -> None:
    """Let every link run out."""
    with transaction(engine) as session:
        for link in session.scalars(select(Link)):
            link.expires_at = utc_now() - timedelta(seconds=1)
        for invitation in session.scalars(select(Invitation)):
            invitation.expires_at = utc_now() - timedelta(seconds=1)


def used(engine: Engine) -> int:
    """How many links were used."""
    with Session(engine) as session:
        return len(session.scalars(select(Link).where(Link.used_at.is_not(None))).all())


def test_confirm_link_opening_uses_nothing_then_works_once(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    client.cookies.clear()
    path = f"/riprendi/{newest_link(own_engine, settings, LinkPurpose.CONFIRM)}"
    for _ in range(3):
        assert "Conferma e apri la bozza" in client.get(path).text
        client.head(path)
    assert used(own_engine) == 0
    reply = client.post(path)
    assert reply.headers["location"] == TASKS
    assert only(own_engine).email_confirmed_at is not None
    assert "Il tuo indirizzo e-mail è confermato." in client.get(TASKS).text
    again = client.post(path)
    assert again.status_code == 410
    assert "Invia un nuovo collegamento" in again.text
    client.post("/riprendi", data={"email": only(own_engine).contact_email})
    client.post(f"/riprendi/{newest_link(own_engine, settings, LinkPurpose.RESUME)}")
    page = client.get(TASKS).text
    assert "La bozza è aperta su questo computer." in page
    assert "Il tuo indirizzo e-mail è confermato." not in page, "that was said when it was proven"


@pytest.mark.parametrize("path", ["/riprendi/falso", "/stato/falso", "/invito/falso"])
def test_forged_link_shows_a_page_with_the_way_on(client: TestClient, path: str) -> None:
    for reply in (client.get(path), client.post(path)):
        assert reply.status_code == 410
        assert f'action="{path}/nuovo"' in reply.text
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["referrer-policy"] == "no-referrer"
    assert client.post(f"{path}/nuovo").status_code == 303


def test_expired_link_is_renewed_by_one_button(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    begin(client, "SC")
    old = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
    age_links(own_engine)
    assert client.post(f"/riprendi/{old}").status_code == 410
    reply = client.post(f"/riprendi/{old}/nuovo")
    assert reply.headers["location"] == "/riprendi/inviato"
    new = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
    assert new != old
    assert client.post(f"/riprendi/{new}").headers["location"] == TASKS


def test_dead_confirmation_is_renewed_as_the_application_needs_by_now(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    old = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
    client.post(f"/riprendi/{old}")
    client.post(f"/riprendi/{old}/nuovo")
    assert answer_links(own_engine, settings) == 1
    assert letters(own_engine).count("confirm_address") == 1
    assert letters(own_engine).count("resume_link") == 1
    new = newest_link(own_engine, settings, LinkPurpose.RESUME)
    page = client.get(f"/riprendi/{new}").text
    assert "Riprendi la tua prequalifica" in page
    assert "Conferma" not in page


def test_resume_is_the_same_for_known_and_unknown_addresses(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    email = only(own_engine).contact_email
    client.cookies.clear()
    replies = [client.post("/riprendi", data={"email": one}) for one in (email, "nessuno@example.com")]
    seen = [(reply.status_code, reply.headers["location"], reply.content) for reply in replies]
    assert seen[0] == seen[1]
    assert "ti abbiamo scritto" in client.get(seen[0][1]).text
    assert letters(own_engine).count("resume_link") == 0
    assert answer_links(own_engine, settings) == 2
    assert letters(own_engine).count("resume_link") == 1
    token = newest_link(own_engine, settings, LinkPurpose.RESUME)
    assert client.post(f"/riprendi/{token}").headers["location"] == TASKS
    assert client.get(TASKS).status_code == 200


@pytest.mark.parametrize("email", ["", "laura", "a@b, c@d"])
def test_resume_with_a_wrong_address_says_what_is_wrong(client: TestClient, email: str) -> None:
    page = client.post("/riprendi", data={"email": email})
    assert page.status_code == 422
    assert 'href="#email"' in page.text
    assert f'value="{email}"' in page.text


def test_status_is_the_same_for_known_and_unknown(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    sent = send(client, "SC", own_engine, settings)
    client.cookies.clear()
    forms = [
        {"numero": str(sent.number), "email": sent.contact_email},
        {"numero": str(sent.number), "email": "altro@example.com"},
        {"numero": "P-2020-9999", "email": sent.contact_email},
    ]
    replies = [client.post("/stato", data=form) for form in forms]
    assert len({(reply.status_code, reply.headers["location"], reply.content) for reply in replies}) == 1
    assert answer_links(own_engine, settings) == 3
    assert letters(own_engine).count("status_link") == 1
    path = f"/stato/{newest_link(own_engine, settings, LinkPurpose.STATUS)}"
    assert "Apri la pagina di stato" in client.get(path).text
    assert client.post(path).headers["location"] == "/stato/domanda"
    assert str(sent.number) in client.get("/stato/domanda").text
    assert client.post(path).status_code == 410


def test_status_without_a_session_asks(client: TestClient) -> None:
    for path in ("/stato/domanda", "/stato/ritira"):
        assert client.get(path).headers["location"] == "/stato"
    assert client.post("/stato/ritira").status_code == 404
    assert client.post("/stato", data={}).status_code == 422


def test_resume_of_a_sent_application_leads_to_its_status(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    email = only(own_engine).contact_email
    client.post("/riprendi", data={"email": email})
    resume = newest_link(own_engine, settings, LinkPurpose.RESUME)
    with transaction(own_engine) as session:
        link = session.scalars(select(Link).where(Link.purpose == LinkPurpose.RESUME)).one()
        link.expires_at = utc_now() + timedelta(days=2)
    client.cookies.clear()
    with browser(settings.model_copy(update={"form_seconds": 0})) as other:
        confirm_path = newest_link(own_engine, settings, LinkPurpose.CONFIRM)
        other.post(f"/riprendi/{confirm_path}")
        fill(other, "SC")
        bring_documents(own_engine)
        other.post(f"{TASKS}/riepilogo")
    assert client.post(f"/riprendi/{resume}").headers["location"] == "/stato/domanda"


def test_invitation_opens_prefilled_with_a_proven_address_and_is_used_once(
    client: TestClient, own_engine: Engine, settings: Settings, invitation: Invitation
) -> None:
    path = f"/invito/{newest_link(own_engine, settings, LinkPurpose.INVITATION)}"
    assert "Ferrari &amp; Figli S.r.l." in client.get(path).text
    client.head(path)
    for _ in range(2):
        assert client.post(path).headers["location"] == "/registrazione"
    assert "Ferrari &amp; Figli" in client.get("/registrazione").text
    start = "/registrazione/avvio?categoria=SC"
    form = stamped(client, start, complete_form("SC", "avvio") | {"contact_email": [INVITED]})
    assert f'value="{INVITED}"' in client.get(start).text
    assert client.post(start, data=form).headers["location"] == TASKS
    draft = only(own_engine)
    assert draft.email_confirmed_at is not None
    assert (draft.invitation_id, draft.invited_by) == (invitation.id, "anna")
    assert 'value="Ferrari &amp; Figli S.r.l."' in client.get(f"{TASKS}/anagrafica").text
    assert "confirm_address" not in letters(own_engine)
    dead = client.get(path)
    assert (dead.status_code, "già stato usato" in dead.text) == (410, True)
    assert client.post(start, data=form).headers["location"] == TASKS
    assert only(own_engine).id == draft.id


def test_invitation_revoked_explains_itself(
    client: TestClient, own_engine: Engine, settings: Settings, invitation: Invitation
) -> None:
    path = f"/invito/{newest_link(own_engine, settings, LinkPurpose.INVITATION)}"
    with transaction(own_engine) as session:
        invitations.revoke(session, invitation.id, by=ANNA)
    for reply in (client.get(path), client.post(path)):
        assert (reply.status_code, "stato revocato" in reply.text) == (410, True)


def test_invitation_expired_is_sent_again_by_its_own_page(
    client: TestClient, own_engine: Engine, settings: Settings, invitation: Invitation
) -> None:
    path = f"/invito/{newest_link(own_engine, settings, LinkPurpose.INVITATION)}"
    age_links(own_engine)
    assert "Questo invito è scaduto" in client.get(path).text
    assert client.post(f"{path}/nuovo").headers["location"] == "/invito/inviato"
    assert answer_links(own_engine, settings) == 1
    assert letters(own_engine).count("invitation") == 2
    assert "più recente" in client.get(path).text
    with Session(own_engine) as session:
        assert session.get_one(Invitation, invitation.id).state == InvitationState.SENT


def test_tokens_are_never_in_a_location(
    client: TestClient, own_engine: Engine, settings: Settings, invitation: Invitation
) -> None:
    begin(client, "SC")
    for purpose, path in ((LinkPurpose.CONFIRM, "/riprendi"), (LinkPurpose.INVITATION, "/invito")):
        token = newest_link(own_engine, settings, purpose)
        for address in (f"{path}/{token}", f"{path}/{token}/nuovo"):
            assert token not in client.post(address).headers.get("location", "")
