"""A portal in this process whose Keycloak is `tests.support.issuer`, and a browser that signs in there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from service.access.principal import Role
from service.access.sessions import Identity, SignedInSession, open_signed_in
from service.clock import utc_now
from service.config import load_settings
from service.database import Base, transaction
from service.local.postgres import PostgresCluster
from service.main import create_app
from service.web.oidc import SignOn
from service.web.session import PrincipalMiddleware, require_staff, require_supplier
from service.web.sign_in import install
from tests.conftest import in_process_environment
from tests.support.issuer import ISSUER, Change, Issuer

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
TABLES = Base.metadata.sorted_tables
ROWS = text(str(select(*[select(func.count()).select_from(t).scalar_subquery().label(t.name) for t in TABLES])))


@dataclass
class Visitor:
    """A browser with its cookies, and what it knows of the issuer."""

    app: FastAPI
    http: TestClient
    issuer: Issuer

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.state.engine
        return engine

    def start(self, path: str = "/accedi") -> dict[str, str]:
        """Leave for the issuer; give what the address says, with `code` for a person who signs in there."""
        answer = self.http.get(path)
        assert answer.status_code == 303, answer.text
        location = answer.headers["location"]
        assert location.startswith(f"{ISSUER}/protocol/openid-connect/auth?")
        _, code = self.issuer.authorize(location)
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return query | {"code": code}

    def come_back(self, left: dict[str, str], **changes: Any) -> Any:
        """Return from the issuer; parts given as None are left out."""
        honest: Change = {"state": left["state"], "code": left["code"], "iss": ISSUER, "session_state": "sid-1"}
        query = {name: value for name, value in {**honest, **changes}.items() if value is not None}
        return self.http.get("/auth/callback", params=query)

    def sign_in(self, person: Change | None = None, path: str = "/accedi", **changes: Any) -> Any:
        if person:
            self.issuer.person = dict(person)
        return self.come_back(self.start(path), **changes)

    def be_in(self) -> None:
        """Be signed in as the supplier of the issuer without going there: quicker, where the way is not the matter."""
        identity = Identity(
            subject="s-1",
            username="mario",
            name="Mario Rossi",
            email="m@x.it",
            roles=frozenset({Role.SUPPLIER}),
            sid="sid-1",
            authenticated_at=utc_now(),
            id_token="a.b.c",
        )
        with transaction(self.engine) as session:
            self.http.cookies.set("session", open_signed_in(session, identity))

    def another(self) -> "Visitor":
        return Visitor(self.app, _client(self.app), self.issuer)

    @property
    def sessions(self) -> list[SignedInSession]:
        with Session(self.engine) as session:
            return list(session.scalars(select(SignedInSession)))

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.engine.connect() as connection:
            return dict(connection.execute(ROWS).mappings().one())

    def is_in(self, path: str = "/area/prova") -> bool:
        return bool(self.http.get(path).status_code == 200)

    def sql(self, statement: str, **values: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)


def query_of(answer: Any) -> dict[str, str]:
    """The query of the address a redirect leads to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def without_keycloak(visitor: Visitor) -> None:
    """Nobody answers at Keycloak's address from now on, and nothing is remembered of it."""

    def refuse(_request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("spento")

    visitor.issuer.raw = refuse
    visitor.app.state.sign_on._provider = None


def _client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url=app.state.settings.public_base_url, follow_redirects=False)


def make_portal(database_url: str, **environment: str) -> FastAPI:
    """A portal with two probe pages, one behind each guard."""
    settings = load_settings(in_process_environment(database_url) | environment)
    app = create_app(settings)
    if not hasattr(app.state, "sign_on"):
        install(app, SignOn(settings))
    if "PrincipalMiddleware" not in repr(app.user_middleware):
        app.add_middleware(PrincipalMiddleware)
    for path, guard in (
        ("/area/prova", require_supplier),
        ("/gestione/prova", require_staff()),
        ("/gestione/decidi", require_staff("application:decide")),
    ):
        app.get(path, dependencies=[Depends(guard)])(lambda: {"ok": True})
        app.post(path, dependencies=[Depends(guard)])(lambda: {"ok": True})
    app.state.engine.dispose()
    return app


@pytest.fixture(scope="module")
def portal(postgres: PostgresCluster) -> Iterator[FastAPI]:
    """A portal on a database of this test file."""
    name = f"sign_in_{uuid4().hex[:12]}"
    postgres.ensure_database(name, template="migrated")
    app = make_portal(postgres.url(name))
    yield app
    app.state.engine.dispose()
    postgres.drop_database(name)


@pytest.fixture
def visitor(portal: FastAPI) -> Iterator[Visitor]:
    """A browser nobody is signed in with, and an honest issuer."""
    issuer = Issuer()
    portal.state.sign_on.close()
    portal.state.sign_on = SignOn(portal.state.settings, transport=issuer.transport(), timeout=0.5)
    found = Visitor(portal, _client(portal), issuer)
    found.sql("delete from signed_in_session; delete from login_attempt")
    yield found
    found.http.close()
    portal.state.sign_on.close()
