"""A true token of the wrong kind, or in a place where none counts, opens nothing (security.md T17, G3)."""

from typing import Any

import pytest

from tests.support.refusals import assert_logout_refused, assert_sign_in_refused
from tests.support.sign_on import Visitor, portal, visitor
from tests.support.stray_tokens import KINDS, PLACES

__all__ = ["portal", "visitor"]
DOORS = ("/area/prova", "/gestione/prova")
USUAL = ("bearer", "session_cookie", "address")
BEST = "access_token_for_us"  # what an API would take: it is tried everywhere, the others where they would be expected
CELLS = [(kind, place) for kind in KINDS for place in PLACES if place in USUAL or kind == BEST]


@pytest.mark.parametrize(("kind", "place"), CELLS)
def test_token_beside_the_session_is_nobody(visitor: Visitor, kind: str, place: str) -> None:
    token = KINDS[kind].make(visitor.issuer)
    before = visitor.rows
    for door in DOORS:
        sent: dict[str, Any] = {"method": "GET", **PLACES[place](token)}
        answer = visitor.http.request(url=door, **sent)
        assert (answer.status_code, answer.headers["location"][:7]) == (303, "/accedi")
        assert "set-cookie" not in answer.headers
    assert visitor.rows == before
    assert not visitor.issuer.asked


@pytest.mark.parametrize("place", [one for one in PLACES if one != "session_cookie"])
def test_token_of_staff_beside_a_suppliers_session_raises_nobody(visitor: Visitor, place: str) -> None:
    visitor.be_in()
    session = visitor.http.cookies["session"]
    sent: dict[str, Any] = {"method": "GET", **PLACES[place](KINDS[BEST].make(visitor.issuer))}
    if "Cookie" in sent.get("headers", {}):
        sent["headers"] = {"Cookie": f"session={session}; " + sent["headers"]["Cookie"]}
    assert visitor.http.request(url="/gestione/prova", **sent).status_code == 404
    assert visitor.http.request(url="/area/prova", **sent).status_code == 200
    assert [one.subject for one in visitor.sessions] == ["s-1"]


@pytest.mark.parametrize("kind", KINDS)
def test_token_as_id_token_refused(visitor: Visitor, kind: str) -> None:
    token = KINDS[kind].make(visitor.issuer)
    visitor.issuer.sign = lambda _head, _body: token
    assert_sign_in_refused(visitor, KINDS[kind].as_id_token)


@pytest.mark.parametrize("kind", KINDS)
def test_token_as_code_refused(visitor: Visitor, kind: str) -> None:
    assert_sign_in_refused(visitor, "token_status", code=KINDS[kind].make(visitor.issuer))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].as_logout])
def test_token_as_logout_token_refused(visitor: Visitor, kind: str) -> None:
    visitor.be_in()
    assert_logout_refused(visitor, KINDS[kind].as_logout, KINDS[kind].make(visitor.issuer))


def test_logout_token_where_it_belongs_is_taken(visitor: Visitor) -> None:
    """So the kinds above are refused for what they are, not because they are badly made."""
    visitor.sign_in()
    token = KINDS["logout_token"].make(visitor.issuer)
    assert visitor.http.post("/auth/backchannel-logout", data={"logout_token": token}).status_code == 200
    assert visitor.is_in()
