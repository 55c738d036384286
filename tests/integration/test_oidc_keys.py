"""The keys of the issuer: which are believed, for how long, how often they are asked for (security.md T18, G3)."""

import time
from functools import partial
from typing import Any

import httpx2
import pytest

from service.web import oidc
from tests.support.at_once import both
from tests.support.hostile import PUBLIC, Arrange, keys, params, reply
from tests.support.hostile_keys import HONEST_KEY_SETS, KEY_SETS
from tests.support.hostile_logout import ADDRESS
from tests.support.issuer import NEW_KEY, OTHER_KEY, signed
from tests.support.refusals import assert_logout_refused, assert_sign_in_refused
from tests.support.sign_on import Visitor, portal, visitor

__all__ = ["portal", "visitor"]
NEW = NEW_KEY.as_dict(private=False)


@pytest.mark.parametrize(("reason", "arrange"), params(KEY_SETS))
def test_keys_hostile_set_refused(visitor: Visitor, reason: str, arrange: Arrange) -> None:
    arrange(visitor.issuer)
    assert_sign_in_refused(visitor, reason)


@pytest.mark.parametrize("case", HONEST_KEY_SETS)
def test_keys_honest_set_signs_in(visitor: Visitor, case: str) -> None:
    HONEST_KEY_SETS[case](visitor.issuer)
    assert visitor.sign_in().headers["location"] == "/area"
    assert visitor.is_in()


# rotation


def test_keys_new_one_is_fetched_at_its_first_token(visitor: Visitor) -> None:
    visitor.sign_in()
    later(visitor, 31)
    keys(PUBLIC, NEW)(visitor.issuer)
    rotated(visitor)
    assert visitor.another().sign_in().headers["location"] == "/area"
    assert asked(visitor) == 2


def test_keys_new_one_within_thirty_seconds_waits(visitor: Visitor) -> None:
    visitor.sign_in()
    keys(PUBLIC, NEW)(visitor.issuer)
    rotated(visitor)
    assert_sign_in_refused(visitor.another(), "kid_unknown")
    later(visitor, 31)
    assert visitor.another().sign_in().headers["location"] == "/area"


def test_keys_old_one_still_listed_serves_beside_the_new(visitor: Visitor) -> None:
    visitor.sign_in()
    later(visitor, 601)
    keys(NEW, PUBLIC)(visitor.issuer)
    assert visitor.another().sign_in().headers["location"] == "/area"


@pytest.mark.parametrize(("seconds", "location"), [(590, "/area"), (601, None)])
def test_keys_withdrawn_one_is_believed_ten_minutes_at_most(
    visitor: Visitor, seconds: int, location: str | None
) -> None:
    visitor.sign_in()
    keys(NEW)(visitor.issuer)
    later(visitor, seconds)
    assert visitor.another().sign_in().headers.get("location") == location


def test_keys_withdrawn_one_is_forgotten_as_soon_as_the_new_is_seen(visitor: Visitor) -> None:
    visitor.sign_in()
    forged = visitor.issuer.logout_token()
    keys(NEW)(visitor.issuer)
    later(visitor, 31)
    rotated(visitor)
    visitor.another().sign_in()
    assert_logout_refused(visitor, "kid_unknown", forged)


def test_keys_exchanged_under_the_same_kid_are_seen_after_ten_minutes(visitor: Visitor) -> None:
    visitor.sign_in()
    keys(OTHER_KEY.as_dict(private=False))(visitor.issuer)
    later(visitor, 601)
    assert_sign_in_refused(visitor.another(), "signature")


# how long an old set serves


@pytest.mark.parametrize(("seconds", "times"), [(0, 1), (590, 1), (601, 2)])
def test_keys_are_asked_for_every_ten_minutes(visitor: Visitor, seconds: int, times: int) -> None:
    visitor.sign_in()
    later(visitor, seconds)
    assert visitor.another().sign_in().headers["location"] == "/area"
    assert asked(visitor) == times


FAULTS: dict[str, Arrange] = {
    "status_500": reply("/certs", status_code=500),
    "html": reply("/certs", status_code=200, content=b"<html>"),
    "no_list": reply("/certs", status_code=200, json={"keys": None}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_keys_old_set_serves_an_hour_while_there_is_no_new_one(visitor: Visitor, fault: str) -> None:
    visitor.sign_in()
    FAULTS[fault](visitor.issuer)
    later(visitor, 3590)
    assert visitor.another().sign_in().headers["location"] == "/area"
    later(visitor, 11)
    assert_sign_in_refused(visitor.another(), "keys_old")


# floods


def test_keys_unknown_kid_flood_asks_once_in_thirty_seconds(visitor: Visitor) -> None:
    visitor.sign_in()
    for round_ in (1, 2, 3):
        for number in range(10):
            assert forged_logout(visitor, f"unknown-{round_}-{number}") == 400
        assert visitor.another().sign_in().headers["location"] == "/area"  # whoever is honest notices nothing
        assert asked(visitor) == round_
        later(visitor, 31)


def test_keys_flood_while_there_are_none_spares_the_issuer(visitor: Visitor) -> None:
    """Without a set yet the thirty seconds would keep honest people out; every forged token must not ask, though."""
    reply("/certs", status_code=500)(visitor.issuer)
    for number in range(10):
        assert forged_logout(visitor, f"unknown-{number}") == 400
    assert asked(visitor) == 1
    reply("/nothing")(visitor.issuer)
    assert visitor.sign_in().status_code == 503
    later(visitor, oidc.COOL_DOWN)
    assert visitor.sign_in().headers["location"] == "/area"


@pytest.mark.parametrize("circumstance", ["at_the_start", "for_an_unknown_kid", "while_there_are_none"])
def test_keys_single_flight(visitor: Visitor, monkeypatch: pytest.MonkeyPatch, circumstance: str) -> None:
    if circumstance == "for_an_unknown_kid":
        visitor.sign_in()
        later(visitor, 31)
    before = asked(visitor)
    slow(visitor, is_away=circumstance == "while_there_are_none")
    monkeypatch.setattr(oidc, "COOL_DOWN", 0.15)  # less than the answer takes: it counts from the answer on
    browsers = [visitor.another() for _ in range(8)]
    answers = both(*[partial(forged_logout, one, f"unknown-{n}") for n, one in enumerate(browsers)])
    assert answers == [400] * 8
    assert asked(visitor) == before + 1


def asked(visitor: Visitor) -> int:
    """How often the issuer was asked for its keys."""
    return sum(path.endswith("/certs") for path in visitor.issuer.asked)


def later(visitor: Visitor, seconds: float) -> None:
    """Let time go by for what is known of the keys, and for nothing else."""
    visitor.app.state.sign_on._keys_at -= seconds
    visitor.app.state.sign_on._keys_tried_at -= seconds


def rotated(visitor: Visitor) -> None:
    """The issuer signs with its new key from now on."""
    visitor.issuer.header["kid"] = "second"
    visitor.issuer.sign = lambda head, body: signed(head, body, NEW_KEY)


def slow(visitor: Visitor, *, is_away: bool) -> None:
    """The issuer takes its time over the keys, so that whoever asks meanwhile must wait or be sent away."""

    def answer(request: httpx2.Request) -> httpx2.Response | None:
        if not request.url.path.endswith("/certs"):
            return None
        time.sleep(0.3)
        return httpx2.Response(503) if is_away else None

    visitor.issuer.raw = answer


def forged_logout(visitor: Visitor, kid: str) -> Any:
    token = visitor.issuer.logout_token({"kid": kid})
    return visitor.http.post(ADDRESS, data={"logout_token": token}).status_code
