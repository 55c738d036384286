"""Self-declaration and receipt as pages give them, exports of staff, and what is kept of each declaration."""

import csv
import json
import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from typer.testing import CliRunner

from service import pdf, questionnaire
from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.applications import actions, exports, papers
from service.applications.models import Acknowledgement, Application
from service.applications.repository import find_snapshot
from service.audit.trail import AuditEvent
from service.cli import app as commands
from service.config import Settings
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.errors import ForbiddenError, NotFoundError
from service.questionnaire import Parsed
from tests.factories.applications import GIULIA, make_draft, make_submitted
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]
TASKS = "/registrazione/bozza"
DECLARATION, RECEIPT = f"{TASKS}/autodichiarazione.pdf", "/stato/domanda/ricevuta.pdf"
EXPORTED = select(AuditEvent).where(AuditEvent.type == "application.exported")
SECTION = questionnaire.DECLARATIONS_SECTION


@pytest.fixture
def draft_id(staff_portal: Portal) -> UUID:
    return staff_portal.run(lambda session: make_draft(session, staff_portal.settings).id)  # type: ignore[no-any-return]


def applicant(portal: Portal, application_id: UUID, kind: ApplicantSessionKind) -> TestClient:
    """A browser that has this application open."""
    browser = portal.browser()
    browser.cookies.set("draft", portal.run(lambda s: open_applicant(s, kind, application_id=application_id)))
    return browser


def change_answers(portal: Portal, application_id: UUID, section: str, **values: Any) -> None:
    def change(session: Session) -> None:
        content = session.get_one(Application, application_id).content
        content.answers[section] = {**content.answers.get(section, {}), **values}
        flag_modified(content, "answers")

    portal.run(change)


def text_of(content: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def assert_is_file(answer: Any, name: str, media_type: str) -> None:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer.headers["cache-control"]
    assert int(answer.headers["content-length"]) == len(answer.content)


# --- the paper to sign


def test_self_declaration_of_a_complete_draft_is_a_file_to_keep(staff_portal: Portal, draft_id: UUID) -> None:
    browser = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT)
    answer = browser.get(DECLARATION)
    assert_is_file(answer, "autodichiarazione.pdf", "application/pdf")
    assert "Quantodichiaratoèvero" in text_of(answer.content)
    assert browser.get(DECLARATION).content == answer.content


def test_self_declaration_speaks_the_language_of_the_page(staff_portal: Portal, draft_id: UUID) -> None:
    answer = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT).get(f"{DECLARATION}?lang=en")
    assert_is_file(answer, "self-declaration.pdf", "application/pdf")
    assert "Whodeclares" in text_of(answer.content)


def test_self_declaration_of_an_open_section_names_what_is_missing(staff_portal: Portal, draft_id: UUID) -> None:
    change_answers(staff_portal, draft_id, SECTION, decl_truth=False)
    change_answers(staff_portal, draft_id, "sede", hq_street="")
    browser = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT)
    answer = browser.get(DECLARATION)
    assert (answer.status_code, answer.headers["location"]) == (303, TASKS)
    assert "completa prima: Sede e recapiti, Dichiarazioni." in browser.get(TASKS).text


def test_self_declaration_is_offered_on_its_section_once_complete(staff_portal: Portal, draft_id: UUID) -> None:
    browser = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT)
    assert DECLARATION in browser.get(f"{TASKS}/{SECTION}").text
    assert DECLARATION not in browser.get(f"{TASKS}/sede").text
    change_answers(staff_portal, draft_id, SECTION, decl_truth=False)
    assert DECLARATION not in browser.get(f"{TASKS}/{SECTION}").text


def test_self_declaration_without_a_draft_leads_to_one(staff_portal: Portal) -> None:
    assert staff_portal.browser().get(DECLARATION).status_code == 404


def test_self_declaration_after_sending_leads_to_the_status(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    browser = applicant(staff_portal, staff_portal.id_of(number), ApplicantSessionKind.STATUS)
    assert browser.get(DECLARATION).headers["location"] == "/stato/domanda"


def test_paper_is_made_when_the_request_holds_no_connection(
    staff_portal: Portal, draft_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    def make(*_: object, **__: object) -> bytes:
        taken.append(staff_portal.app.state.engine.pool.checkedout())
        return b"%PDF-"

    monkeypatch.setattr(pdf, "render", make)
    browser = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT)
    assert browser.get(DECLARATION).content == b"%PDF-"
    assert taken == [0]


# --- the receipt


@pytest.fixture
def number(staff_portal: Portal) -> str:
    return staff_portal.sent()


def test_receipt_shows_what_was_sent_whatever_has_changed_since(staff_portal: Portal, number: str) -> None:
    sent_id = staff_portal.id_of(number)
    browser = applicant(staff_portal, sent_id, ApplicantSessionKind.STATUS)
    before = browser.get(RECEIPT)
    assert_is_file(before, f"ricevuta-{number}.pdf", "application/pdf")
    assert number in text_of(before.content)
    assert "Quantodichiaratoèvero" in text_of(before.content)
    assert "accettatoil" in text_of(before.content)
    change_answers(staff_portal, sent_id, "anagrafica", company_name="Altro nome S.r.l.")
    assert browser.get(RECEIPT).content == before.content


def test_receipt_lists_every_file_that_was_sent(staff_portal: Portal, number: str) -> None:
    sent_id = staff_portal.id_of(number)
    found = text_of(applicant(staff_portal, sent_id, ApplicantSessionKind.STATUS).get(RECEIPT).content)
    files = staff_portal.rows(
        select(DocumentFile).join(DocumentVersion).join(Document).where(Document.application_id == sent_id)
    )
    assert files
    for file in files:
        assert file.sha256 in found
        assert re.sub(r"\s", "", file.name) in found


def test_receipt_is_offered_after_sending_and_on_the_status_page(staff_portal: Portal, number: str) -> None:
    browser = applicant(staff_portal, staff_portal.id_of(number), ApplicantSessionKind.STATUS)
    for page in ("/registrazione/inviata", "/stato/domanda"):
        assert f'href="{RECEIPT}"' in browser.get(page).text


def test_receipt_without_a_status_session_leads_to_the_status(staff_portal: Portal, draft_id: UUID) -> None:
    assert staff_portal.browser().get(RECEIPT).headers["location"] == "/stato"
    draft = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT)
    assert draft.get(RECEIPT).headers["location"] == "/stato"


def test_receipt_of_a_draft_does_not_exist(session: Session, settings: Settings) -> None:
    with pytest.raises(NotFoundError):
        papers.receipt(session, make_draft(session, settings), locale="it")


# --- what staff take away


@pytest.mark.parametrize("person", [ANNA, MARCO, AUDITOR], ids=lambda one: one.subject)
def test_staff_who_may_read_take_receipt_and_answers_away(staff_portal: Portal, number: str, person: Any) -> None:
    browser, here = staff_portal.browser(person), f"/gestione/richieste/{number}"
    page = browser.get(here).text
    for name, kept, media_type in (
        ("ricevuta.pdf", f"ricevuta-{number}.pdf", "application/pdf"),
        ("dati.csv", f"{number}.csv", "text/csv"),
        ("dati.json", f"{number}.json", "application/json"),
    ):
        assert f'href="{here}/{name}"' in page
        assert_is_file(browser.get(f"{here}/{name}"), kept, media_type)
    told = staff_portal.rows(
        select(AuditEvent).where(AuditEvent.type == "application.exported").order_by(AuditEvent.id)
    )
    assert [(event.by_subject, event.data) for event in told] == [
        (person.subject, {"format": "csv"}), (person.subject, {"format": "json"}),
    ]  # fmt: skip
    assert "Dati scaricati" in browser.get(f"{here}/cronologia").text


@pytest.mark.parametrize("person", [ADMIN, SUPPLIER], ids=lambda one: one.subject)
def test_others_find_nothing_and_leave_nothing(staff_portal: Portal, number: str, person: Any) -> None:
    browser = staff_portal.browser(person)
    for name in ("ricevuta.pdf", "dati.csv", "dati.json"):
        assert browser.get(f"/gestione/richieste/{number}/{name}").status_code == 404
    assert not staff_portal.rows(EXPORTED)


def test_export_without_the_permission_is_refused(session: Session, settings: Settings) -> None:
    with pytest.raises(ForbiddenError):
        exports.export(session, make_submitted(session, settings), "csv", by=GIULIA)


def test_csv_has_every_answer_and_no_formula(staff_portal: Portal, number: str) -> None:
    sent_id = staff_portal.id_of(number)
    change_answers(staff_portal, sent_id, "attivita", activity_summary='=HYPERLINK("http://evil.example";"x")')
    content = staff_portal.browser(ANNA).get(f"/gestione/richieste/{number}/dati.csv").content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = dict(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    with Session(staff_portal.app.state.engine) as session:
        application = session.get_one(Application, sent_id)
        answers = questionnaire.flat(application.legal_category, application.content.answers)
    assert set(answers) < set(rows)
    assert rows["number"] == number
    assert rows["attivita.activity_summary"].startswith("'=HYPERLINK")
    assert rows["sede.phone"].startswith("'+39")
    assert not [value for value in rows.values() if value.startswith(exports.FORMULA)]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_cell_that_a_spreadsheet_would_compute_is_text(begin: str) -> None:
    assert exports.safe_cell(f"{begin}1+1") == f"'{begin}1+1"
    assert exports.safe_cell(f"1{begin}1") == f"1{begin}1"


@pytest.mark.parametrize("edge", [",", ";", "\t", "\r\n", "\n", ', "', ";  "])
def test_formula_after_what_another_spreadsheet_takes_for_the_end_of_a_cell_is_text(edge: str) -> None:
    assert exports.safe_cell(f"via Roma{edge}=1+1") == f"via Roma{edge}'=1+1"
    assert exports.safe_cell(f"via Roma{edge}12 - 14") == f"via Roma{edge}12 - 14"


def test_json_has_the_answers_as_stored(staff_portal: Portal, number: str) -> None:
    told = staff_portal.browser(ANNA).get(f"/gestione/richieste/{number}/dati.json").json()
    with Session(staff_portal.app.state.engine) as session:
        stored = session.scalars(select(Application)).one().content.answers
    assert told["answers"] == {name: value for name, value in stored.items() if name != "_raw"}
    assert (told["number"], told["legal_category"], told["state"]) == (number, "SC", "submitted")


def test_schema_of_a_category_is_printed_as_json() -> None:
    done = CliRunner().invoke(commands, ["questionnaire", "schema", "lp"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == json.loads(json.dumps(questionnaire.json_schema("LP")))
    refused = CliRunner().invoke(commands, ["questionnaire", "schema", "ZZ"])
    assert "ZZ non esiste" in str(refused.exception)


# --- what is kept of each declaration


def kept(session: Session, application: Application) -> dict[str, Acknowledgement]:
    query = select(Acknowledgement).where(Acknowledgement.application_id == application.id)
    return {row.text: row for row in session.scalars(query) if row.text != "privacy"}


def save(session: Session, settings: Settings, draft: Application, **changed: bool) -> None:
    values = {**draft.content.answers[SECTION], **changed}
    actions.save_section(session, draft.id, SECTION, Parsed(values, {}, {}, {}, ()), settings=settings)


def test_save_keeps_version_and_instant_of_what_is_accepted(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    rows = kept(session, draft)
    accepted = questionnaire.accepted_declarations("SC", draft.content.answers)
    assert {one.name: one.version for one in accepted} == {name: row.version for name, row in rows.items()}
    assert len(rows) >= 6
    first = {name: row.read_at for name, row in rows.items()}
    save(session, settings, draft)
    assert {name: row.read_at for name, row in kept(session, draft).items()} == first


def test_save_without_a_declaration_forgets_it_and_takes_it_anew(session: Session, settings: Settings) -> None:
    draft = make_draft(session, settings)
    before = kept(session, draft)["decl_truth"].read_at
    save(session, settings, draft, decl_truth=False)
    assert "decl_truth" not in kept(session, draft)
    assert session.get(Acknowledgement, (draft.id, "privacy", "2026-11"))
    save(session, settings, draft, decl_truth=True)
    assert kept(session, draft)["decl_truth"].read_at > before


def test_submit_with_a_text_that_has_changed_wants_it_accepted_again(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = make_draft(session, settings)
    monkeypatch.setitem(questionnaire.DECLARATION_VERSIONS, "decl_ethics", "2")
    assert actions.stale_declarations(session, draft) == ("decl_ethics",)
    with pytest.raises(actions.IncompleteError):
        actions.submit(session, draft.id, settings=settings)
    save(session, settings, draft)
    assert kept(session, draft)["decl_ethics"].version == "2"
    actions.submit(session, draft.id, settings=settings)


def test_summary_names_the_declaration_whose_text_has_changed(
    staff_portal: Portal, draft_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(questionnaire.DECLARATION_VERSIONS, "decl_truth", "2")
    browser = applicant(staff_portal, draft_id, ApplicantSessionKind.DRAFT)
    page = browser.get(f"{TASKS}/riepilogo").text
    assert f'href="{TASKS}/{SECTION}?da=riepilogo#decl_truth"' in page
    assert "Il testo di questa dichiarazione è cambiato" in page
    assert browser.get(DECLARATION).headers["location"] == TASKS


def test_submit_keeps_the_texts_in_the_snapshot_and_drops_what_is_not_asked(
    session: Session, settings: Settings
) -> None:
    draft = make_draft(session, settings)
    now = draft.touched_at
    session.add(Acknowledgement(application_id=draft.id, text="decl_truth", version="0", read_at=now))
    session.flush()
    actions.submit(session, draft.id, settings=settings)
    told = find_snapshot(session, draft.id, "submitted")
    assert told is not None
    accepted = questionnaire.accepted_declarations("SC", draft.content.answers)
    assert [(one["name"], one["version"], one["text"]) for one in told.data["declarations"]] == [
        (one.name, one.version, one.text) for one in accepted
    ]
    assert {(name, row.version) for name, row in kept(session, draft).items()} == {
        (one.name, one.version) for one in accepted
    }


@pytest.fixture(autouse=True)
def _nothing_left_open(staff_portal: Portal) -> Iterator[None]:
    yield
    assert staff_portal.app.state.engine.pool.checkedout() == 0
