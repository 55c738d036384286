"""A browser without JavaScript in a round of corrections: what a form of a page would send, and who follows what."""

from html.parser import HTMLParser
from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.applications.actions import Wanted
from service.applications.models import Application, InformationRequest
from service.config import Settings
from service.database import transaction
from tests.factories.corrections import make_asked
from tests.support.registering import Form

PAGE = "/stato/integrazioni"
DOCUMENTS = f"{PAGE}/documenti"


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Form] = {}
        self._form: Form | None = None
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self._form = self.found.setdefault(given.get("action", ""), {})
        elif self._form is None:
            return
        elif tag == "input" and name and given.get("type") != "file":
            if given.get("type") not in {"radio", "checkbox"} or "checked" in given:
                self._form.setdefault(name, []).append(value)
        elif tag == "select":
            self._select = name
            self._form.setdefault(name, [""])
        elif tag == "option" and "selected" in given:
            self._form[self._select] = [value]
        elif tag == "textarea":
            self._text = name
            self._form[name] = [""]

    def handle_data(self, data: str) -> None:
        if self._text and self._form is not None:
            self._form[self._text][0] += data.lstrip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""
        elif tag == "form":
            self._form = None


def form_of(html: str, action: str) -> Form:
    """What the form with this address sends as it is."""
    reader = _Forms()
    reader.feed(html)
    return reader.found[action]


def names_of(form: Form) -> set[str]:
    """The fields of the questionnaire in a form."""
    return {name.partition(".")[0] for name in form if not name.startswith("_")}


def ask_and_follow(engine: Engine, settings: Settings, client: TestClient, *wanted: Wanted, n: int = 1) -> UUID:
    """Have Anna ask for corrections, and let this browser follow the application."""
    with transaction(engine) as session:
        application = make_asked(session, settings, *wanted, n=n)
        client.cookies["draft"] = open_applicant(session, ApplicantSessionKind.STATUS, application_id=application.id)
        return application.id


def application_of(engine: Engine, application_id: UUID) -> Application:
    """The application, with its answers."""
    with Session(engine) as session:
        found = session.get_one(Application, application_id)
        assert found.content.answers
        return found


def round_in(engine: Engine, application_id: UUID) -> InformationRequest:
    """The one round there is."""
    with Session(engine) as session:
        return session.scalars(
            select(InformationRequest).where(InformationRequest.application_id == application_id)
        ).one()
