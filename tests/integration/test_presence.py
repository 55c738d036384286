"""Two people on one application see each other; being seen is in no trail, holds up nobody, keeps nobody signed in."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.access.sessions import SignedInSession
from service.applications.desk.models import Presence
from service.applications.desk.presence import forget_presence, note_presence
from service.applications.models import Application
from service.audit.trail import AuditEvent
from service.clock import utc_now
from tests.support.staff_corrections import at
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, Portal, staff_portal

__all__ = ["staff_portal"]


def seen_ago(portal: Portal, seconds: float) -> None:
    portal.run(lambda s: s.execute(update(Presence).values(seen_at=utc_now() - timedelta(seconds=seconds))))


def told(browser: Any, number: str) -> str:
    return str(browser.get(at(number, "presenti")).json()["text"])


def test_page_says_who_else_has_the_application_open(staff_portal: Portal) -> None:
    number, other = staff_portal.sent(), staff_portal.sent(2)
    anna, marco = staff_portal.browser(ANNA), staff_portal.browser(MARCO)
    first = marco.get(at(number)).text
    assert f'aria-live="polite" aria-atomic="true" data-present="{at(number, "presenti")}"></p>' in first
    for tab in ("", "dati", "cronologia"):
        page = anna.get(at(number, tab)).text
        assert "Marco Riva ha aperto questa domanda meno di un minuto fa." in page
        assert "Anna Bassi ha aperto" not in page
    assert "ha aperto questa domanda" not in anna.get(at(other)).text
    seen_ago(staff_portal, 65)
    assert told(marco, number) == "Anna Bassi ha aperto questa domanda 1 minuto fa."
    seen_ago(staff_portal, 125)
    assert told(staff_portal.browser(PIA), number) == ""


def test_looking_leaves_nothing_but_presence(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    before = staff_portal.version(number), staff_portal.rows(select(func.count()).select_from(AuditEvent))
    for path in ("", "presenti", "documenti"):
        assert marco.get(at(number, path)).status_code == 200
    assert (staff_portal.version(number), staff_portal.rows(select(func.count()).select_from(AuditEvent))) == before
    assert [one.subject for one in staff_portal.rows(select(Presence))] == ["marco"]


def test_presence_is_noted_once_in_half_a_minute(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    about = staff_portal.id_of(number)

    def note() -> Any:
        staff_portal.run(lambda s: note_presence(s, about, by=MARCO))
        return staff_portal.rows(select(Presence.seen_at))[0]

    first = note()
    assert note() == first
    seen_ago(staff_portal, 31)
    assert note() > first


def test_page_of_what_somebody_decides_on_just_now_does_not_wait(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    query = select(Application).where(Application.number == number).with_for_update()
    with Session(staff_portal.app.state.engine) as deciding:
        deciding.scalars(query).one()
        assert marco.get(at(number)).status_code == 200
        assert marco.get(at(number, "presenti")).status_code == 200
    assert staff_portal.rows(select(Presence)) == []  # passed by, and noted at the next look
    marco.get(at(number, "presenti"))
    assert len(staff_portal.rows(select(Presence))) == 1


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)

    def last_seen() -> Any:
        return staff_portal.rows(select(SignedInSession.last_seen_at))[0]

    staff_portal.run(lambda s: s.execute(update(SignedInSession).values(last_seen_at=utc_now() - timedelta(minutes=5))))
    before = last_seen()
    assert marco.get(at(number, "presenti")).status_code == 200
    assert last_seen() == before
    assert marco.get(at(number)).status_code == 200
    assert last_seen() > before


def test_sub_pages_are_as_missing_as_a_wrong_number_for_whoever_may_not_read(staff_portal: Portal) -> None:
    number, admin, ugo = staff_portal.sent(), staff_portal.browser(ADMIN), staff_portal.browser(AUDITOR)
    for tab in ("presenti", "dati", "documenti", "verifiche", "cronologia", "istantanee"):
        foreign, missing = admin.get(at(number, tab)), admin.get(at("P-2026-9999", tab))
        assert (foreign.status_code, foreign.content) == (404, missing.content), tab
        assert ugo.get(at("P-2026-9999", tab)).status_code == 404, tab
        assert staff_portal.browser().get(at(number, tab)).status_code == 303, tab
    assert staff_portal.rows(select(Presence)) == []


def test_housekeeping_forgets_after_an_hour(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    staff_portal.browser(MARCO).get(at(number))
    seen_ago(staff_portal, 3590)
    assert staff_portal.run(forget_presence) == 0
    seen_ago(staff_portal, 3700)
    assert staff_portal.run(forget_presence) == 1
