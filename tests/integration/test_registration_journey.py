"""A whole registration over HTTP, as a browser without JavaScript does it, for every category."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.applications.states import Hold, State
from service.config import Settings
from service.questionnaire import sections_for
from tests.factories.answers import BUILT, complete_form
from tests.support.registering import begin, bring_documents, browser, confirm, fill, letters, only, send, stamped
from tests.support.web import timeless


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


@pytest.mark.parametrize("category", BUILT)
def test_registration_complete_is_sent(
    category: str, client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    reply = client.post("/registrazione", data={"categoria": category})
    assert reply.headers["location"] == f"/registrazione/avvio?categoria={category}"
    begin(client, category)
    fill(client, category)
    confirm(client, own_engine, settings)
    bring_documents(own_engine)
    total = len(sections_for(category)) + 1  # the documents
    assert f"Hai completato {total} sezioni su {total}" in client.get("/registrazione/bozza").text
    summary = client.get("/registrazione/bozza/riepilogo")
    assert "Prima di inviare" not in summary.text

    sent = client.post("/registrazione/bozza/riepilogo")

    assert (sent.status_code, sent.headers["location"]) == (303, "/registrazione/inviata")
    application = only(own_engine)
    assert application.state == State.SUBMITTED
    for _ in range(2):
        confirmation = client.get("/registrazione/inviata")
        assert str(application.number) in confirmation.text
    assert application.contact_email not in confirmation.text
    status = client.get("/stato/domanda")
    assert "Ora tocca a ICRI" in status.text
    assert str(application.number) in status.text
    assert client.get("/registrazione/bozza").headers["location"] == "/stato/domanda"


def test_registration_duplicate_gets_the_same_pages_and_is_parked(settings: Settings, own_engine: Engine) -> None:
    pages = []
    quick = settings.model_copy(update={"form_seconds": 0})
    for _ in range(2):
        with browser(quick) as client:
            send(client, "SC", own_engine, settings)
            pages.append([client.get(path).text for path in ("/registrazione/inviata", "/stato/domanda")])
    with Session(own_engine) as session:
        first, second = session.scalars(select(Application).order_by(Application.created_at)).all()
    assert (first.hold, second.hold) == (None, Hold.OPEN_APPLICATION)
    neutral = [
        [page.replace(str(one.number), "N") for page in found]
        for one, found in zip((first, second), pages, strict=True)
    ]
    file = re.compile(r"/[0-9a-f-]{36}")  # each has its own
    assert [file.sub("", timeless(page)) for page in neutral[0]] == [
        file.sub("", timeless(page)) for page in neutral[1]
    ]


def test_submit_twice_sends_once(client: TestClient, settings: Settings, own_engine: Engine) -> None:
    begin(client, "DI")
    fill(client, "DI")
    confirm(client, own_engine, settings)
    bring_documents(own_engine)
    replies = [client.post("/registrazione/bozza/riepilogo") for _ in range(2)]
    assert replies[0].headers["location"] == "/registrazione/inviata"
    assert replies[1].headers["location"] == "/stato/domanda"
    assert letters(own_engine).count("submission_receipt") == 1


def test_submit_incomplete_explains_and_keeps_the_draft(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    page = client.post("/registrazione/bozza/riepilogo")
    assert page.status_code == 422
    assert "<title>Errore: " in page.text
    assert "/registrazione/bozza/anagrafica?da=riepilogo#company_name" in page.text
    assert "Conferma il tuo indirizzo" in page.text
    assert only(own_engine).state == State.DRAFT


def test_submit_without_documents_names_them_with_the_place_where_each_is_uploaded(
    client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    begin(client, "SC")
    fill(client, "SC")
    confirm(client, own_engine, settings)
    page = client.post("/registrazione/bozza/riepilogo")
    assert page.status_code == 422
    assert 'href="/registrazione/bozza/documenti#durc"' in page.text
    assert "Carica DURC." in page.text
    assert "/registrazione/bozza/documenti#durf" not in page.text
    assert only(own_engine).state == State.DRAFT


def test_edit_from_summary_returns_there(client: TestClient) -> None:
    begin(client, "SC")
    path = "/registrazione/bozza/anagrafica?da=riepilogo"
    reply = client.post(path, data=stamped(client, path, complete_form("SC", "anagrafica")))
    assert reply.headers["location"] == "/registrazione/bozza/riepilogo"
    assert "Dati salvati alle" in client.get("/registrazione/bozza/riepilogo").text


def test_change_category_says_what_goes_and_keeps_the_rest(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    fill(client, "SC")
    warning = client.get("/registrazione/bozza/categoria?nuova=DI")
    assert "Forma giuridica" in warning.text
    assert only(own_engine).legal_category == "SC"
    client.post("/registrazione/bozza/categoria", data={"nuova": "DI"})
    changed = only(own_engine)
    assert (changed.legal_category, changed.tax_code) == ("DI", None)
    assert client.get("/registrazione/bozza/categoria?nuova=ZZ").status_code == 422


def test_discard_erases_the_draft(client: TestClient, own_engine: Engine) -> None:
    begin(client, "LP")
    assert client.get("/registrazione/bozza/elimina").status_code == 200
    reply = client.post("/registrazione/bozza/elimina")
    assert reply.headers["location"] == "/"
    with Session(own_engine) as session:
        assert session.scalars(select(Application)).all() == []
    assert client.get("/registrazione/bozza").status_code == 404


def test_close_ends_this_browser_only(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    client.post("/registrazione/bozza/chiudi")
    assert client.get("/registrazione/bozza").status_code == 404
    assert only(own_engine).state == State.DRAFT


def test_withdraw_by_its_own_page(client: TestClient, settings: Settings, own_engine: Engine) -> None:
    send(client, "UE", own_engine, settings)
    assert "Ritirare la richiesta?" in client.get("/stato/ritira").text
    assert client.post("/stato/ritira").headers["location"] == "/stato/domanda"
    assert only(own_engine).state == State.WITHDRAWN
    assert "Hai ritirato la domanda" in client.get("/stato/domanda").text
    assert client.post("/stato/ritira").status_code == 303
