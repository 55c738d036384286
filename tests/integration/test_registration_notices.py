"""What the registration's pages say to who comes back: sent already, no draft, the copied contact, wrong numbers."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from service.config import Settings
from tests.support.registering import begin, browser, fill, only, send


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


def test_category_page_tells_a_draft_from_a_sent_application(
    client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    send(client, "SC", own_engine, settings)
    page = client.get("/registrazione").text
    assert "bozza aperta" not in page
    assert f"Hai già inviato la domanda n. {only(own_engine).number}" in page


def test_category_page_leads_to_the_open_draft(client: TestClient) -> None:
    begin(client, "SC")
    assert "bozza aperta: continua da lì" in client.get("/registrazione").text


def test_no_draft_page_leads_to_the_status(client: TestClient) -> None:
    reply = client.get("/registrazione/bozza")
    assert reply.status_code == 404
    assert 'Se l’hai già inviata: <a class="icri-tap" href="/stato">' in reply.text


def test_resume_says_how_long_the_link_is_good(client: TestClient, settings: Settings) -> None:
    assert f"vale {settings.link_hours} ore" in client.get("/riprendi/inviato").text


def test_summary_shows_blocks_and_the_copied_sales_contact(client: TestClient) -> None:
    begin(client, "SC")
    fill(client, "SC")
    page = client.get("/registrazione/bozza/riepilogo").text
    assert "Referente commerciale</h3>" in page
    assert "Sede legale</h3>" in page
    assert "Non indicato" not in page.replace("Non indicati", "")
    assert '?da=riepilogo#sales_is_contact">Modifica<span class="visually-hidden"> Nome, Referente commerciale' in page


def test_activity_says_which_supply_types_decide(client: TestClient) -> None:
    begin(client, "SC")
    page = client.get("/registrazione/bozza/attivita").text
    assert "Vedi solo le voci per: " in page
    assert "Cambia tipo di fornitura" in page


def test_conditional_fields_are_not_plainly_mandatory_without_javascript(client: TestClient) -> None:
    begin(client, "SC")
    page = client.get("/registrazione/bozza/sede").text
    assert "* (campo obbligatorio)<noscript> solo se togli la spunta</noscript>" in page


@pytest.mark.parametrize(
    ("number", "says"),
    [("", "Inserisci il numero"), ("151", "Il numero è fatto così"), ("P-2026-0151x", "Il numero è fatto così")],
)
def test_status_number_of_another_form_is_refused(client: TestClient, number: str, says: str) -> None:
    reply = client.post("/stato", data={"numero": number, "email": "laura@example.com"})
    assert reply.status_code == 422
    assert says in reply.text
