"""When what ICRI asks is done: not before it is good, changed or explained; what is asked no more is not due."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.applications.actions import Wanted, WantedError
from service.applications.states import ItemKind, State
from service.config import Settings
from service.database import transaction
from service.questionnaire import LEAVES
from tests.factories.applications import make_under_review
from tests.factories.corrections import DURC, STREET, ask
from tests.support.correcting import DOCUMENTS, PAGE, application_of, ask_and_follow, form_of, names_of, round_in
from tests.support.document_pages import documents
from tests.support.registering import Form, browser
from tests.support.sample_files import pdf
from tests.support.staff_corrections import asked, at
from tests.support.staff_portal import MARCO, Portal, staff_portal

__all__ = ["staff_portal"]
NOTE = "Dai documenti risulta altro."
SEDE, SEND, COMPANY = f"{PAGE}/sede", f"{PAGE}/invia", f"{PAGE}/anagrafica"
OPENING, DOING, CONTACTS = f"{PAGE}/avvio", f"{PAGE}/attivita", f"{PAGE}/referenti"
OPS_STREET = Wanted(ItemKind.FIELD, "D06", NOTE, section="sede", field="ops_street")
SUPPLY = Wanted(ItemKind.FIELD, "D06", NOTE, section="avvio", field="supply_types")
SOA_HELD = Wanted(ItemKind.FIELD, "D06", NOTE, section="attivita", field="soa_held")
BANDS = Wanted(ItemKind.FIELD, "D06", NOTE, section="attivita", field="max_order")
QUESTIONS = Wanted(ItemKind.FIELD, "D06", NOTE, section="attivita", field="leaf_answers")
VAT = Wanted(ItemKind.FIELD, "D06", NOTE, section="anagrafica", field="vat_number")
CHANGE = "Cambia il dato, oppure spiega perché è già giusto."
GONE = "Non serve più"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings) as client:
        yield client


def filled(client: TestClient, path: str, **typed: str | list[str]) -> Form:
    """The form of a section as the page has it, with other text in some inputs; an empty list leaves one out."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    given = {name: [text] if isinstance(text, str) else text for name, text in typed.items()}
    return {name: texts for name, texts in (form_of(page.text, path) | given).items() if texts}


def explained(form: Form, words: str = "È già giusto.") -> Form:
    """The form with a reply to everything asked in it."""
    return form | {name: [words] for name in form if name.startswith("_spiegazione.")}


def told(client: TestClient, path: str = PAGE) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", client.get(path).text)))


def test_document_without_its_dates_is_not_done(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    ask_and_follow(own_engine, settings, client, DURC)
    client.post(f"{DOCUMENTS}/durc", data={}, files={"file": ("durc.pdf", pdf(), "application/pdf")})
    assert len(next(one for one in documents(own_engine) if one.type == "durc").versions) == 2
    assert "Da fare" in told(client)
    assert "Resta una cosa da fare" in told(client)
    for path in (PAGE, DOCUMENTS):
        assert "Fatto" not in told(client, path)
    refused = client.post(SEND)
    assert refused.status_code == 422
    assert "Non hai ancora risposto" not in refused.text
    assert refused.text.count(f'href="{DOCUMENTS}#durc') == 1


def test_field_that_is_wrong_is_not_done_by_a_reply_and_named_once(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    ask_and_follow(own_engine, settings, client, VAT)
    page = client.post(COMPANY, data=explained(filled(client, COMPANY, vat_number="123")))
    assert page.status_code == 422
    assert "Fatto" not in told(client)
    assert "Resta una cosa da fare" in told(client)
    refused = client.post(SEND)
    assert "manca una cosa" in refused.text
    assert f'href="{COMPANY}#vat_number"' in refused.text
    assert "Non hai ancora risposto" not in refused.text


@pytest.mark.parametrize("code", ["D02", "D04", "D06"])
def test_what_is_saved_as_it_was_asks_for_a_change_or_a_reason(
    client: TestClient, own_engine: Engine, settings: Settings, code: str
) -> None:
    street = Wanted(ItemKind.FIELD, code, NOTE, section="sede", field="hq_street")
    found = ask_and_follow(own_engine, settings, client, street)
    name = f"_spiegazione.{round_in(own_engine, found).items[0].id}"
    page = client.post(SEDE, data=filled(client, SEDE))
    assert page.status_code == 422
    assert page.text.count(CHANGE) == 2, "in the summary and at the reply"
    assert f'href="#{name}"' in page.text
    assert "Da fare" in told(client)
    assert client.post(SEND).status_code == 422
    assert client.post(SEDE, data=filled(client, SEDE, **{name: "La visura è vecchia."})).headers["location"] == PAGE
    assert "Fatto" in told(client)
    # taken back, and changed instead
    assert client.post(SEDE, data=filled(client, SEDE) | {name: [""]}).status_code == 422
    reply = client.post(SEDE, data=filled(client, SEDE, hq_street="Via Nuova") | {name: [""]})
    assert reply.headers["location"] == PAGE
    assert "Fatto" in told(client)


def test_whole_section_saved_as_it_was_asks_for_a_change_or_a_reason(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    ask_and_follow(own_engine, settings, client, Wanted(ItemKind.SECTION, "D06", NOTE, section="sede"))
    page = client.post(SEDE, data=filled(client, SEDE))
    assert page.status_code == 422
    assert "Cambia i dati, oppure spiega perché sono già giusti." in page.text
    assert client.post(SEDE, data=filled(client, SEDE, hq_street="Via Nuova")).headers["location"] == PAGE


def test_what_was_said_to_lack_must_be_there_or_explained(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    lacks = Wanted(ItemKind.FIELD, "D01", NOTE, section="anagrafica", field="website")
    there = Wanted(ItemKind.FIELD, "D01", NOTE, section="sede", field="hq_street")
    ask_and_follow(own_engine, settings, client, lacks, there)
    page = client.post(COMPANY, data=filled(client, COMPANY, website=""))
    assert page.status_code == 422
    assert "Inserisci il dato, oppure spiega perché manca." in page.text
    assert client.post(COMPANY, data=filled(client, COMPANY, website="https://example.com")).status_code == 303
    assert client.post(SEDE, data=filled(client, SEDE)).status_code == 303, "it is there"
    assert "Hai risposto a tutto" in told(client)


def test_field_behind_a_tick_opens_the_tick_too(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    found = ask_and_follow(own_engine, settings, client, OPS_STREET)
    form = filled(client, SEDE)
    assert form["ops_same"] == ["on"]
    assert {"ops_same", "ops_street"} <= names_of(form)
    assert "hq_street" not in names_of(form)
    assert "Da fare" in told(client)
    assert GONE not in told(client)
    assert "Serve anche" not in told(client), "the tick is not asked for itself"
    assert client.post(SEDE, data=form).status_code == 422, "neither changed nor explained"
    head = application_of(own_engine, found).content.answers["sede"]
    ops = {f"ops_{part}": str(head[f"hq_{part}"]) for part in ("country", "number", "zip", "municipality", "province")}
    reply = client.post(SEDE, data=filled(client, SEDE, ops_same=[], ops_street="Via del Magazzino", **ops))
    assert reply.headers.get("location") == PAGE, reply.text
    assert client.post(SEND).status_code == 303
    kept = application_of(own_engine, found).content.answers["sede"]
    assert (kept["ops_street"], kept["ops_same"]) == ("Via del Magazzino", False)


def test_partita_iva_the_same_by_a_tick_may_become_another(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    found = ask_and_follow(own_engine, settings, client, VAT)
    assert names_of(filled(client, COMPANY)) == {"vat_number", "vat_same_as_tax_code"}
    other = filled(client, COMPANY, vat_number="00743110157", vat_same_as_tax_code=[])
    assert client.post(COMPANY, data=other).headers.get("location") == PAGE
    assert client.post(SEND).status_code == 303
    assert application_of(own_engine, found).content.answers["anagrafica"]["vat_number"] == "00743110157"


def test_what_no_other_field_decides_cannot_be_asked(own_engine: Engine, settings: Settings) -> None:
    silent = next(code for code, leaf in LEAVES.items() if not leaf.question)
    with transaction(own_engine) as session:
        application = make_under_review(session, settings)
        answers = application.content.answers
        own = {**answers["attivita"], "merchandise": [silent]}
        application.content.answers = {**answers, "attivita": own}
        session.flush()
        with pytest.raises(WantedError, match="non si può chiedere"):
            ask(session, settings, application, QUESTIONS)
        ask(session, settings, application, OPS_STREET)


def test_what_another_answer_takes_off_the_pages_is_due_no_more(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    found = ask_and_follow(own_engine, settings, client, SUPPLY, SOA_HELD)
    late = filled(client, DOING, soa_held="yes", soa_number="12345")
    assert GONE not in told(client)
    assert client.post(OPENING, data=filled(client, OPENING, supply_types="site_services")).status_code == 303
    page = client.get(PAGE).text
    assert GONE in page
    assert f'href="{DOING}' not in page, "nothing is left of the section"
    assert client.get(DOING).status_code == 404
    assert GONE in told(client, "/stato/domanda")
    # who still has the form open is told, and loses nothing unseen
    answer = client.post(DOING, data=late)
    assert answer.status_code == 409
    assert "12345" in answer.text
    assert "soa_held" in round_in(own_engine, found).answers["attivita"], "what is hidden may come back"
    assert "Hai risposto a tutto" in told(client)
    assert client.post(SEND).status_code == 303
    after = application_of(own_engine, found)
    assert after.state == State.UNDER_REVIEW
    assert "soa_held" not in after.content.answers["attivita"]


def test_form_with_fields_shut_meanwhile_shows_them_and_keeps_the_rest(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    found = ask_and_follow(own_engine, settings, client, SUPPLY, SOA_HELD, BANDS)
    late = filled(client, DOING, soa_held="yes", soa_number="12345")
    assert {"soa_held", "max_order"} <= names_of(late)
    client.post(OPENING, data=filled(client, OPENING, supply_types="site_services"))
    before = round_in(own_engine, found).answers["attivita"]
    answer = client.post(DOING, data=late)
    assert answer.status_code == 409
    assert "12345" in answer.text
    assert round_in(own_engine, found).answers["attivita"] == before, "nothing is kept before it is said"
    rest = form_of(answer.text, "")
    assert names_of(rest) == {"max_order"}
    assert client.post(DOING, data=explained(rest)).headers.get("location") == PAGE
    assert "soa_number" not in round_in(own_engine, found).answers["attivita"]


def test_document_not_due_answers_and_may_be_taken_back(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    ask_and_follow(own_engine, settings, client, DURC)
    address = f"{DOCUMENTS}/non-dovuto/durc"
    name = next(one for one in form_of(client.get(DOCUMENTS).text, address) if one.startswith("durc-"))
    short = client.post(address, data={name: "no"})
    assert short.status_code == 422
    assert "Scrivi il motivo" in short.text
    assert "Da fare" in told(client)
    reason = "Nessuna posizione INPS o INAIL: siamo senza dipendenti."
    assert client.post(address, data={name: reason}).headers["location"] == f"{DOCUMENTS}#durc"
    given = next(one for one in documents(own_engine) if one.type == "durc").versions
    assert [(one.number, one.not_due_reason) for one in given] == [(1, None), (2, reason)]
    assert "Hai risposto a tutto" in told(client)
    assert f"Non dovuto: {reason}" in told(client, SEND)
    assert client.post(address, data={"annulla": "1"}).headers["location"] == f"{DOCUMENTS}#durc"
    assert [one.number for one in next(d for d in documents(own_engine) if d.type == "durc").versions] == [1]
    assert "Da fare" in told(client)


def test_words_of_both_sides_are_text_on_every_page(staff_portal: Portal) -> None:
    note, reply = "<b>nota</b> & dell'ufficio", '"><script>alert(1)</script>'
    number = asked(
        staff_portal,
        Wanted(ItemKind.FIELD, STREET.code, note, section="sede", field="hq_street"),
        Wanted(ItemKind.DOCUMENT, DURC.code, note, document_type="durc"),
        Wanted(ItemKind.SECTION, "D06", note, section="referenti"),
    )
    about = staff_portal.id_of(number)
    ours, staff = staff_portal.browser(), staff_portal.browser(MARCO)
    ours.cookies["draft"] = staff_portal.run(
        lambda session: open_applicant(session, ApplicantSessionKind.STATUS, application_id=about)
    )
    for path in (SEDE, CONTACTS):
        assert ours.post(path, data=explained(filled(ours, path), reply)).status_code == 303
    address = f"{DOCUMENTS}/spiegazione/durc"
    form = form_of(ours.get(DOCUMENTS).text, address)
    assert ours.post(address, data=explained(form, reply)).status_code == 303
    # a refused form comes back with what was typed
    long = ours.post(SEDE, data=explained(filled(ours, SEDE), reply + "a" * 1000))
    assert long.status_code == 422
    with_note = [ours.get(path).text for path in (PAGE, SEDE, CONTACTS, DOCUMENTS)]
    with_note += [long.text, staff.get(at(number)).text]
    sending, status = ours.get(SEND).text, ours.get("/stato/domanda").text
    assert ours.post(SEND).status_code == 303
    with_note.append(staff.get(at(number)).text)
    for page in with_note:
        assert "&lt;b&gt;nota&lt;/b&gt; &amp; dell" in page
    for page in (*with_note, sending):
        assert "&lt;script&gt;alert(1)" in page
    for page in (*with_note, sending, status):
        assert "<b>nota" not in page
        assert "<script>alert" not in page
