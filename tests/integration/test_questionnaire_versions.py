"""A draft begun under the first questionnaire, put into the tables as that release left it: opened, completed, sent."""

import json
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.access.links import LinkPurpose, make_link, token
from service.applications.models import Snapshot
from service.applications.states import State
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.local.examples import complete_form
from service.questionnaire import QUESTIONNAIRE_VERSION, form_values, new_since, sections_for
from tests.support.questions import questions
from tests.support.registering import TASKS, answers, browser, only, stamped
from tests.support.uploading import give_documents

OLD: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "factories" / "answers_version_1.json").read_text(encoding="utf-8")
)
OLD_SECTIONS = ("avvio", "anagrafica", "sede", "rappresentante", "referenti", "attivita")
ROW = text(
    "insert into application (id, kind, state, version, legal_category, supply_types, name, tax_code, vat_number,"
    " contact_email, contact_name, locale, email_confirmed_at, created_at, touched_at)"
    " values (:id, 'first', 'draft', 7, 'SC', cast(:types as jsonb), :name, :code, :code, :email, 'Paolo Bianchi',"
    " 'it', :now, :now, :now)"
)
ANSWERS = text("insert into application_answers (application_id, answers) values (:id, cast(:answers as jsonb))")
LEAF = text("insert into application_category (application_id, leaf) values (:id, :leaf)")


def insert(session: Session, old: dict[str, Any]) -> UUID:
    """Leave the rows of a draft as the release with version 1 did; its address was proven."""
    id_, company = uuid4(), old["anagrafica"]
    session.execute(ROW, {
        "id": id_, "types": json.dumps(old["avvio"]["supply_types"]), "name": company["company_name"],
        "code": company["tax_code"], "email": old["avvio"]["contact_email"], "now": utc_now(),
    })  # fmt: skip
    session.execute(ANSWERS, {"id": id_, "answers": json.dumps(old)})
    for leaf in old["attivita"]["merchandise"]:
        session.execute(LEAF, {"id": id_, "leaf": leaf})
    return id_


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings) as client:
        yield client


def open_in(client: TestClient, engine: Engine, old: dict[str, Any] = OLD) -> None:
    """Give the browser a session for such a draft."""
    with transaction(engine) as session:
        id_ = insert(session, old)
        client.cookies.set("draft", open_applicant(session, ApplicantSessionKind.DRAFT, application_id=id_))


def form(section: str) -> dict[str, list[str]]:
    """What the same company answers today; its leaves stay those of then."""
    given = complete_form("SC", section, 1)
    return {**given, "merchandise": OLD["attivita"]["merchandise"]} if section == "attivita" else given


def kept(found: dict[str, Any]) -> dict[str, Any]:
    """Of the stored answers those that the old draft had."""
    return {section: {name: found[section].get(name) for name in OLD[section]} for section in OLD_SECTIONS}


def test_draft_of_version_1_opened_on_every_page_loses_nothing(client: TestClient, own_engine: Engine) -> None:
    open_in(client, own_engine)
    assert client.get(TASKS).status_code == 200
    for section in sections_for("SC"):
        page = client.get(f"{TASKS}/{section.slug}")
        assert page.status_code == 200, page.text
        shown = {one.name: one.value for one in questions(page.text)}
        saved = form_values(section.slug, category="SC", answers=OLD)
        same = [name for name, value in saved.items() if isinstance(value, str) and value and name in shown]
        assert {name: shown[name] for name in same} == {name: [saved[name]] for name in same}
    assert client.get(f"{TASKS}/riepilogo").status_code == 200
    assert kept(answers(own_engine)) == {section: OLD[section] for section in OLD_SECTIONS}


def test_draft_of_version_1_shows_what_is_new_and_what_is_done(client: TestClient, own_engine: Engine) -> None:
    open_in(client, own_engine)
    page = unescape(client.get(TASKS).text)
    new = new_since(1, "SC", OLD)
    assert [section.slug for section, fields in new if not fields] == [
        "dati-economici", "organizzazione", "assicurazioni", "dichiarazioni",
    ]  # fmt: skip
    told = page[page.index("Da quando hai iniziato, il questionario chiede anche:") :].partition("</ul>")[0]
    assert all(f"<li>{section.title}" in told for section, _fields in new)
    assert all(one.label in told for _section, fields in new for one in fields)
    assert "attivita" in [section.slug for section, fields in new if fields]


def test_draft_of_version_2_is_told_of_nothing_new(client: TestClient, own_engine: Engine) -> None:
    open_in(client, own_engine, {**OLD, "questionnaire_version": QUESTIONNAIRE_VERSION})
    assert "il questionario chiede anche" not in client.get(TASKS).text


def test_draft_of_version_1_with_a_wrong_value_still_shows_it_as_it_was_typed(
    client: TestClient, own_engine: Engine
) -> None:
    wrong = {**OLD, "_raw": {"anagrafica": {"pec": "impresa1.pec.example.com"}}}
    wrong["anagrafica"] = {name: value for name, value in OLD["anagrafica"].items() if name != "pec"}
    open_in(client, own_engine, wrong)
    assert 'value="impresa1.pec.example.com"' in client.get(f"{TASKS}/anagrafica").text


def test_draft_of_version_1_is_completed_and_sent_with_its_old_answers(client: TestClient, own_engine: Engine) -> None:
    open_in(client, own_engine)
    assert client.post(f"{TASKS}/riepilogo").status_code == 422
    for section, _fields in new_since(1, "SC", OLD):
        path = f"{TASKS}/{section.slug}"
        own = {"ateco_primary": ["43.21.01"]} if section.slug == "attivita" else {}  # as it was answered then
        reply = client.post(path, data=stamped(client, path, form(section.slug) | own))
        assert (reply.status_code, reply.headers.get("location")) == (303, TASKS), reply.text
    give_documents(client, signs=client.get(f"{TASKS}/autodichiarazione.pdf").content)
    sent = client.post(f"{TASKS}/riepilogo")
    assert (sent.status_code, sent.headers.get("location")) == (303, "/registrazione/inviata"), sent.text
    application, stored = only(own_engine), answers(own_engine)
    assert application.state == State.SUBMITTED
    assert str(application.number) in client.get("/registrazione/inviata").text
    assert kept(stored) == {section: OLD[section] for section in OLD_SECTIONS}
    versions: dict[str, Any] = {name: stored[name] for name in ("questionnaire_version", "started_version")}
    assert versions == {"questionnaire_version": QUESTIONNAIRE_VERSION, "started_version": 1}
    with Session(own_engine) as session:
        assert session.query(Snapshot).one().data["questionnaire_version"] == QUESTIONNAIRE_VERSION


@pytest.mark.parametrize("purpose", [LinkPurpose.RESUME, LinkPurpose.CONFIRM])
def test_draft_of_version_1_opens_by_every_mailed_link(
    purpose: LinkPurpose, client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    secret = settings.secret_key.get_secret_value()
    with transaction(own_engine) as session:
        link = make_link(session, purpose, insert(session, OLD), secret=secret, lifetime=timedelta(days=1))
        presented = token(link.id, secret=secret)
    reply = client.post(f"/riprendi/{presented}")
    assert (reply.status_code, reply.headers["location"]) == (303, TASKS)
    assert OLD["anagrafica"]["company_name"] in client.get(f"{TASKS}/anagrafica").text
