"""What a refusal must leave behind: one word in the log, a page that tells nothing, and no row more than before."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from tests.support.hostile_logout import ADDRESS
from tests.support.sign_on import Visitor

REFUSED = "<h1>L’accesso non è riuscito</h1>"
UNAVAILABLE = "<h1>L’accesso non è disponibile in questo momento</h1>"
EVENTS = {"sign_in.refused", "sign_in.unavailable", "backchannel_logout.refused"}


@contextmanager
def refusal(reason: str) -> Iterator[None]:
    """Whatever is done inside is refused once, for this reason."""
    with capture_logs() as lines:
        yield
    assert [line["reason"] for line in lines if line["event"] in EVENTS] == [reason]


def assert_sign_in_refused(visitor: Visitor, reason: str, **changes: Any) -> None:
    """Go to the issuer and come back: nobody is in, the attempt is used up, nothing else has changed."""
    left = visitor.start()
    before = visitor.rows
    with refusal(reason):
        answer = visitor.come_back(left, **changes)
    assert_page(visitor, answer, is_away=reason == "no_answer")
    assert visitor.rows == before | {"login_attempt": before["login_attempt"] - 1}


def assert_page(visitor: Visitor, answer: Any, *, is_away: bool = False) -> None:
    """The page is in Italian and the same for every reason; the browser is handed no session."""
    assert "session" not in answer.headers.get("set-cookie", "")
    assert answer.headers["cache-control"] == "no-store"
    assert 'href="/accedi"' in answer.text
    if is_away:
        assert (answer.status_code, UNAVAILABLE in answer.text) == (503, True)
        assert answer.headers["retry-after"]
    else:
        assert (answer.status_code, REFUSED in answer.text) == (400, True)
        assert _neutral(answer.text) == _neutral_page(visitor.app)


def assert_logout_refused(visitor: Visitor, reason: str, token: str) -> None:
    """A logout token that is no good ends nothing; the caller hears the same whatever was wrong."""
    before = visitor.rows
    with refusal(reason):
        answer = visitor.http.post(ADDRESS, data={"logout_token": token})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert answer.headers["cache-control"] == "no-store"
    assert visitor.rows == before


@cache
def _neutral_page(app: FastAPI) -> str:
    """The page for a state that was never given out."""
    with closing(TestClient(app)) as nobody:
        return _neutral(nobody.get("/auth/callback?state=r.x").text)


def _neutral(page: str) -> str:
    """Without the links to the other language, which lead to this very address."""
    return re.sub(r'href="[^"]*" hreflang', "", page)
