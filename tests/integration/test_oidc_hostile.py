"""Every answer of Keycloak that must be refused, and those that must be taken (security.md T16, finding 1, G3)."""

import json
import time
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.web import tokens
from tests.support.at_once import both
from tests.support.hostile import EVIL, Arrange, params
from tests.support.hostile_sign_in import (
    CALLBACKS,
    DISCOVERIES,
    HONEST,
    HONEST_CALLBACKS,
    ID_TOKENS,
    STATES,
)
from tests.support.hostile_tokens import EVERY_TOKEN
from tests.support.issuer import ISSUER, KEY, part
from tests.support.refusals import assert_page, assert_sign_in_refused, refusal
from tests.support.sign_on import SAME_ORIGIN, Visitor, portal, query_of, visitor

__all__ = ["portal", "visitor"]


@pytest.mark.parametrize(("reason", "arrange"), params(EVERY_TOKEN, ID_TOKENS))
def test_callback_hostile_token_refused(visitor: Visitor, reason: str, arrange: Arrange) -> None:
    arrange(visitor.issuer)
    assert_sign_in_refused(visitor, reason)


@pytest.mark.parametrize(("reason", "changes"), params(CALLBACKS))
def test_callback_hostile_address_refused(visitor: Visitor, reason: str, changes: dict[str, Any]) -> None:
    assert_sign_in_refused(visitor, reason, **changes)


@pytest.mark.parametrize("case", STATES)
def test_callback_unknown_state_starts_again(visitor: Visitor, case: str) -> None:
    left = visitor.start()
    answer = visitor.come_back(left, state=STATES[case])
    assert answer.status_code == 303
    assert query_of(answer)["state"].startswith("r.")
    assert query_of(answer)["nonce"] != left["nonce"]
    assert not visitor.sessions
    assert "/token" not in "".join(visitor.issuer.asked)


def test_callback_unknown_state_of_a_second_try_refused(visitor: Visitor) -> None:
    left = visitor.start()
    before = visitor.rows
    with refusal("state"):
        answer = visitor.come_back(left, state="r.forged")
    assert_page(visitor, answer)
    assert visitor.rows == before


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_callback_by_another_method_leaves_the_attempt_alone(visitor: Visitor, method: str) -> None:
    left = visitor.start()
    answer = {"state": left["state"], "code": left["code"], "iss": ISSUER}
    for query, form in ((answer, {}), ({}, answer)):
        refused = visitor.http.request(method, "/auth/callback", params=query, data=form, headers=SAME_ORIGIN)
        assert refused.status_code == 405
    assert not visitor.sessions
    visitor.come_back(left)
    assert visitor.is_in()


@pytest.mark.parametrize(("reason", "arrange"), params(DISCOVERIES))
def test_sign_in_hostile_discovery_answers_unavailable(visitor: Visitor, reason: str, arrange: Arrange) -> None:
    arrange(visitor.issuer)
    before = visitor.rows
    with refusal(reason):
        answer = visitor.http.get("/accedi")
    assert_page(visitor, answer, is_away=True)
    assert visitor.rows == before


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
    assert_sign_in_refused(visitor.another(), "token_status", code=first["code"])


def test_callback_nonce_of_an_earlier_sign_in_refused(visitor: Visitor) -> None:
    first = visitor.start()
    visitor.come_back(first)
    visitor.issuer.claims["nonce"] = first["nonce"]
    assert_sign_in_refused(visitor.another(), "nonce")


def test_callback_id_token_of_an_earlier_sign_in_refused(visitor: Visitor) -> None:
    visitor.sign_in()
    earlier = visitor.issuer.last_id_token
    visitor.issuer.sign = lambda _head, _body: earlier
    assert_sign_in_refused(visitor.another(), "nonce")


def test_callback_code_of_another_browser_refused(visitor: Visitor) -> None:
    """What somebody would plant who wants another person to work in his account, or to work in hers."""
    planted = visitor.another().start()
    assert_sign_in_refused(visitor, "token_status", code=planted["code"])


def test_callback_verifier_of_another_attempt_refused(visitor: Visitor) -> None:
    other = visitor.start()
    assert_sign_in_refused(visitor, "token_status", code=other["code"])


# what must be taken


def test_callback_just_before_ten_minutes_signs_in(visitor: Visitor) -> None:
    left = visitor.start()
    visitor.sql("update login_attempt set created_at = created_at - interval '9 minutes 50 seconds'")
    assert visitor.come_back(left).headers["location"] == "/area"


def test_callback_four_times_at_once_signs_in_once(visitor: Visitor) -> None:
    left = visitor.start()
    browsers = [visitor.another() for _ in range(4)]
    for browser in browsers:
        browser.http.cookies.update(visitor.http.cookies)
    answers = both(*[partial(browser.come_back, left) for browser in browsers])
    assert sum(answer.headers["location"] == "/area" for answer in answers) == 1
    assert len(visitor.sessions) == 1
    assert sum(path.endswith("/token") for path in visitor.issuer.asked) == 1


@pytest.mark.parametrize("case", HONEST)
def test_callback_honest_answer_signs_in(visitor: Visitor, case: str) -> None:
    HONEST[case](visitor.issuer)
    assert_signs_in(visitor)


@pytest.mark.parametrize("case", HONEST_CALLBACKS)
def test_callback_honest_address_signs_in(visitor: Visitor, case: str) -> None:
    assert_signs_in(visitor, **HONEST_CALLBACKS[case])


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


def assert_signs_in(visitor: Visitor, **changes: Any) -> None:
    left = visitor.start()
    before = visitor.rows
    answer = visitor.come_back(left, **changes)
    assert (answer.status_code, answer.headers["location"]) == (303, "/area")
    assert visitor.rows == before | {"login_attempt": before["login_attempt"] - 1, "signed_in_session": 1}
    [session] = visitor.sessions
    assert (session.subject, session.roles) == ("s-1", ["supplier"])
    assert visitor.is_in()
    assert not visitor.is_in("/gestione/prova")
