"""What bad input gets in the registration: words, never an exception, and everything typed is still there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.config import Settings
from tests.factories.answers import complete_form
from tests.support.registering import (
    TASKS,
    answers,
    begin,
    bring_documents,
    browser,
    confirm,
    fill,
    letters,
    only,
    stamped,
)

START = "/registrazione/avvio?categoria=SC"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


def applications(engine: Engine) -> int:
    with Session(engine) as session:
        return len(session.scalars(select(Application)).all())


def test_category_nothing_chosen_shows_the_summary(client: TestClient) -> None:
    page = client.post("/registrazione", data={})
    assert page.status_code == 422
    assert "<title>Errore: " in page.text
    assert 'href="#categoria">Scegli la categoria società.</a>' in page.text


@pytest.mark.parametrize("code", ["ZZ", "co", "' or 1=1", "\x00"])
def test_category_unknown_is_refused(client: TestClient, code: str) -> None:
    assert client.post("/registrazione", data={"categoria": code}).status_code == 422
    assert client.get("/registrazione/avvio", params={"categoria": code}).status_code == 404
    assert client.post("/registrazione/avvio", params={"categoria": code}, data={}).status_code == 404


def test_wrong_fields_get_422_and_every_value_is_kept(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    form = complete_form("SC", "anagrafica") | {"tax_code": ["0123456015"], "pec": ["non una <pec>"]}
    form.pop("vat_same_as_tax_code")
    page = client.post(f"{TASKS}/anagrafica", data=stamped(client, f"{TASKS}/anagrafica", form))
    assert page.status_code == 422
    assert "ci sono 2 errori" in page.text
    assert 'href="#tax_code"' in page.text
    for name in ("company_name", "tax_code", "vat_number", "rea_number", "pec", "share_capital"):
        assert f'value="{escape(form[name][0])}"' in page.text, name
    stored = answers(own_engine)
    assert stored["anagrafica"]["company_name"] == form["company_name"][0]
    assert stored["_raw"]["anagrafica"] == {"tax_code": "0123456015", "pec": "non una <pec>"}
    assert f'value="{escape("non una <pec>")}"' in client.get(f"{TASKS}/anagrafica").text


def test_section_unknown_or_of_another_category_is_404(client: TestClient) -> None:
    begin(client, "LP")
    for section in ("rappresentante", "x"):
        assert client.get(f"{TASKS}/{section}").status_code == 404
        assert client.post(f"{TASKS}/{section}", data={}).status_code == 404


def test_field_not_asked_is_refused_and_nothing_changes(client: TestClient, own_engine: Engine) -> None:
    begin(client, "LP")
    before = answers(own_engine)
    form = complete_form("LP", "anagrafica") | {"share_capital": ["1,00"]}
    page = client.post(f"{TASKS}/anagrafica", data=form)
    assert page.status_code == 422
    assert "Nulla è stato salvato" in page.text
    assert answers(own_engine) == before


def test_start_with_another_category_in_the_form_is_refused(client: TestClient, own_engine: Engine) -> None:
    form = stamped(client, START, complete_form("SC", "avvio") | {"legal_category": ["DI"]})
    assert client.post(START, data=form).status_code == 422
    assert applications(own_engine) == 0


def test_start_twice_makes_one_draft(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    form = stamped(client, START, complete_form("SC", "avvio"))
    with browser(settings.model_copy(update={"form_seconds": 0})) as other, ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda one: one.post(START, data=form), (client, other)))
    assert [reply.headers["location"] for reply in replies] == [TASKS, TASKS]
    assert applications(own_engine) == 1
    assert letters(own_engine).count("confirm_address") == 1


def test_start_again_from_the_back_arrow_saves_into_the_same_draft(client: TestClient, own_engine: Engine) -> None:
    form = stamped(client, START, complete_form("SC", "avvio"))
    client.post(START, data=form)
    client.post(START, data=form | {"contact_first_name": ["Carlotta"]})
    assert only(own_engine).contact_name.startswith("Carlotta")


def test_start_long_after_leads_to_resume(client: TestClient, own_engine: Engine) -> None:
    form = stamped(client, START, complete_form("SC", "avvio"))
    client.post(START, data=form)
    client.cookies.clear()
    with Session(own_engine) as session:
        found = session.scalars(select(Application)).one()
        found.created_at = found.created_at.replace(year=2025)
        session.commit()
    assert client.post(START, data=form).headers["location"] == "/riprendi"


@pytest.mark.parametrize(
    "change", [{"_sito": ["http://spam.example"]}, {"_timbro": ["start.x.1.forged"]}, {"_timbro": []}]
)
def test_start_by_a_machine_gets_a_friendly_page(
    client: TestClient, own_engine: Engine, change: dict[str, list[str]]
) -> None:
    form = stamped(client, START, complete_form("SC", "avvio")) | change
    page = client.post(START, data=form)
    assert page.status_code == 422
    assert "premi di nuovo «Salva»" in page.text
    assert f'value="{form["contact_email"][0]}"' in page.text
    assert applications(own_engine) == 0


def test_start_too_fast_is_taken_at_the_second_try(settings: Settings, own_engine: Engine) -> None:
    with browser(settings.model_copy(update={"form_seconds": 60})) as client:
        form = stamped(client, START, complete_form("SC", "avvio"))
        assert client.post(START, data=form).status_code == 422
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:  # the form is old enough by now
        assert client.post(START, data=form).status_code == 303
    assert applications(own_engine) == 1


def test_start_too_often_from_one_network_is_refused_with_the_values(settings: Settings, own_engine: Engine) -> None:
    with browser(settings.model_copy(update={"form_seconds": 0, "drafts_per_network_hour": 1})) as client:
        begin(client, "SC")
        form = stamped(client, START, complete_form("SC", "avvio", 2))
        page = client.post(START, data=form)
    assert page.status_code == 429
    assert f'value="{form["contact_email"][0]}"' in page.text
    assert applications(own_engine) == 1


def test_draft_pages_without_a_draft_lead_on(client: TestClient) -> None:
    for path in ("", "/anagrafica", "/riepilogo", "/elimina", "/categoria"):
        page = client.get(f"{TASKS}{path}")
        assert page.status_code == 404
        assert 'href="/riprendi"' in page.text
    assert client.post(f"{TASKS}/anagrafica", data={"company_name": "x"}).status_code == 404
    assert client.get("/registrazione/inviata").headers["location"] == "/stato"


def test_save_after_the_session_ended_keeps_what_was_typed(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    path = f"{TASKS}/anagrafica"
    form = stamped(client, path, {"company_name": ["Bianchi Impianti S.r.l."], "tax_code": ["123"]})
    client.cookies.clear()
    page = client.post(path, data=form)
    assert page.status_code == 200
    assert 'href="/riprendi"' in page.text
    assert "Bianchi" not in page.text
    confirm(client, own_engine, settings)
    shown = client.get(path).text
    assert 'value="Bianchi Impianti S.r.l."' in shown
    assert 'value="123"' in shown


def test_save_with_the_stamp_of_another_draft_goes_into_that_draft(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC", 1)
    path = f"{TASKS}/anagrafica"
    form = stamped(client, path, {"company_name": ["Prima S.r.l."]})
    begin(client, "SC", 2)
    assert "conservato nella bozza" in client.post(path, data=form).text
    with Session(own_engine) as session:
        first, second = session.scalars(select(Application).order_by(Application.created_at)).all()
        assert first.content.answers["_raw"]["anagrafica"]["company_name"] == "Prima S.r.l."
        assert "anagrafica" not in second.content.answers


def test_save_after_the_application_was_sent_changes_nothing(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "DI")
    fill(client, "DI")
    confirm(client, own_engine, settings)
    path = f"{TASKS}/anagrafica"
    form = stamped(client, path, complete_form("DI", "anagrafica") | {"company_name": ["Altra"]})
    bring_documents(own_engine)
    client.post(f"{TASKS}/riepilogo")
    assert "non si può più modificare" in client.post(path, data=form).text
    assert only(own_engine).name != "Altra"


def test_lookups_answer_json_and_a_page(client: TestClient) -> None:
    assert {"value": "Samone (TO)"} in client.get("/registrazione/cerca/comuni", params={"q": "samone"}).json()
    found = client.get("/registrazione/cerca/ateco", params={"q": "43.21"}).json()
    assert found[0]["value"].startswith("43.21")
    page = client.get("/registrazione/cerca/ateco", params={"q": "<b>"}, headers={"accept": "text/html"})
    assert "&lt;b&gt;" in page.text
    contracts = client.get("/registrazione/cerca/ccnl", params={"q": "metal"}).json()
    assert contracts[0] == {"value": "C011", "label": "C011 Metalmeccanica e installazione impianti"}
    page = client.get("/registrazione/cerca/voci", params={"q": "valv"}, headers={"accept": "text/html"})
    assert "F02" in page.text
    assert client.get("/registrazione/cerca/altro", params={"q": "valv"}).status_code == 404


def test_section_says_what_a_code_stands_for_and_where_to_find_one(client: TestClient) -> None:
    begin(client, "SC")
    path = f"{TASKS}/organizzazione"
    client.post(path, data=stamped(client, path, complete_form("SC", "organizzazione")))
    page = client.get(path).text
    assert "C011: Metalmeccanica e installazione impianti" in page
    assert 'href="/registrazione/cerca/ccnl"' in page
    assert 'data-lookup="ccnl"' in page


def test_resend_confirmation_is_limited(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    for _ in range(5):
        assert client.post(f"{TASKS}/conferma").status_code == 303
    assert letters(own_engine).count("confirm_address") == 3
