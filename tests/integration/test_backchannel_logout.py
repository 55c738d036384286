"""Back-channel logout: what ends sessions, and what must not (security.md T19, G3)."""

from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.at_once import both
from tests.support.hostile import Arrange, params
from tests.support.hostile_logout import ADDRESS, HONEST_LOGOUTS, HONEST_REQUESTS, LOGOUT_TOKENS, REQUESTS, Send
from tests.support.hostile_tokens import EVERY_TOKEN
from tests.support.issuer import ABSENT, STAFF, SUPPLIER
from tests.support.refusals import assert_logout_refused
from tests.support.sign_on import Visitor, portal, visitor

__all__ = ["portal", "visitor"]


def log_out(visitor: Visitor, token: str) -> Any:
    return visitor.http.post(ADDRESS, data={"logout_token": token})


def test_backchannel_logout_ends_the_keycloak_session_everywhere(visitor: Visitor) -> None:
    visitor.sign_in()
    other = visitor.another()
    other.sign_in(STAFF | {"sid": "sid-2"})
    for _ in range(2):
        answer = log_out(visitor, visitor.issuer.logout_token())
        assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not visitor.is_in()
    assert other.is_in("/gestione/prova")


def test_backchannel_logout_by_subject_ends_all_of_a_person(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.another().sign_in(SUPPLIER | {"sid": "sid-2"})
    other = visitor.another()
    other.sign_in(STAFF | {"sid": "sid-3"})
    assert log_out(visitor, visitor.issuer.logout_token(sid=ABSENT)).status_code == 200
    assert [session.subject for session in visitor.sessions] == ["r-1"]


@pytest.mark.parametrize(("reason", "arrange"), params(EVERY_TOKEN, LOGOUT_TOKENS))
def test_backchannel_logout_hostile_token_refused(visitor: Visitor, reason: str, arrange: Arrange) -> None:
    visitor.be_in()
    arrange(visitor.issuer)
    assert_logout_refused(visitor, reason, visitor.issuer.logout_token())


@pytest.mark.parametrize(("status", "send"), params(REQUESTS))
def test_backchannel_logout_oddly_sent_refused(visitor: Visitor, status: int, send: Send) -> None:
    visitor.be_in()
    before = visitor.rows
    sent = {"method": "POST", **send(visitor.issuer.logout_token())}
    with capture_logs() as lines:
        answer = visitor.http.request(url=ADDRESS, **sent)
    assert answer.status_code == status
    assert "backchannel_logout.done" not in [line["event"] for line in lines]
    assert visitor.rows == before
    assert visitor.is_in()


@pytest.mark.parametrize("case", HONEST_LOGOUTS)
def test_backchannel_logout_honest_token_ends_that_session_only(visitor: Visitor, case: str) -> None:
    assert_ends(visitor, HONEST_LOGOUTS[case], lambda token: {"data": {"logout_token": token}})


@pytest.mark.parametrize("case", HONEST_REQUESTS)
def test_backchannel_logout_honestly_sent_ends_that_session_only(visitor: Visitor, case: str) -> None:
    assert_ends(visitor, HONEST_LOGOUTS["plain"], HONEST_REQUESTS[case])


def test_backchannel_logout_of_nobody_here_is_as_good(visitor: Visitor) -> None:
    visitor.sign_in()
    before = visitor.rows
    assert log_out(visitor, visitor.issuer.logout_token(sid="of-another-app")).status_code == 200
    assert visitor.rows == before


def test_backchannel_logout_replayed_does_not_reach_the_next_session(visitor: Visitor) -> None:
    """Keycloak gives every session of its own a new number, so an old notice finds nothing."""
    visitor.sign_in()
    token = visitor.issuer.logout_token()
    assert log_out(visitor, token).status_code == 200
    visitor.sign_in(SUPPLIER | {"sid": "sid-2"})
    assert log_out(visitor, token).status_code == 200
    assert visitor.is_in()


def test_backchannel_logout_at_once_is_done_once_and_answered_alike(visitor: Visitor) -> None:
    visitor.sign_in()
    token = visitor.issuer.logout_token()
    with capture_logs() as lines:
        answers = both(*[partial(log_out, visitor.another(), token) for _ in range(4)])
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(line["sessions"] for line in lines if line["event"] == "backchannel_logout.done") == [0, 0, 0, 1]
    assert not visitor.sessions


def test_backchannel_logout_while_a_sign_in_is_under_way_leaves_the_attempt(visitor: Visitor) -> None:
    visitor.be_in()
    other = visitor.another()
    left = other.start()
    assert log_out(visitor, visitor.issuer.logout_token()).status_code == 200
    assert other.come_back(left).headers["location"] == "/area"


def assert_ends(visitor: Visitor, arrange: Arrange, send: Send) -> None:
    visitor.be_in()
    other = visitor.another()
    other.sign_in(STAFF | {"sid": "sid-2"})
    arrange(visitor.issuer)
    before = visitor.rows
    answer = visitor.http.request("POST", ADDRESS, **send(visitor.issuer.logout_token()))
    assert (answer.status_code, answer.text) == (200, "")
    assert visitor.rows == before | {"signed_in_session": 1}
    assert not visitor.is_in()
    assert other.is_in("/gestione/prova")
