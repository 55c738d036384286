"""Starting again from an ended application: what is carried over, what is not, and who may."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.actions.drafting import NOTICE_VERSION
from service.applications.models import Acknowledgement, Application
from service.applications.states import State
from service.clock import add_months, local_date
from service.config import Settings
from service.database import transaction
from service.local.documents import add_example_documents
from service.questionnaire import DECLARATIONS_SECTION
from tests.factories.answers import complete_form
from tests.factories.applications import ANNA, MARCO, make_submitted
from tests.support.following import follow, follower
from tests.support.registering import TASKS, begin, browser, confirm, letters, stamped

AGAIN, OVER = "/stato/ricomincia", f"{TASKS}/riparti"
DAY = timedelta(days=1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"form_seconds": 0})


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings) as client:
        yield client


@pytest.fixture
def sent(own_engine: Engine, settings: Settings) -> UUID:
    """An application that was sent."""
    with transaction(own_engine) as session:
        return make_submitted(session, settings).id


@pytest.fixture
def withdrawn(own_engine: Engine, settings: Settings, sent: UUID) -> UUID:
    """One that was taken back."""
    with transaction(own_engine) as session:
        actions.withdraw(session, sent, settings=settings)
    return sent


def refuse(engine: Engine, settings: Settings, about: UUID, *, days: int, code: str = "R03") -> None:
    """Refuse it; a new one may come in so many days."""
    with transaction(engine) as session:
        found = session.get_one(Application, about)
        actions.start_review(session, about, version=found.version, by=ANNA)
        actions.reject(session, about, version=found.version, by=MARCO, settings=settings, reason_code=code)
        found.reapply_from = local_date() + days * DAY


def drafts(engine: Engine) -> list[Application]:
    with Session(engine) as session:
        return list(session.scalars(select(Application).where(Application.state == State.DRAFT)))


def answers_of(engine: Engine, about: UUID) -> dict[str, object]:
    with Session(engine) as session:
        return session.get_one(Application, about).content.answers


# --- from the status page


def test_withdrawn_starts_again_with_its_answers_and_a_proven_address(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    follow(client, own_engine, settings, withdrawn)
    before = letters(own_engine)
    assert f'href="{AGAIN}"' in client.get("/stato/domanda").text
    page = client.get(AGAIN).text
    assert "I documenti vanno caricati di nuovo" in page
    assert "Le dichiarazioni si accettano di nuovo" in page
    assert 'name="privacy_read"' not in page
    assert drafts(own_engine) == []
    reply = client.post(AGAIN)
    assert (reply.status_code, reply.headers["location"]) == (303, TASKS)
    [draft] = drafts(own_engine)
    assert (draft.copied_from_id, draft.email_confirmed_at is not None) == (withdrawn, True)
    old, new = answers_of(own_engine, withdrawn), answers_of(own_engine, draft.id)
    assert DECLARATIONS_SECTION in old
    assert DECLARATIONS_SECTION not in new
    sections = [name for name in old if isinstance(old[name], dict) and name not in {DECLARATIONS_SECTION, "_raw"}]
    assert len(sections) > 3
    assert [new[name] for name in sections] == [old[name] for name in sections]
    with Session(own_engine) as session:
        notice = session.get_one(Acknowledgement, (draft.id, "privacy", NOTICE_VERSION))
        assert notice.read_at == session.get_one(Acknowledgement, (withdrawn, "privacy", NOTICE_VERSION)).read_at
        earlier = session.get_one(Application, withdrawn)
        assert (draft.name, draft.tax_code, draft.vat_number) == (earlier.name, earlier.tax_code, earlier.vat_number)
        assert earlier.state == State.WITHDRAWN
        number = earlier.number
    page = client.get(TASKS).text
    assert f"Le risposte vengono dalla domanda n. {number}" in page
    assert "è confermato" in page
    assert letters(own_engine) == before


def test_restarted_draft_is_sent_once_declared_and_documented(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    follow(client, own_engine, settings, withdrawn)
    client.post(AGAIN)
    assert client.post(f"{TASKS}/riepilogo").status_code == 422
    path = f"{TASKS}/{DECLARATIONS_SECTION}"
    client.post(path, data=stamped(client, path, complete_form("SC", DECLARATIONS_SECTION)))
    [draft] = drafts(own_engine)
    assert client.post(f"{TASKS}/riepilogo").status_code == 422
    with transaction(own_engine) as session:
        add_example_documents(session, session.get_one(Application, draft.id))
    assert client.post(f"{TASKS}/riepilogo").headers["location"] == "/registrazione/inviata"
    with Session(own_engine) as session:
        again = session.get_one(Application, draft.id)
        assert (again.state, again.hold, again.copied_from_id) == (State.SUBMITTED, None, withdrawn)


def test_pressed_twice_or_elsewhere_it_is_the_same_draft(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    for is_there in (False, True):
        follow(client, own_engine, settings, withdrawn)
        assert ("C’è già una bozza con questi dati" in client.get(AGAIN).text) == is_there
        assert client.post(AGAIN).headers["location"] == TASKS
        assert ("c’era già" in client.get(TASKS).text) == is_there
    assert len(drafts(own_engine)) == 1


def test_copy_gone_to_another_address_is_not_entered_from_the_old_one(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    follow(client, own_engine, settings, withdrawn)
    client.post(AGAIN)
    client.post(f"{TASKS}/indirizzo", data={"email": "collega@example.com"})
    with follower(own_engine, settings, withdrawn) as other:
        reply = other.post(AGAIN)
        assert (reply.status_code, "ora ha un altro indirizzo" in reply.text) == (409, True)
        assert other.get(TASKS).headers["location"] == "/stato/domanda"
    assert len(drafts(own_engine)) == 1


def test_copy_that_was_sent_is_named(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    with transaction(own_engine) as session:
        copy = make_submitted(session, settings, n=2)
        copy.copied_from_id = withdrawn
        number = copy.number
    follow(client, own_engine, settings, withdrawn)
    reply = client.post(AGAIN)
    assert (reply.status_code, f"è già partita la n. {number}" in reply.text) == (409, True)
    assert drafts(own_engine) == []


def test_new_notice_is_to_be_read_first(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    with transaction(own_engine) as session:
        session.execute(delete(Acknowledgement).where(Acknowledgement.text == "privacy"))
        session.add(Acknowledgement(application_id=withdrawn, text="privacy", version="2025-01",
                                    read_at=session.get_one(Application, withdrawn).created_at))  # fmt: skip
    follow(client, own_engine, settings, withdrawn)
    assert 'name="privacy_read"' in client.get(AGAIN).text
    reply = client.post(AGAIN)
    assert (reply.status_code, 'href="#privacy_read"' in reply.text) == (422, True)
    assert drafts(own_engine) == []
    assert client.post(AGAIN, data={"privacy_read": "on"}).headers["location"] == TASKS
    [draft] = drafts(own_engine)
    with Session(own_engine) as session:
        assert session.get(Acknowledgement, (draft.id, "privacy", NOTICE_VERSION))


def test_draft_from_an_expired_one_says_that_it_was_archived(
    client: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    with transaction(own_engine) as session:
        found = session.get_one(Application, sent)
        found.state, found.reason_code = State.EXPIRED, "R02"
    follow(client, own_engine, settings, sent)
    client.post(AGAIN)
    page = client.get(TASKS).text
    assert "Era stata archiviata: Le integrazioni richieste non sono arrivate nei termini." in page
    assert "Non era stata accolta" not in page


@pytest.mark.parametrize("days", [1, 0, -3])
def test_refused_starts_again_from_its_day_on(
    client: TestClient, own_engine: Engine, settings: Settings, sent: UUID, days: int
) -> None:
    may = days <= 0
    refuse(own_engine, settings, sent, days=days)
    follow(client, own_engine, settings, sent)
    page = client.get("/stato/domanda").text
    assert "Puoi presentare una nuova domanda" in page
    assert (f'href="{AGAIN}"' in page) == may
    assert "Puoi inviarci osservazioni entro" in page
    assert ("Da quel giorno puoi ripartire da qui" in page) != may
    assert client.get(AGAIN).status_code == (200 if may else 303)
    if not may:
        assert "Da questa domanda si può ripartire dal" in client.get("/stato/domanda").text
    assert client.post(AGAIN).status_code == (303 if may else 409)
    assert len(drafts(own_engine)) == may
    if may:
        page = client.get(TASKS).text
        assert "Non era stata accolta per questo motivo: I requisiti tecnici" in page
        assert "per la categoria richiesta. Puoi inviare questa dal" in page


def test_double_never_starts_again_though_its_day_has_come(
    client: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    refuse(own_engine, settings, sent, days=-3, code="R10")
    follow(client, own_engine, settings, sent)
    assert AGAIN not in client.get("/stato/domanda").text
    assert client.get(AGAIN).headers["location"] == "/stato/domanda"
    assert client.post(AGAIN).status_code == 409


def test_expired_starts_again(client: TestClient, own_engine: Engine, settings: Settings, sent: UUID) -> None:
    with transaction(own_engine) as session:
        found = session.get_one(Application, sent)
        found.state, found.reason_code, found.erase_on = State.EXPIRED, "R02", add_months(local_date(), 12)
    follow(client, own_engine, settings, sent)
    assert client.post(AGAIN).headers["location"] == TASKS


def test_open_or_nobodys_application_does_not_start_again(
    client: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    assert client.get(AGAIN).headers["location"] == "/stato"
    assert client.post(AGAIN).status_code == 404
    follow(client, own_engine, settings, sent)
    assert AGAIN not in client.get("/stato/domanda").text
    assert client.post(AGAIN).status_code == 409
    assert drafts(own_engine) == []


# --- from a new draft of the same address


def test_new_draft_is_offered_the_earlier_answers_once_its_address_is_proven(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    begin(client, "DI", 1)
    with transaction(own_engine) as session:
        [draft], earlier = (
            session.scalars(select(Application).where(Application.state == State.DRAFT)).all(),
            session.get_one(Application, withdrawn),
        )
        earlier.contact_email = draft.contact_email.upper()
        number, about = earlier.number, draft.id
    assert str(number) not in client.get(TASKS).text
    assert client.get(OVER).headers["location"] == TASKS
    assert client.post(OVER).status_code == 409
    confirm(client, own_engine, settings)
    assert f"Riparti dai dati della domanda n. {number}" in client.get(TASKS).text
    assert "sono sostituite" in client.get(OVER).text
    typed = answers_of(own_engine, about)["avvio"]
    for _ in range(2):
        assert client.post(OVER).headers["location"] == TASKS
    [draft] = drafts(own_engine)
    assert (draft.id, draft.copied_from_id, draft.legal_category) == (about, withdrawn, "SC")
    taken, old = answers_of(own_engine, about), answers_of(own_engine, withdrawn)
    assert taken["anagrafica"] == old["anagrafica"]
    assert DECLARATIONS_SECTION not in taken
    assert isinstance(typed, dict)
    assert isinstance(taken["avvio"], dict)
    assert taken["avvio"]["contact_email"] == typed["contact_email"]
    assert taken["avvio"]["legal_category"] == "SC"
    assert draft.email_confirmed_at is not None
    page = client.get(TASKS).text
    assert "Le risposte vengono dalla domanda" in page
    assert OVER not in page


def test_new_draft_of_somebody_refused_reads_from_when_and_why(
    client: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    refuse(own_engine, settings, sent, days=30)
    begin(client, "SC")
    confirm(client, own_engine, settings)
    page = client.get(TASKS).text
    assert "Non era stata accolta per questo motivo: I requisiti tecnici" in page
    assert "Puoi presentare una nuova domanda" in page
    assert OVER not in page
    assert client.post(OVER).status_code == 409


def test_new_draft_is_not_offered_what_another_was_begun_from(
    client: TestClient, own_engine: Engine, settings: Settings, withdrawn: UUID
) -> None:
    with follower(own_engine, settings, withdrawn) as first:
        first.post(AGAIN)
    begin(client, "SC")
    confirm(client, own_engine, settings)
    assert OVER not in client.get(TASKS).text
    assert client.post(OVER).status_code == 409


def test_new_draft_of_a_double_hears_nothing_of_it(
    client: TestClient, own_engine: Engine, settings: Settings, sent: UUID
) -> None:
    refuse(own_engine, settings, sent, days=-3, code="R10")
    begin(client, "SC")
    confirm(client, own_engine, settings)
    page = client.get(TASKS).text
    assert "hai già presentato" not in page
    assert "Non era stata accolta" not in page
