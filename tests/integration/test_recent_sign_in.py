"""A sign-in that is too old for a great act: to Keycloak, back as the same person, and nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Depends
from sqlalchemy import update
from sqlalchemy.orm import Session

from service.access.parking import LIFETIME, MOST, ParkedForm, find_parked, park, purge_parked
from service.access.sessions import SignedInSession
from service.clock import utc_now
from service.database import transaction
from service.web.forms import PostedForm
from service.web.session import require_staff
from service.web.staff.recent import RECENT
from tests.support.issuer import ISSUER, STAFF, SUPPLIER
from tests.support.sign_on import SAME_ORIGIN, Visitor, portal, query_of, visitor, without_keycloak

__all__ = ["portal", "visitor"]
APPROVER = STAFF | {"roles": ["approver"]}
OTHER = APPROVER | {"sub": "r-2", "name": "Bruno Neri"}
GREAT = "/gestione/prova-grande"
TYPED = {"version": "3", "passo": "conferma", "note": "riga <uno>\nriga «due»", "leaf": ["A01", "A02"]}


@pytest.fixture
def clerk(visitor: Visitor) -> Visitor:
    """An approver signed in a good while ago, with a page that wants a fresh sign-in."""
    app = visitor.app
    if GREAT not in {getattr(route, "path", "") for route in app.routes}:
        guards = [Depends(require_staff("application:decide")), RECENT]
        app.get(GREAT, dependencies=guards)(lambda: {"ok": True})
        app.post(GREAT, dependencies=guards)(_echo)
    visitor.sql("delete from parked_form")
    visitor.sign_in(APPROVER)
    age(visitor)
    return visitor


def _echo(posted: PostedForm) -> dict[str, list[str]]:
    return dict(posted)


def age(visitor: Visitor, minutes: int = 16) -> None:
    """Let the sign-in be so old, the session itself alive."""
    with transaction(visitor.engine) as session:
        session.execute(update(SignedInSession).values(authenticated_at=utc_now() - timedelta(minutes=minutes)))


def send(visitor: Visitor, path: str = GREAT, data: Any = None) -> Any:
    return visitor.http.post(path, data=TYPED if data is None else data, headers=SAME_ORIGIN)


def left(visitor: Visitor, answer: Any) -> dict[str, str]:
    """Play the login page for a redirect that leads there."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"{ISSUER}/protocol/openid-connect/auth?")
    _, code = visitor.issuer.authorize(answer.headers["location"])
    return query_of(answer) | {"code": code}


def parked(visitor: Visitor) -> list[ParkedForm]:
    with Session(visitor.engine) as session:
        return list(session.query(ParkedForm))


def test_fresh_sign_in_is_let_through(clerk: Visitor) -> None:
    age(clerk, 14)
    assert clerk.is_in(GREAT)
    assert send(clerk).json()["note"] == ["riga <uno>\nriga «due»"]


def test_session_in_use_does_not_make_the_sign_in_fresh(clerk: Visitor) -> None:
    assert clerk.is_in("/gestione/prova")
    assert clerk.http.get(GREAT).status_code == 303


def test_page_leads_through_keycloak_and_back_with_a_new_session(clerk: Visitor) -> None:
    before = clerk.http.cookies["session"]
    away = left(clerk, clerk.http.get(f"{GREAT}?esito=accetta"))
    assert away["prompt"] == "login"
    back = clerk.come_back(away)
    assert back.headers["location"] == f"{GREAT}?esito=accetta"
    assert clerk.http.cookies["session"] != before
    assert len(clerk.sessions) == 1, "the old id is dead"
    assert clerk.is_in(GREAT)


def test_form_is_given_back_after_the_sign_in_with_all_that_was_typed(clerk: Visitor) -> None:
    away = left(clerk, send(clerk, f"{GREAT}?esito=accetta"))
    [row] = parked(clerk)
    assert row.fields["leaf"] == ["A01", "A02"]
    assert row.subject == "r-1"
    resume = clerk.come_back(away).headers["location"]
    assert resume.startswith("/gestione/ripresa/")
    assert row.token_hash not in resume
    page = clerk.http.get(resume).text
    assert f'action="{GREAT}?esito=accetta"' in page
    assert "riga &lt;uno&gt;" in page
    names = re.findall(r'<input type="hidden" name="([^"]+)"', page)
    assert sorted(names) == ["leaf", "leaf", "note", "version"], "what was confirmed before is asked again"
    assert "Continua" in page
    again = send(clerk, f"{GREAT}?esito=accetta", {name: TYPED[name] for name in ("version", "note", "leaf")})
    assert again.json() == {"version": ["3"], "note": [TYPED["note"]], "leaf": ["A01", "A02"]}


def test_another_person_who_comes_back_is_refused_and_the_session_stays(clerk: Visitor) -> None:
    before = clerk.http.cookies["session"]
    for answer, home in ((clerk.http.get(GREAT), "/gestione"), (send(clerk), "/gestione/ripresa/")):
        away = left(clerk, answer)
        clerk.issuer.person = dict(OTHER)
        back = clerk.come_back(away)
        assert back.status_code == 303
        assert back.headers["location"].startswith(home)
    assert clerk.http.cookies["session"] == before
    assert [one.subject for one in clerk.sessions] == ["r-1"]
    assert "un’altra persona" in clerk.http.get("/faq").text
    assert clerk.http.get(GREAT).status_code == 303, "and the sign-in is as old as it was"


def test_sign_in_that_keycloak_did_not_ask_for_again_renews_nothing(clerk: Visitor) -> None:
    """Whoever strikes `prompt=login` from the address comes back with the old sign-in."""
    away = left(clerk, clerk.http.get(GREAT))
    clerk.issuer.claims = {"auth_time": int((utc_now() - timedelta(minutes=16)).timestamp())}
    assert clerk.come_back(away).headers["location"] == "/gestione"
    assert clerk.http.get(GREAT).status_code == 303


def test_sign_in_given_up_at_keycloak_keeps_session_and_form(clerk: Visitor) -> None:
    away = left(clerk, send(clerk))
    back = clerk.come_back(away, code=None, error="access_denied")
    assert back.headers["location"].startswith("/gestione/ripresa/")
    page = clerk.http.get(back.headers["location"]).text
    assert "Non hai ripetuto l’accesso" in page
    assert "riga &lt;uno&gt;" in page


def test_keycloak_away_loses_nothing_either(clerk: Visitor) -> None:
    without_keycloak(clerk)
    answer = send(clerk)
    assert answer.status_code == 503
    assert "Resti collegato e nulla è cambiato" in answer.text
    assert "puoi registrarti" not in answer.text
    [row] = parked(clerk)
    assert 'href="/gestione/ripresa/' in answer.text
    assert row.path == GREAT


def test_parked_form_is_one_persons_own_and_runs_out(clerk: Visitor) -> None:
    resume = clerk.come_back(left(clerk, send(clerk))).headers["location"]
    other, stranger, supplier = clerk.another(), clerk.another(), clerk.another()
    other.sign_in(OTHER)
    supplier.sign_in(SUPPLIER)
    missing = other.http.get("/gestione/ripresa/niente")
    assert missing.status_code == 404
    assert other.http.get(resume).content == missing.content
    assert supplier.http.get(resume).status_code == 404
    assert stranger.http.get(resume).status_code == 303
    clerk.sql("update parked_form set parked_at = parked_at - interval '11 minutes'")
    assert clerk.http.get(resume).status_code == 404


def test_opening_the_form_again_changes_nothing(clerk: Visitor) -> None:
    resume = clerk.come_back(left(clerk, send(clerk))).headers["location"]
    assert clerk.http.get(resume).content == clerk.http.get(resume).content
    assert len(parked(clerk)) == 1


def test_without_the_permission_nobody_is_sent_to_keycloak(clerk: Visitor) -> None:
    for person, status in ((STAFF | {"sub": "r-9"}, 403), (SUPPLIER, 404)):
        other = clerk.another()
        other.sign_in(person)
        age(clerk)
        assert other.http.get(GREAT).status_code == status
        assert send(other).status_code == status
    assert parked(clerk) == []


def test_form_from_a_foreign_page_is_not_parked(clerk: Visitor) -> None:
    answer = clerk.http.post(GREAT, data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert parked(clerk) == []


def test_form_that_is_too_long_or_from_an_odd_address_is_not_kept(clerk: Visitor) -> None:
    assert send(clerk, f"{GREAT}?q={'x' * 600}").status_code == 413
    most = clerk.app.state.settings.max_form_bytes
    assert send(clerk, data={f"f{n}": "x" * 7000 for n in range(most // 7000 + 1)}).status_code == 413
    assert parked(clerk) == []


def test_one_person_parks_a_few_forms_and_old_ones_are_purged(clerk: Visitor) -> None:
    with transaction(clerk.engine) as session:
        ids = [park(session, subject="r-1", path=GREAT, fields={"n": [str(n)]}) for n in range(MOST + 3)]
        park(session, subject="r-2", path=GREAT, fields={})
        assert find_parked(session, ids[0], subject="r-1") is None
        newest = find_parked(session, ids[-1], subject="r-1")
        assert newest is not None
        assert find_parked(session, ids[-1], subject="r-2") is None
    assert len(parked(clerk)) == MOST + 1
    with transaction(clerk.engine) as session:
        session.execute(update(ParkedForm).where(ParkedForm.subject == "r-1").values(parked_at=utc_now() - LIFETIME))
        assert purge_parked(session) == MOST
    assert [one.subject for one in parked(clerk)] == ["r-2"]


@pytest.mark.parametrize("path", ["decisione?esito=accetta", "decisione?esito=respingi", "riapri"])
def test_great_acts_on_an_application_want_a_fresh_sign_in(clerk: Visitor, path: str) -> None:
    address = f"/gestione/richieste/P-2026-9999/{path}"
    left(clerk, clerk.http.get(address))
    left(clerk, send(clerk, address))
    assert [row.path for row in parked(clerk)] == [address]
    age(clerk, 1)
    assert clerk.http.get(address).status_code == 404
