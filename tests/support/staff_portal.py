"""A portal in this process with people signed in straight through the session table, and companies that applied."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.links import Link, token
from service.access.principal import Area, Principal, Role
from service.access.sessions import Identity, open_signed_in
from service.applications import actions
from service.applications.desk.actions import ask_opinion
from service.applications.models import Application
from service.clock import utc_now
from service.config import Settings, load_settings
from service.database import transaction
from service.local.documents import add_example_documents, verify_documents
from service.local.examples import complete_form
from service.main import create_app
from service.web.oidc import SignOn
from service.web.sign_in import install
from tests.conftest import in_process_environment
from tests.factories.desk import record_due_checks

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
ANNA = Principal("anna", "Anna Bassi", frozenset({Role.APPROVER}))
MARCO = Principal("marco", "Marco Riva", frozenset({Role.REVIEWER}))
PIA = Principal("pia", "Pia Neri", frozenset({Role.APPROVER}))
ADMIN = Principal("adele", "Adele Conti", frozenset({Role.ADMIN}))
AUDITOR = Principal("ugo", "Ugo Sala", frozenset({Role.AUDITOR}))
SPECIALIST = Principal("sara", "Sara Villa", frozenset({Role.SPECIALIST, Role.SPECIALIST_HSE}))
SUPPLIER = Principal("fornitore", "Luca Ferri", frozenset({Role.SUPPLIER}), username="f00001-01")


@dataclass
class Portal:
    """The application with its database; `browser` gives a client in which somebody is signed in."""

    app: FastAPI
    settings: Settings
    clients: list[TestClient] = field(default_factory=list)

    def browser(self, principal: Principal | None = None) -> TestClient:
        client = TestClient(self.app, base_url=self.settings.public_base_url, follow_redirects=False)
        client.headers.update(SAME_ORIGIN)
        if principal:
            is_https = self.settings.public_base_url.startswith("https://")
            client.cookies.set("__Host-session" if is_https else "session", self.session_id(principal))
        self.clients.append(client)
        return client

    def session_id(self, principal: Principal) -> str:
        identity = Identity(
            subject=principal.subject, username=principal.username, name=principal.name, email=principal.email,
            roles=principal.roles, sid=f"sid-{principal.subject}", authenticated_at=utc_now(), id_token="",
        )  # fmt: skip
        with transaction(self.app.state.engine) as session:
            return open_signed_in(session, identity)

    def run(self, action: Any) -> Any:
        """Do something in a transaction of its own."""
        with transaction(self.app.state.engine) as session:
            return action(session)

    def sent(self, n: int = 1, category: str = "SC", *, as_company: int | None = None) -> str:
        """Have company n apply; `as_company` takes another one's identity. Gives the number."""
        return str(self.run(lambda s: send(s, self.settings, n, category, as_company).number))

    def reviewed(self, n: int = 1, category: str = "SC", by: Principal = MARCO) -> str:
        number = self.sent(n, category)
        self.run(lambda s: actions.start_review(s, self.id_of(number), version=self.version(number), by=by))
        self.run(lambda s: verify_documents(s, s.get(Application, self.id_of(number)), by=by))
        self.checked(number, by=by)
        return number

    def checked(self, number: str, by: Principal = MARCO) -> None:
        """Record the checks that are due."""
        self.run(lambda s: record_due_checks(s, s.get(Application, self.id_of(number)), by=by, settings=self.settings))

    def asked_opinion(self, number: str, area: Area = Area.HSE, *, by: Principal = MARCO) -> UUID:
        """Ask the specialists of an area, who see the application from then on."""
        identity = self.id_of(number)
        return UUID(str(self.run(lambda s: ask_opinion(s, identity, area=area, question="Che ne dici?", by=by).id)))

    def approved(self, n: int = 1, category: str = "SC", by: Principal = ANNA) -> str:
        number = self.reviewed(n, category)
        version = self.version(number)
        self.run(lambda s: actions.approve(s, self.id_of(number), version=version, by=by, settings=self.settings))
        return number

    def application(self, number: str) -> Application:
        with Session(self.app.state.engine) as session:
            return session.scalars(select(Application).where(Application.number == number)).one()

    def id_of(self, number: str) -> UUID:
        return self.application(number).id

    def version(self, number: str) -> int:
        return self.application(number).version

    def rows(self, query: Any) -> list[Any]:
        with Session(self.app.state.engine) as session:
            return list(session.scalars(query))


def send(session: Session, settings: Settings, n: int, category: str, as_company: int | None = None) -> Application:
    """Apply by the applicant's own actions, section by section."""
    forms = {section.slug: complete_form(category, section.slug, n) for section in questionnaire.sections_for(category)}
    if as_company is not None:
        other = complete_form(category, "anagrafica", as_company)
        forms["anagrafica"] |= {name: other[name] for name in ("tax_code", "vat_number") if name in other}
    first = questionnaire.parse("avvio", forms["avvio"], category=category, answers={})
    application = actions.start(session, category=category, values=first.values, settings=settings)
    session.flush()
    link = session.scalars(select(Link).where(Link.about == application.id)).one()
    actions.confirm_address(session, token(link.id, secret=settings.secret_key.get_secret_value()))
    for slug, form in forms.items():
        answers = application.content.answers
        parsed = questionnaire.parse(slug, form, category=category, answers=answers)
        assert not parsed.errors, (slug, parsed.errors)
        actions.save_section(session, application.id, slug, parsed, settings=settings)
    add_example_documents(session, application)
    return actions.submit(session, application.id, settings=settings)


def make_portal(database_url: str, **environment: str) -> Portal:
    """Make a portal on a database of its own."""
    settings = load_settings(in_process_environment(database_url) | environment)
    app = create_app(settings)
    if not hasattr(app.state, "sign_on"):
        install(app, SignOn(settings))
    return Portal(app, settings)


@pytest.fixture
def staff_portal(database_url: str) -> Iterator[Portal]:
    """A portal that nobody has used yet."""
    portal = make_portal(database_url)
    yield portal
    for client in portal.clients:
        client.close()
    portal.app.state.sign_on.close()
    portal.app.state.engine.dispose()
