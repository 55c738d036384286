"""Every answer of Keycloak that must be refused, and those that must be taken (security.md finding 1, G3)."""

import json
import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.web import oidc, tokens
from tests.support.hostile import ADDRESS, DISCOVERY, EVIL, GOOD, HOSTILE, reply
from tests.support.issuer import ISSUER, KEY, NEW_KEY, part, signed
from tests.support.sign_on import Visitor, portal, visitor

__all__ = ["portal", "visitor"]


@pytest.mark.parametrize("case", HOSTILE)
def test_callback_hostile_token_refused(visitor: Visitor, case: str) -> None:
    HOSTILE[case](visitor.issuer)
    with capture_logs() as lines:
        answer = visitor.sign_in()
    assert_refused(visitor, answer)
    assert any(line["event"] in {"sign_in.refused", "sign_in.unavailable"} for line in lines)


@pytest.mark.parametrize("case", ADDRESS)
def test_callback_hostile_address_refused(visitor: Visitor, case: str) -> None:
    assert_refused(visitor, visitor.sign_in(**ADDRESS[case]))


@pytest.mark.parametrize("state", [None, "", "x" * 43, ["a", "b"], "r.forged", "\x00", "x" * 5000])
def test_callback_unknown_state_never_signs_in(visitor: Visitor, state: Any) -> None:
    answer = visitor.come_back(visitor.start(), state=state)
    assert answer.status_code in {303, 400}
    assert not visitor.sessions
    assert "/token" not in "".join(visitor.issuer.asked)


@pytest.mark.parametrize("case", DISCOVERY)
def test_sign_in_hostile_discovery_answers_unavailable(visitor: Visitor, case: str) -> None:
    DISCOVERY[case](visitor.issuer)
    answer = visitor.http.get("/accedi")
    assert answer.status_code == 503
    assert "L’accesso non è disponibile in questo momento" in answer.text
    assert answer.headers["Retry-After"]


def test_callback_state_reused_refused(visitor: Visitor) -> None:
    left = visitor.start()
    visitor.come_back(left, iss=EVIL)
    answer = visitor.come_back(left)
    assert answer.status_code == 303
    assert not visitor.sessions


def test_callback_of_another_browser_refused_and_the_owners_attempt_lives(visitor: Visitor) -> None:
    left = visitor.start()
    stranger = visitor.another()
    stranger.start()
    assert stranger.come_back(left).status_code == 303
    assert not visitor.sessions
    visitor.come_back(left)
    assert visitor.is_in()
    assert not stranger.is_in()


def test_callback_without_cookie_is_sent_round_once_only(visitor: Visitor) -> None:
    left = visitor.start()
    visitor.http.cookies.clear()
    again = visitor.come_back(left)
    assert again.status_code == 303
    _, code = visitor.issuer.authorize(again.headers["location"])
    visitor.http.cookies.clear()
    state = again.headers["location"].split("state=")[1].split("&")[0]
    assert visitor.come_back({"state": state, "code": code}).status_code == 400


def test_callback_after_ten_minutes_starts_again(visitor: Visitor) -> None:
    left = visitor.start()
    visitor.sql("update login_attempt set created_at = created_at - interval '10 minutes 1 second'")
    assert visitor.come_back(left).status_code == 303
    assert not visitor.sessions


def test_callback_code_replayed_in_a_second_sign_in_refused(visitor: Visitor) -> None:
    first = visitor.start()
    visitor.come_back(first)
    other = visitor.another()
    second = other.start()
    assert_refused(other, other.come_back(second, code=first["code"]), sessions=1)


def test_callback_nonce_of_an_earlier_sign_in_refused(visitor: Visitor) -> None:
    first = visitor.start()
    visitor.come_back(first)
    other = visitor.another()
    visitor.issuer.claims["nonce"] = first["nonce"]
    assert_refused(other, other.sign_in(), sessions=1)


def test_callback_verifier_of_another_attempt_refused(visitor: Visitor) -> None:
    first, second = visitor.start(), visitor.start()
    assert_refused(visitor, visitor.come_back(first, code=second["code"]))


# what must be taken


@pytest.mark.parametrize("case", GOOD)
def test_callback_good_answer_signs_in(visitor: Visitor, case: str) -> None:
    GOOD[case](visitor.issuer)
    answer = visitor.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/area")
    assert visitor.is_in()


def test_callback_new_key_after_rotation_is_fetched(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor.sign_in()
    visitor.issuer.keys.append(NEW_KEY.as_dict(private=False))
    visitor.issuer.header["kid"] = "second"
    visitor.issuer.sign = lambda head, body: signed(head, body, NEW_KEY)
    other = visitor.another()
    assert other.sign_in().status_code == 400  # asked less than 30 seconds ago
    monkeypatch.setattr(oidc, "KEYS_AGAIN", 0.0)
    assert other.sign_in().status_code == 303


def test_keys_unknown_kid_flood_asks_once(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.issuer.header["kid"] = "third"
    for _ in range(5):
        visitor.another().sign_in()
    assert sum(path.endswith("/certs") for path in visitor.issuer.asked) == 1


def test_keys_known_set_serves_while_keycloak_cannot_give_them(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.sign_in()
    monkeypatch.setattr(oidc, "KEYS_FRESH", -1.0)
    monkeypatch.setattr(oidc, "KEYS_AGAIN", -1.0)
    reply("/certs", status_code=500)(visitor.issuer)
    assert visitor.another().sign_in().status_code == 303
    monkeypatch.setattr(oidc, "KEYS_USABLE", -1.0)
    assert visitor.another().sign_in().status_code == 400


def test_sign_in_asks_the_internal_address_only(visitor: Visitor) -> None:
    visitor.sign_in()
    assert {path.rsplit("/", 1)[1] for path in visitor.issuer.asked} == {"openid-configuration", "certs", "token"}


def test_logs_hold_no_token_code_or_secret(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    left = visitor.start()
    with capture_logs() as lines:
        visitor.come_back(left)
        visitor.http.post("/auth/backchannel-logout", data={"logout_token": visitor.issuer.logout_token(iss=EVIL)})
        visitor.come_back(left)
    secret = visitor.app.state.settings.web_client_secret.get_secret_value()
    ours = [
        record.getMessage() for record in caplog.records if record.name.partition(".")[0] not in {"httpx", "httpx2"}
    ]
    written = json.dumps(lines, default=str) + "".join(ours)
    assert lines
    for hidden in (left["code"], left["state"], left["nonce"], visitor.issuer.last_id_token, secret):
        assert hidden not in written


def test_token_reader_survives_anything(visitor: Visitor) -> None:
    expected = tokens.Expected(ISSUER, "proactive-web", time.time())
    for odd in ("", "a", "..", "a.b.c", "é.é.é", "A" * 20_000, "e30.e30.e30", f"{part({'alg': ['RS256']})}.e30.AA"):
        with pytest.raises(tokens.RefusedError):
            tokens.verify_id_token(odd, expected, lambda _kid: KEY, nonce="n", access_token="a")


def assert_refused(visitor: Visitor, answer: Any, sessions: int = 0) -> None:
    assert answer.status_code in {400, 503}
    assert 'href="/accedi"' in answer.text
    assert len(visitor.sessions) == sessions
    assert "session" not in answer.headers.get("set-cookie", "")
    assert not visitor.is_in()
