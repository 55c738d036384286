"""Pages while Keycloak or the database is away: a browser between an issuer, a portal, and lines that go wrong."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from service.database import make_engine
from service.web.oidc import SignOn
from tests.support.faulty_http import FaultyServer, Json, Reply
from tests.support.faulty_line import FaultyLine, Trouble
from tests.support.issuer import SERVER, Issuer
from tests.support.outage import STATEMENT_MS, World
from tests.support.sign_on import Visitor, _client, make_portal
from tests.support.trouble import HTTP, POSTGRES, is_http

GATE = 5.0  # seconds that a page may wait at most (G7), by the limits as shipped; those here are shorter
SANITY = 3 * GATE  # what a busy computer adds is not the portal's
SECONDS = 1.2
AWAY, REFUSED, DONE = "503 with Retry-After", "400 and once more", "done"
ASKED: Mapping[str, bytes] = {
    "discovery": rb"^GET \S+/openid-configuration ",
    "exchange": rb"^POST \S+/token ",
    "keys": rb"^GET \S+/certs ",
}
# an answer that is one, but not what was asked for: whoever came back signs in once more
NO_ANSWER = {"busy", "html", "empty", "forbidden"}
SAID: Mapping[str, bytes] = {
    "connect": rb"user\x00",
    "session": rb"FROM signed_in_session",
    "read": rb"FROM application",
    "write": rb"UPDATE application SET",
    "commit": rb"(?s)INSERT INTO job.*COMMIT",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page that needs a side which goes wrong."""

    line: str
    name: str
    fault: str

    def __str__(self) -> str:
        return f"{self.line}-{self.name}-{self.fault}"

    @property
    def trouble(self) -> Trouble:
        return (HTTP if self.line == "sign_in" else POSTGRES)[self.fault]

    @property
    def expected(self) -> str:
        if self.fault == "odd_type":
            return DONE
        return REFUSED if self.line == "sign_in" and self.name != "discovery" and self.fault in NO_ANSWER else AWAY


SIGNING_IN = [Page("sign_in", name, fault) for name in ASKED for fault in HTTP]
DECIDING = [Page("page", name, fault) for name in SAID for fault in POSTGRES]


class IssuerServer(FaultyServer):
    """The issuer of the sign-in's tests, over real HTTP."""

    issuer: Issuer

    def answer(self, verb: str, path: str, query: Json, raw: bytes, token: str) -> Reply:
        del query, token
        said = self.issuer._answer(httpx2.Request(verb, f"{SERVER}{path}", content=raw))
        return said.status_code, json.loads(said.content), {}


@dataclass
class SignIn:
    """Somebody who wants to sign in over the line."""

    visitor: Visitor
    line: FaultyLine

    def start_anew(self, seconds: float = SECONDS) -> None:
        """Forget all that is known of Keycloak, and everybody who is signed in."""
        state = self.visitor.app.state
        state.sign_on.close()
        state.sign_on = SignOn(state.settings, timeout=seconds)
        self.visitor.sql("delete from signed_in_session")
        self.visitor.http.cookies.clear()

    def endure(self, page: Page) -> None:
        """Sign in while it goes wrong; other pages answer; then it works."""
        self.start_anew()
        left = None if page.name == "discovery" else self.visitor.start()
        with self.line.trouble(ASKED[page.name], page.trouble) as armed:
            begun = time.monotonic()
            answer = self.visitor.come_back(left) if left else self.visitor.http.get("/accedi")
            assert time.monotonic() - begun < SANITY
            assert armed.hits
            assert outcome(answer) == page.expected, answer.text[:1000]
            assert len(self.visitor.sessions) == (page.expected == DONE and left is not None)
            assert self.visitor.http.get("/").status_code == 200
        self.start_anew()
        assert self.visitor.sign_in().status_code == 303
        assert len(self.visitor.sessions) == 1


def outcome(answer: Any) -> str:
    """Say what a page says."""
    if answer.status_code == 503:
        return AWAY if answer.headers.get("Retry-After") else "503 alone"
    return {400: REFUSED, 303: DONE}.get(answer.status_code, str(answer.status_code))


@contextmanager
def make_sign_in(database_url: str) -> Iterator[SignIn]:
    """A portal whose Keycloak is behind a line."""
    server = IssuerServer()
    server.issuer = Issuer()
    with server, FaultyLine(("127.0.0.1", server.port), is_http, is_http) as line:
        app = make_portal(database_url, PROACTIVE_KEYCLOAK_INTERNAL_URL=f"http://127.0.0.1:{line.port}")
        visitor = Visitor(app, _client(app), server.issuer)
        yield SignIn(visitor, line)
        visitor.http.close()
        app.state.sign_on.close()
        app.state.engine.dispose()


def endure_decision(world: World, page: Page) -> None:
    """Accept an application while the portal's line to the database goes wrong: nothing changes, or it is done once."""
    over_line = world.worker_settings["PROACTIVE_DATABASE_URL"]
    app = world.portal.app
    sound, app.state.engine = app.state.engine, make_engine(over_line, pool_size=2, statement_timeout_ms=STATEMENT_MS)
    chosen = world.waiting[-1]
    data = {"version": str(chosen.version), "versione": str(chosen.version), "passo": "conferma"}
    where = f"/gestione/richieste/{chosen.number}/decisione?esito=accetta"
    try:
        with world.lines["database"].trouble(SAID[page.name], page.trouble) as armed:
            begun = time.monotonic()
            answer = world.staff.post(where, data=data)
            assert time.monotonic() - begun < SANITY
            assert armed.hits
            assert outcome(answer) == page.expected, answer.text[:1000]
            assert world.staff.get("/health/live").status_code == 200
        again = world.staff.post(where, data=data)
    finally:
        app.state.engine.dispose()
        app.state.engine = sound
    world.waiting.pop()
    assert again.status_code in {303, 409}, again.text[:1000]
    assert page.name == "commit" or again.status_code == 303  # nothing had changed
    case = world.case(chosen.number)
    world.work_until_done()
    assert world.list_wrong(case) == []
