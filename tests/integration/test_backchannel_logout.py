"""Back-channel logout: what ends sessions, and what must not (security.md T19)."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.issuer import ABSENT, OTHER_KEY, STAFF, SUPPLIER, signed
from tests.support.sign_on import Visitor, portal, visitor

__all__ = ["portal", "visitor"]


def test_backchannel_logout_ends_the_keycloak_session_everywhere(visitor: Visitor) -> None:
    visitor.sign_in()
    other = visitor.another()
    other.sign_in(STAFF | {"sid": "sid-2"})
    for _ in range(2):
        answer = visitor.http.post("/auth/backchannel-logout", data={"logout_token": visitor.issuer.logout_token()})
        assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not visitor.is_in()
    assert other.is_in("/gestione/prova")


def test_backchannel_logout_by_subject_ends_all_of_a_person(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.another().sign_in(SUPPLIER | {"sid": "sid-2"})
    token = visitor.issuer.logout_token(sid=ABSENT)
    assert visitor.http.post("/auth/backchannel-logout", data={"logout_token": token}).status_code == 200
    assert not visitor.sessions


FORGED: dict[str, Any] = {
    "iss": {"iss": "https://evil.example"},
    "iss_missing": {"iss": ABSENT},
    "aud": {"aud": "icri-other-app"},
    "aud_list": {"aud": ["proactive-web", "icri-other-app"]},
    "iat_old": {"iat": 1},
    "iat_missing": {"iat": ABSENT},
    "iat_ahead": {"iat": 9_999_999_999},
    "exp_past": {"exp": 1},
    "nonce": {"nonce": "n"},
    "events_missing": {"events": ABSENT},
    "events_other": {"events": {"x": {}}},
    "events_text": {"events": "http://schemas.openid.net/event/backchannel-logout"},
    "event_no_object": {"events": {"http://schemas.openid.net/event/backchannel-logout": True}},
    "jti_missing": {"jti": ABSENT},
    "nobody": {"sid": ABSENT, "sub": ABSENT},
    "claim_typ": {"typ": "ID"},
    "typ_jwt": {"header": {"typ": "JWT"}},
    "typ_missing": {"header": {"typ": ABSENT}},
    "kid_unknown": {"header": {"kid": "third"}},
}


@pytest.mark.parametrize("case", FORGED)
def test_backchannel_logout_forged_refused(visitor: Visitor, case: str) -> None:
    visitor.sign_in()
    token = visitor.issuer.logout_token(**FORGED[case])
    answer = visitor.http.post("/auth/backchannel-logout", data={"logout_token": token})
    assert answer.status_code == 400
    assert visitor.is_in()


def test_backchannel_logout_nonsense_refused(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.issuer.sign = lambda head, body: signed(head, body, OTHER_KEY)
    for body in (
        {},
        {"logout_token": ""},
        {"logout_token": "a.b.c"},
        {"logout_token": visitor.issuer.logout_token()},
        {"logout_token": visitor.sessions[0].id_token},
    ):
        with capture_logs() as lines:
            assert visitor.http.post("/auth/backchannel-logout", data=body).status_code == 400
        assert lines[-1]["event"] == "backchannel_logout.refused"
    assert visitor.http.get("/auth/backchannel-logout").status_code == 405
    assert visitor.is_in()
