"""The session of somebody signed in: cookie, rotation, idle time, sign-out."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.access.sessions import SignedInSession
from tests.support.issuer import ISSUER, STAFF, SUPPLIER
from tests.support.sign_on import SAME_ORIGIN, Visitor, make_portal, portal, query_of, visitor, without_keycloak

__all__ = ["portal", "visitor"]


def test_session_id_rotates_and_the_old_one_is_dead(visitor: Visitor) -> None:
    visitor.http.cookies.set("session", "planted-by-an-attacker")
    left = visitor.start()
    visitor.http.cookies.delete("session")
    visitor.sign_in()
    old = visitor.http.cookies["session"]
    visitor.come_back(left)
    assert visitor.http.cookies["session"] not in {old, "planted-by-an-attacker"}
    thief = visitor.another()
    thief.http.cookies.set("session", old)
    assert not thief.is_in()


def test_sign_out_kills_the_copied_cookie(visitor: Visitor) -> None:
    visitor.sign_in()
    thief = visitor.another()
    thief.http.cookies.set("session", visitor.http.cookies["session"])
    assert thief.is_in()
    answer = visitor.http.post("/esci", headers=SAME_ORIGIN)
    assert answer.status_code == 303
    assert not thief.is_in()
    assert not visitor.is_in()
    assert not visitor.sessions


def test_sign_out_ends_keycloaks_session_with_the_hint(visitor: Visitor) -> None:
    visitor.sign_in()
    answer = visitor.http.post("/esci", headers=SAME_ORIGIN)
    assert answer.headers["location"].startswith(f"{ISSUER}/protocol/openid-connect/logout?")
    sent = query_of(answer)
    assert sent["id_token_hint"] == visitor.issuer.last_id_token
    assert sent["post_logout_redirect_uri"] == "http://testserver/"
    assert sent["client_id"] == "proactive-web"
    assert "Sei uscito da ICRI ProActive." in visitor.http.get("/").text


def test_sign_out_without_keycloak_ends_the_session_here(visitor: Visitor) -> None:
    visitor.sign_in()
    without_keycloak(visitor)
    answer = visitor.http.post("/esci", headers=SAME_ORIGIN)
    assert answer.headers["location"] == "/"
    assert "chiudi il browser" in visitor.http.get("/").text
    assert not visitor.sessions


def test_sign_out_from_a_foreign_page_refused(visitor: Visitor) -> None:
    visitor.sign_in()
    assert visitor.http.post("/esci", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert visitor.http.get("/esci").status_code == 405
    assert visitor.is_in()


@pytest.mark.parametrize(
    ("person", "path", "lives", "dies"),
    [
        (STAFF, "/gestione/prova", "14 minutes 50 seconds", "15 minutes 1 second"),
        (SUPPLIER, "/area/prova", "29 minutes 50 seconds", "30 minutes 1 second"),
    ],
)
def test_session_idle_ends(visitor: Visitor, person: Any, path: str, lives: str, dies: str) -> None:
    visitor.sign_in(person)
    visitor.sql("update signed_in_session set last_seen_at = now() - cast(:ago as interval)", ago=lives)
    assert visitor.is_in(path)  # and this touches it
    assert visitor.is_in(path)
    visitor.sql("update signed_in_session set last_seen_at = now() - cast(:ago as interval)", ago=dies)
    assert not visitor.is_in(path)


def test_session_ends_after_ten_hours_however_busy(visitor: Visitor) -> None:
    visitor.sign_in()
    [found] = visitor.sessions
    assert (found.expires_at - found.created_at).total_seconds() == 10 * 3600
    visitor.sql("update signed_in_session set expires_at = now() - interval '1 second'")
    assert not visitor.is_in()


def test_session_is_touched_once_a_minute_at_most(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.sql("update signed_in_session set last_seen_at = last_seen_at - interval '50 seconds'")
    [before] = visitor.sessions
    visitor.is_in()
    assert visitor.sessions[0].last_seen_at == before.last_seen_at
    visitor.sql("update signed_in_session set last_seen_at = last_seen_at - interval '11 seconds'")
    visitor.is_in()
    assert visitor.sessions[0].last_seen_at > before.last_seen_at


def test_session_stores_the_hash_only(visitor: Visitor) -> None:
    visitor.sign_in()
    [found] = visitor.sessions
    assert isinstance(found, SignedInSession)
    assert visitor.http.cookies["session"] not in repr(vars(found))
    assert len(found.token_hash) == 64


def test_cookies_on_https_are_host_bound(visitor: Visitor) -> None:
    url = visitor.app.state.settings.database_url.get_secret_value()
    app = make_portal(url, PROACTIVE_PUBLIC_BASE_URL="https://fornitori.example.com")
    app.state.sign_on.close()
    app.state.sign_on = visitor.app.state.sign_on
    safe = Visitor(
        app,
        TestClient(app, base_url="https://fornitori.example.com", follow_redirects=False),
        visitor.issuer,
    )
    left = safe.http.get("/accedi").headers["set-cookie"]
    answer = safe.sign_in().headers["set-cookie"]
    for line, name in ((left, "__Host-login"), (answer, "__Host-session")):
        assert line.startswith(f"{name}=")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in line.split(";")}
        assert "Domain" not in line
    app.state.engine.dispose()
