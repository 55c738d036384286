"""A company of each category from the first page to the receipt, with its documents, through the forms over HTTP."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service.applications.states import State
from service.config import Settings
from service.documents.models import Document
from service.documents.repository import Owner, list_documents
from service.questionnaire import CATEGORIES, required_documents
from tests.support.registering import TASKS, answers, begin, browser, confirm, fill, only
from tests.support.uploading import DOCUMENTS, give_documents

DECLARATION = f"{TASKS}/autodichiarazione.pdf"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


def documents(engine: Engine) -> list[Document]:
    with Session(engine) as session:
        return list_documents(session, Owner(application_id=only(engine).id))


@pytest.mark.parametrize("category", CATEGORIES)
def test_registering_in_any_category_with_its_documents_ends_at_a_number(
    category: str, client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    begin(client, category)
    fill(client, category)
    signs = client.get(DECLARATION)
    assert signs.headers["content-type"] == "application/pdf", signs.text
    given = give_documents(client, signs=signs.content)
    confirm(client, own_engine, settings)
    sent = client.post(f"{TASKS}/riepilogo")
    assert (sent.status_code, sent.headers.get("location")) == (303, "/registrazione/inviata"), sent.text
    receipt = client.get("/registrazione/inviata")
    application = only(own_engine)
    assert application.state == State.SUBMITTED
    assert re.search(rf"\b{application.number}\b", receipt.text)
    asked = required_documents(category, answers(own_engine), is_signed_digitally=True)
    assert {one.anchor for one in asked} == set(given)
    kept = {(one.type, one.slot): one for one in documents(own_engine)}
    assert {one.key for one in asked} == set(kept)
    assert all(len(one.versions) == 1 and one.versions[0].files for one in kept.values())


@pytest.mark.parametrize("category", ["SC", "LP", "XU"])
def test_sending_without_the_documents_is_refused_and_says_which(
    category: str, client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    begin(client, category)
    fill(client, category)
    confirm(client, own_engine, settings)
    reply = client.post(f"{TASKS}/riepilogo")
    assert reply.status_code == 422
    assert DOCUMENTS in reply.text
    assert only(own_engine).state == State.DRAFT


def test_declaration_signed_by_hand_asks_for_an_identity_document(client: TestClient) -> None:
    begin(client, "SC")
    fill(client, "SC")
    by_hand = give_documents(client)
    assert {"self_declaration", "identity_document"} <= set(by_hand)
