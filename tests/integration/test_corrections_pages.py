"""The applicant's pages of corrections without JavaScript: what is open and nothing else, kept, and sent back once."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSession, ApplicantSessionKind, open_applicant
from service.applications import actions
from service.applications.actions import Wanted
from service.applications.models import InformationRequest
from service.applications.states import ItemKind, State
from service.clock import local_date
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job
from service.questionnaire import answer_day
from tests.factories.corrections import CONTACTS, DURC, STREET, ask, make_asked
from tests.support.correcting import (
    DOCUMENTS,
    PAGE,
    application_of,
    ask_and_follow,
    form_of,
    names_of,
    round_in,
)
from tests.support.document_pages import documents, good_form, one_due
from tests.support.registering import Form, browser, letters
from tests.support.sample_files import pdf

SEDE, SEND, WHOLE = f"{PAGE}/sede", f"{PAGE}/invia", f"{PAGE}/domanda"
STATUS = "/stato/domanda"
SOA = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="attivita", field="soa_held")
POLICIES = Wanted(ItemKind.FIELD, "D02", "Non torna.", section="assicurazioni", field="policies")
TURNOVER = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="dati-economici", field="turnover")
BANDS = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="attivita", field="max_order")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings) as client:
        yield client


@pytest.fixture
def asked(client: TestClient, own_engine: Engine, settings: Settings) -> UUID:
    """A street and a DURC were asked for, and the browser follows it."""
    return ask_and_follow(own_engine, settings, client)


def filled(client: TestClient, path: str, **typed: str) -> Form:
    """The form of a section as the page has it, with other text in some inputs."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    return form_of(page.text, path) | {name: [text] for name, text in typed.items()}


def explained(form: Form) -> Form:
    """The form with a reply to everything that is asked in it."""
    return form | {name: ["È già giusto."] for name in form if name.startswith("_spiegazione.")}


def give_durc(client: TestClient, engine: Engine, name: str = "durc-nuovo.pdf") -> None:
    required = one_due(engine, "durc")
    reply = client.post(
        f"{DOCUMENTS}/durc", data=good_form(required), files={"file": (name, pdf(pages=2), "application/pdf")}
    )
    assert (reply.status_code, reply.headers["location"]) == (303, f"{DOCUMENTS}#durc"), reply.text


def text_in(html: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.usefixtures("asked")
def test_overview_says_what_why_until_when_and_where(client: TestClient, settings: Settings) -> None:
    page = client.get(PAGE)
    assert page.status_code == 200
    told = text_in(page.text)
    for text in ("Ora tocca a te", "Sede e recapiti: ", "Sulla visura l'indirizzo è un altro.", "Restano 2 cose"):
        assert text in told
    for text in ("DURC", "La seconda pagina non si legge.", "Il resto della domanda resta com’è"):
        assert text in told
    assert str(answer_day(local_date(), settings.information_days).year) in told
    assert f'href="{SEDE}#richiesta-' in page.text
    assert f'href="{DOCUMENTS}#durc"' in page.text
    assert told.count("Da fare") == 2


@pytest.mark.usefixtures("asked")
def test_section_shows_exactly_the_open_field_prefilled_and_the_rest_read_only(client: TestClient) -> None:
    page = client.get(SEDE)
    form = form_of(page.text, SEDE)
    assert names_of(form) == {"hq_street"}
    assert form["hq_street"] != [""]
    assert "Sulla visura l&#39;indirizzo è un altro." in page.text
    frozen = page.text[page.text.index('id="resto"') :]
    assert "<dt>CAP</dt>" in frozen
    assert form["hq_street"][0] not in unescape(frozen)
    for closed in ("anagrafica", "referenti", "nessuna"):
        assert client.get(f"{PAGE}/{closed}").status_code == 404
        assert client.post(f"{PAGE}/{closed}", data={"company_name": "Altra"}).status_code == 404


def test_posting_a_frozen_field_is_refused_and_changes_nothing(
    client: TestClient, asked: UUID, own_engine: Engine
) -> None:
    before = round_in(own_engine, asked).answers
    reply = client.post(SEDE, data=filled(client, SEDE, hq_street="Via Nuova", hq_zip="20100"))
    assert reply.status_code == 422
    assert "non ha chiesto di correggere" in reply.text
    kept = round_in(own_engine, asked)
    assert kept.answers == before
    assert kept.changed == {}


def test_salva_writes_the_working_copy_only_and_marks_it_done(
    client: TestClient, asked: UUID, own_engine: Engine
) -> None:
    reply = client.post(SEDE, data=filled(client, SEDE, hq_street="Via Nuova"))
    assert (reply.status_code, reply.headers["location"]) == (303, PAGE)
    assert round_in(own_engine, asked).answers["sede"]["hq_street"] == "Via Nuova"
    assert application_of(own_engine, asked).content.answers["sede"]["hq_street"] != "Via Nuova"
    told = text_in(client.get(PAGE).text)
    assert "Resta una cosa da fare" in told
    assert (told.count("Fatto"), told.count("Da fare")) == (1, 1)
    assert form_of(client.get(SEDE).text, SEDE)["hq_street"] == ["Via Nuova"]
    assert "Via Nuova" not in client.get(WHOLE).text


def test_wrong_value_is_told_and_kept_as_typed(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    vat = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="anagrafica", field="vat_number")
    found = ask_and_follow(own_engine, settings, client, vat)
    path = f"{PAGE}/anagrafica"
    page = client.post(path, data=filled(client, path, vat_number="123"))
    assert page.status_code == 422
    assert "<title>Errore: " in page.text
    assert 'href="#vat_number"' in page.text
    assert form_of(page.text, path)["vat_number"] == ["123"]
    assert round_in(own_engine, found).answers["_raw"]["anagrafica"] == {"vat_number": "123"}
    assert form_of(client.get(path).text, path)["vat_number"] == ["123"]
    assert "Da fare" in text_in(client.get(PAGE).text)
    refused = client.post(SEND)
    assert refused.status_code == 422
    assert "Le integrazioni non sono partite" in refused.text
    assert f'href="{path}#vat_number"' in refused.text
    assert application_of(own_engine, found).state == State.INFORMATION_REQUESTED


def test_reply_without_a_change_answers_and_a_long_one_is_refused_and_kept(
    client: TestClient, asked: UUID, own_engine: Engine
) -> None:
    name = next(name for name in filled(client, SEDE) if name.startswith("_spiegazione."))
    page = client.post(SEDE, data=filled(client, SEDE, **{name: "a" * 1001}))
    assert page.status_code == 422
    assert form_of(page.text, SEDE)[name] == ["a" * 1001]
    assert f'href="#{name}"' in page.text
    client.post(SEDE, data=filled(client, SEDE, **{name: "La visura è vecchia: l’indirizzo è giusto."}))
    item = round_in(own_engine, asked).items[0]
    assert item.reply == "La visura è vecchia: l’indirizzo è giusto."
    assert "La tua spiegazione: La visura è vecchia" in text_in(client.get(PAGE).text)


def test_whole_section_opens_all_its_fields(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    ask_and_follow(own_engine, settings, client, CONTACTS)
    path = f"{PAGE}/referenti"
    form = filled(client, path, admin_first_name="Lia", admin_last_name="Neri", admin_email="lia@example.com")
    assert {"sales_is_contact", "admin_last_name", "quality_email"} <= names_of(form)
    reply = client.post(path, data=form)
    assert reply.status_code == 303, text_in(reply.text)
    assert "Il resto della sezione" not in client.get(path).text


@pytest.mark.parametrize("wanted", [POLICIES, TURNOVER, BANDS], ids=lambda one: one.field)
def test_fields_made_of_parts_are_prefilled_and_come_back_as_they_were(
    wanted: Wanted, client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    found = ask_and_follow(own_engine, settings, client, wanted)
    path = f"{PAGE}/{wanted.section}"
    form = filled(client, path)
    assert names_of(form) == {wanted.field}
    sent = application_of(own_engine, found).content.answers[wanted.section]
    reply = client.post(path, data=explained(form))
    assert reply.status_code == 303, text_in(reply.text)
    assert round_in(own_engine, found).answers[wanted.section] == sent


def test_one_more_row_comes_back_blank_with_the_rest_kept(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    found = ask_and_follow(own_engine, settings, client, POLICIES)
    path = f"{PAGE}/assicurazioni"
    reply = client.post(path, data=filled(client, path, _aggiungi="policies"))
    assert reply.status_code == 303
    place = reply.headers["location"]
    assert place.startswith(f"{path}?aggiungi=policies#policies.")
    count = len(round_in(own_engine, found).answers["assicurazioni"]["policies"])
    assert f"policies.{count}.policy_kind" in form_of(client.get(place).text, path)


def test_an_answer_that_makes_others_due_opens_them_and_says_so(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    ask_and_follow(own_engine, settings, client, SOA)
    path = f"{PAGE}/attivita"
    assert "Serve anche" not in client.get(PAGE).text
    page = client.post(path, data=filled(client, path, soa_held="yes"))
    assert page.status_code == 422
    assert 'href="#soa_number"' in page.text
    told = text_in(client.get(PAGE).text)
    due = told[told.index("Serve anche, per le risposte che hai cambiato") :]
    assert "Numero dell'attestazione ICRI non lo ha chiesto: lo richiede un’altra tua risposta. Da fare" in due
    assert "Attestazione SOA ICRI non lo ha chiesto" in due
    assert "Verifica triennale" not in due
    assert re.findall(r'data-upload="([^"]+)"', client.get(DOCUMENTS).text) == ["soa"]
    reply = client.post(path, data=explained(filled(client, path, soa_held="no")))
    assert reply.headers["location"] == PAGE
    assert "Serve anche" not in client.get(PAGE).text


def test_documents_page_has_the_open_one_with_its_reason_and_the_version_before(
    client: TestClient, asked: UUID, own_engine: Engine
) -> None:
    page = client.get(DOCUMENTS)
    assert page.status_code == 200
    assert re.findall(r'data-upload="([^"]+)"', page.text) == ["durc"]
    assert "La seconda pagina non si legge." in page.text
    before = next(one for one in documents(own_engine) if one.type == "durc").versions[0]
    assert before.files[0].name in page.text
    give_durc(client, own_engine)
    versions = next(one for one in documents(own_engine) if one.type == "durc").versions
    assert [(one.number, len(one.files)) for one in versions] == [(1, 1), (2, 1)]
    assert versions[0].verdict == before.verdict
    again = client.get(DOCUMENTS).text
    assert before.files[0].name in again
    assert "durc-nuovo.pdf" in again
    assert "Resta una cosa da fare" in text_in(client.get(PAGE).text)
    del asked


def test_new_version_may_be_taken_back(client: TestClient, asked: UUID, own_engine: Engine) -> None:
    give_durc(client, own_engine)
    assert client.post(f"{DOCUMENTS}/annulla/durc").headers["location"] == f"{DOCUMENTS}#durc"
    assert [one.number for one in next(d for d in documents(own_engine) if d.type == "durc").versions] == [1]
    assert "Restano 2 cose da fare" in text_in(client.get(PAGE).text)
    client.post(f"{DOCUMENTS}/annulla/durc")
    assert [one.number for one in next(d for d in documents(own_engine) if d.type == "durc").versions] == [1]
    del asked


def test_frozen_documents_do_not_exist_here_and_the_draft_stays_shut(
    client: TestClient, asked: UUID, own_engine: Engine
) -> None:
    other = next(one for one in documents(own_engine) if one.type != "durc" and not one.slot)
    count = len(other.versions)
    file = {"file": ("altro.pdf", pdf(), "application/pdf")}
    assert client.post(f"{DOCUMENTS}/{other.type}", data={}, files=file).status_code == 404
    assert client.post(f"{DOCUMENTS}/non-dovuto/{other.type}", data={}).status_code == 404
    assert client.post(f"{DOCUMENTS}/annulla/{other.type}").status_code == 404
    assert client.post(f"{DOCUMENTS}/spiegazione/{other.type}", data={}).status_code == 404
    draft = client.post(f"/registrazione/bozza/documenti/{other.type}", data={}, files=file)
    assert (draft.status_code, draft.headers["location"]) == (303, STATUS)
    assert client.get("/registrazione/bozza/documenti").headers["location"] == STATUS
    assert len(next(one for one in documents(own_engine) if one.type == other.type).versions) == count
    del asked


def test_upload_without_a_file_is_told_at_its_place(client: TestClient, asked: UUID, own_engine: Engine) -> None:
    page = client.post(f"{DOCUMENTS}/durc", data=good_form(one_due(own_engine, "durc")), files={})
    assert page.status_code == 422
    assert 'href="#durc-file"' in page.text
    assert len(next(one for one in documents(own_engine) if one.type == "durc").versions) == 1
    del asked


def test_reply_to_a_document_answers_it(client: TestClient, asked: UUID, own_engine: Engine) -> None:
    item = round_in(own_engine, asked).items[1]
    address = f"{DOCUMENTS}/spiegazione/durc"
    page = client.post(address, data={f"_spiegazione.{item.id}": "b" * 1001})
    assert page.status_code == 422
    assert "b" * 1001 in page.text
    reply = client.post(address, data={f"_spiegazione.{item.id}": "Lo ha chiesto la stazione appaltante: arriva."})
    assert reply.headers["location"] == f"{DOCUMENTS}#durc"
    assert "Resta una cosa da fare" in text_in(client.get(PAGE).text)


def test_round_trip_shows_old_beside_new_and_is_sent_once(client: TestClient, asked: UUID, own_engine: Engine) -> None:
    old = application_of(own_engine, asked).content.answers["sede"]["hq_street"]
    early = client.get(SEND)
    assert early.status_code == 200
    assert "Prima di inviare" in early.text
    client.post(SEDE, data=filled(client, SEDE, hq_street="Via Nuova"))
    give_durc(client, own_engine)
    told = text_in(client.get(SEND).text)
    assert "Prima di inviare" not in told
    assert re.search(rf"Prima {re.escape(old)} Ora Via Nuova", told)
    today = f"{local_date():%d/%m/%Y}"
    assert re.search(rf"Prima Versione del {today} durc\.pdf · \d+ KB[^A-Z]* Ora Versione del {today} durc-nuovo", told)

    sent = client.post(SEND)

    assert (sent.status_code, sent.headers["location"]) == (303, STATUS)
    assert "Integrazioni inviate: ora tocca a ICRI" in client.get(STATUS).text
    again = client.post(SEND)
    assert (again.status_code, again.headers["location"]) == (303, STATUS)
    application = application_of(own_engine, asked)
    assert application.state == State.UNDER_REVIEW
    assert application.content.answers["sede"]["hq_street"] == "Via Nuova"
    assert letters(own_engine).count("information_received") == 1
    assert client.get(PAGE).headers["location"] == STATUS
    assert "Le integrazioni sono già state inviate" in client.get(STATUS).text


def test_another_browser_sees_and_changes_nothing(
    client: TestClient, asked: UUID, own_engine: Engine, settings: Settings
) -> None:
    form = filled(client, SEDE, hq_street="Via d’Altri")
    paths = (PAGE, SEDE, DOCUMENTS, SEND, WHOLE)
    with browser(settings) as stranger:
        for path in paths:
            assert stranger.get(path).headers["location"] == "/stato"
        assert stranger.post(SEND).headers["location"] == "/stato"
        upload = stranger.post(f"{DOCUMENTS}/durc", files={"file": ("a.pdf", pdf(), "application/pdf")})
        assert upload.headers["location"] == "/stato"
        # whoever follows another application cannot use this one's form
        with transaction(own_engine) as session:
            other = make_asked(session, settings, CONTACTS, n=2)
            stranger.cookies["draft"] = open_applicant(session, ApplicantSessionKind.STATUS, application_id=other.id)
        assert stranger.post(SEDE, data=form).status_code == 404
    assert round_in(own_engine, asked).changed == {}


def test_deadline_passed_and_round_ended_lead_to_the_status_page_with_words(
    client: TestClient, asked: UUID, own_engine: Engine, settings: Settings
) -> None:
    form = filled(client, SEDE, hq_street="Via Tardi")
    with transaction(own_engine) as session:
        session.scalars(select(InformationRequest)).one().deadline = local_date() - timedelta(days=1)
    for reply in (client.get(PAGE), client.post(SEDE, data=form), client.post(SEND)):
        assert reply.headers["location"] == STATUS
    assert "è passato senza risposta. Non si possono più inviare." in client.get(STATUS).text
    with transaction(own_engine) as session:
        actions.withdraw(session, asked, settings=settings)
    assert client.post(SEDE, data=form).headers["location"] == STATUS
    assert "ora non ci sono integrazioni" in client.get(STATUS).text
    assert application_of(own_engine, asked).content.answers["sede"]["hq_street"] != "Via Tardi"


def test_typing_survives_the_end_of_the_session(
    client: TestClient, asked: UUID, own_engine: Engine, settings: Settings
) -> None:
    form = filled(client, SEDE, hq_street="Via Sopravvissuta")
    with transaction(own_engine) as session:
        for one in session.scalars(select(ApplicantSession)):
            session.delete(one)
    page = client.post(SEDE, data=form)
    assert page.status_code == 200
    assert "La sessione è terminata, i tuoi dati no" in page.text
    assert "Via Sopravvissuta" not in page.text
    forged = client.post(SEDE, data=form | {"_timbro": ["a.b.c.d.e"], "hq_street": ["Via Falsa"]})
    assert forged.headers["location"] == "/stato"
    with transaction(own_engine) as session:
        client.cookies["draft"] = open_applicant(session, ApplicantSessionKind.STATUS, application_id=asked)
    assert form_of(client.get(SEDE).text, SEDE)["hq_street"] == ["Via Sopravvissuta"]
    assert client.post(SEDE, data=filled(client, SEDE)).headers["location"] == PAGE
    assert round_in(own_engine, asked).answers["sede"]["hq_street"] == "Via Sopravvissuta"


def test_two_windows_lose_nothing(client: TestClient, asked: UUID, own_engine: Engine) -> None:
    first, second = filled(client, SEDE, hq_street="Via Prima"), filled(client, SEDE, hq_street="Via Seconda")
    assert client.post(SEDE, data=first).status_code == 303
    page = client.post(SEDE, data=second)
    assert page.status_code == 409
    assert "Via Prima" in page.text
    assert "Via Seconda" in page.text
    assert round_in(own_engine, asked).answers["sede"]["hq_street"] == "Via Prima"
    choice = form_of(page.text, SEDE) | {"_tieni.hq_street": ["scritto"]}
    assert client.post(SEDE, data=choice).headers["location"] == PAGE
    assert round_in(own_engine, asked).answers["sede"]["hq_street"] == "Via Seconda"


def test_second_round_asks_anew(client: TestClient, own_engine: Engine, settings: Settings) -> None:
    found = ask_and_follow(own_engine, settings, client, STREET)
    client.post(SEDE, data=filled(client, SEDE, hq_street="Via Nuova"))
    client.post(SEND)
    with transaction(own_engine) as session:
        ask(session, settings, application_of(own_engine, found), DURC)
    assert client.get(SEDE).status_code == 404
    assert client.get(DOCUMENTS).status_code == 200
    with Session(own_engine) as session:
        sent = [job.args.get("message") for job in session.scalars(select(Job))]
    assert sent.count("information_request") == 2


@pytest.mark.usefixtures("asked")
def test_english_pages_answer(client: TestClient) -> None:
    client.get(f"{PAGE}?lang=en")
    for path in (PAGE, SEDE, DOCUMENTS, SEND, WHOLE):
        page = client.get(path)
        assert page.status_code == 200
        assert '<html lang="en"' in page.text
