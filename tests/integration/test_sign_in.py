"""Signing in and out through pages: sessions, guards, change and recovery of the password, back-channel logout."""

from typing import Any

import httpx2
import pytest

from tests.support.issuer import ISSUER, NOBODY, STAFF, SUPPLIER
from tests.support.sign_on import Visitor, portal, query_of, visitor, without_keycloak

__all__ = ["portal", "visitor"]
BOTH = STAFF | {"roles": ["reviewer", "supplier"]}


# the way there and back


def test_sign_in_sends_everything_the_protocol_wants(visitor: Visitor) -> None:
    left = visitor.start("/accedi?lang=en")
    assert left["response_type"] == "code"
    assert left["code_challenge_method"] == "S256"
    assert left["redirect_uri"] == "http://testserver/auth/callback"
    assert left["ui_locales"] == "en"
    assert len(left["state"]) >= 43
    assert len(left["nonce"]) >= 43


@pytest.mark.parametrize(("person", "home"), [(SUPPLIER, "/area"), (STAFF, "/gestione"), (BOTH, "/gestione")])
def test_sign_in_leads_home_by_role(visitor: Visitor, person: Any, home: str) -> None:
    assert visitor.sign_in(person).headers["location"] == home
    assert visitor.http.get("/accedi").headers["location"] == home


def test_sign_in_without_role_says_so_and_offers_the_way_out(visitor: Visitor) -> None:
    answer = visitor.http.get(visitor.sign_in(NOBODY).headers["location"])
    assert answer.status_code == 403
    assert "La tua utenza non ha ancora accesso" in answer.text
    assert 'action="/esci"' in answer.text
    assert not visitor.is_in("/area/prova")
    assert not visitor.is_in("/gestione/prova")


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/area/prova", "/area/prova"),
        ("/area/prova?pagina=2", "/area/prova?pagina=2"),
        ("/gestione/prova", "/area"),
        ("//evil.example", "/area"),
        ("https://evil.example", "/area"),
        ("/\\evil.example", "/area"),
        ("/area/../esci", "/area"),
        ("/area/%2e%2e/esci", "/area"),
        ("/areale", "/area"),
        ("/esci", "/area"),
        ("/auth/callback?state=x", "/area"),
        ("/area\r\nSet-Cookie: a=b", "/area"),
        ("/area/" + "x" * 600, "/area"),
    ],
)
def test_sign_in_returns_to_own_pages_only(visitor: Visitor, wanted: str, landed: str) -> None:
    visitor.sign_in(path=str(httpx2.URL("/accedi", params={"ritorno": wanted})))
    other = visitor.another()
    answer = other.sign_in(path=str(httpx2.URL("/accedi", params={"ritorno": wanted})))
    assert answer.headers["location"] == landed


def test_two_tabs_both_arrive(visitor: Visitor) -> None:
    first, second = visitor.start(), visitor.start()
    assert visitor.come_back(second).headers["location"] == "/area"
    assert visitor.come_back(first).headers["location"] == "/area"
    assert len(visitor.sessions) == 1


def test_callback_opened_again_while_signed_in_leads_home(visitor: Visitor) -> None:
    left = visitor.start()
    visitor.come_back(left)
    assert visitor.come_back(left).headers["location"] == "/area"


def test_expired_keycloak_page_starts_again_once(visitor: Visitor) -> None:
    gone = {"code": None, "error": "temporarily_unavailable", "error_description": "authentication_expired"}
    answer = visitor.come_back(visitor.start(), **gone)
    assert answer.headers["location"].startswith(f"{ISSUER}/protocol/openid-connect/auth")


def test_sign_in_as_somebody_else_replaces_the_session(visitor: Visitor) -> None:
    left = visitor.start()
    visitor.sign_in()
    visitor.issuer.person = dict(STAFF)
    assert visitor.come_back(left).headers["location"] == "/gestione"
    assert [session.subject for session in visitor.sessions] == ["r-1"]


# change and recovery


def test_change_password_asks_keycloak_with_a_fresh_login(visitor: Visitor) -> None:
    visitor.sign_in()
    left = visitor.start("/cambia-password")
    assert (left["kc_action"], left["prompt"], left["ui_locales"]) == ("UPDATE_PASSWORD", "login", "it")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("success", "La password è stata cambiata."),
        ("cancelled", "La password non è cambiata."),
        ("error", "La password non è cambiata."),
        (None, "La password non è cambiata."),
    ],
)
def test_change_password_back_says_what_happened(visitor: Visitor, status: str | None, message: str) -> None:
    visitor.sign_in()
    before = visitor.http.cookies["session"]
    answer = visitor.come_back(visitor.start("/cambia-password?ritorno=/area/prova"), kc_action_status=status)
    assert answer.headers["location"] == "/area/prova"
    page = visitor.http.get("/faq")
    assert message in page.text
    assert 'role="status"' in page.text
    assert visitor.http.cookies["session"] != before
    assert visitor.is_in()


def test_change_password_back_as_somebody_else_ends_the_session(visitor: Visitor) -> None:
    visitor.sign_in()
    left = visitor.start("/cambia-password")
    visitor.issuer.person = dict(STAFF)
    assert visitor.come_back(left, kc_action_status="success").status_code == 400
    assert not visitor.sessions


def test_change_password_refused_at_keycloak_keeps_the_session(visitor: Visitor) -> None:
    visitor.sign_in()
    answer = visitor.come_back(visitor.start("/cambia-password"), code=None, error="access_denied")
    assert answer.headers["location"] == "/area"
    assert "La password non è cambiata." in visitor.http.get("/faq").text


def test_change_password_wants_somebody_signed_in(visitor: Visitor) -> None:
    assert visitor.http.get("/cambia-password").headers["location"] == "/accedi"


def test_recovery_leads_to_keycloak(visitor: Visitor) -> None:
    answer = visitor.http.get("/recupera-password")
    assert answer.headers["location"].startswith(f"{ISSUER}/login-actions/reset-credentials?")
    assert (query_of(answer)["client_id"], query_of(answer)["ui_locales"]) == ("proactive-web", "it")


@pytest.mark.parametrize("path", ["/accedi", "/recupera-password", "/cambia-password"])
def test_keycloak_away_own_page_and_the_rest_works(visitor: Visitor, path: str) -> None:
    if path == "/cambia-password":
        visitor.sign_in()
    without_keycloak(visitor)
    answer = visitor.http.get(path)
    assert answer.status_code == 503
    assert "L’accesso non è disponibile in questo momento" in answer.text
    assert f'href="{path}"' in answer.text
    assert 'href="/assistenza"' in answer.text
    assert visitor.http.get("/faq").status_code == 200
