"""Documents as a browser without JavaScript gives them: good dates for every type, one form a document."""

from datetime import date, timedelta

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.models import Application
from service.clock import local_date
from service.documents.models import Document
from service.documents.presence import present_of
from service.documents.repository import Owner, list_documents
from service.questionnaire import RequiredDocument
from tests.support.registering import TASKS
from tests.support.sample_files import pdf

PAGE = f"{TASKS}/documenti"
DAYS = {
    "issued_on": -10, "verified_on": -10, "dated_on": -10, "registered_on": -10, "checked_on": -5, "signed_on": -1,
    "adopted_on": -30, "expires_on": 90, "paid_until": 90,
}  # fmt: skip


def boxes(name: str, day: date) -> dict[str, str]:
    """A date as its three inputs."""
    return {f"{name}.day": str(day.day), f"{name}.month": str(day.month), f"{name}.year": str(day.year)}


def good_form(required: RequiredDocument, *, today: date | None = None) -> dict[str, str]:
    """What a careful person types beside the file."""
    form: dict[str, str] = {}
    for field in required.type.fields:
        name = f"{required.anchor}-{field.name}"
        if field.kind == "date":
            form |= boxes(name, (today or local_date()) + timedelta(days=DAYS[field.name]))
        else:
            form[name] = next(iter(field.choices)) if field.choices else "Prova"
    return form


def due(engine: Engine) -> list[RequiredDocument]:
    """The documents asked of the one application there is, in view of those given."""
    with Session(engine) as session:
        application = session.scalars(select(Application)).one()
        given = present_of(list_documents(session, Owner(application_id=application.id)))
        return list(questionnaire.documents_due(application.legal_category, application.content.answers, given))


def one_due(engine: Engine, code: str) -> RequiredDocument:
    """One of them."""
    return next(one for one in due(engine) if one.type.code == code)


def path_of(required: RequiredDocument) -> str:
    """Where its form goes."""
    return "/".join(filter(None, (PAGE, *required.key)))


def give(
    client: TestClient, required: RequiredDocument, *files: tuple[str, bytes], form: dict[str, str] | None = None
) -> Response:
    """Post the form of a document."""
    sent = [("file", (name, content, "application/octet-stream")) for name, content in files]
    return client.post(path_of(required), data=good_form(required) if form is None else form, files=sent)


def give_all(client: TestClient, engine: Engine) -> None:
    """Give every mandatory document, one file each."""
    for required in due(engine):
        if required.is_mandatory:
            reply = give(client, required, (f"{required.anchor}.pdf", pdf()))
            assert (reply.status_code, reply.headers["location"]) == (303, f"{PAGE}#{required.anchor}"), reply.text


def documents(engine: Engine) -> list[Document]:
    """All documents there are, with versions and files."""
    with Session(engine) as session:
        found = list(session.scalars(select(Document).order_by(Document.type, Document.slot)))
        for document in found:
            for version in document.versions:
                assert version.files is not None
        return found
