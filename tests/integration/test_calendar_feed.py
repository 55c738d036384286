"""The calendar of expiries: a personal address that can be taken back, and valid RFC 5545 behind it."""

import logging
import re

import pytest
from icalendar import Calendar
from sqlalchemy import select, text

from service.audit.trail import AuditEvent
from service.documents.states import Verdict
from service.suppliers.feeds import feed_address, find_feed, make_feed
from service.suppliers.models import CalendarFeed, Supplier
from tests.support.staff_portal import SUPPLIER, Portal, staff_portal
from tests.support.supplier_documents import give, in_days, version
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]


@pytest.fixture
def own(staff_portal: Portal) -> Supplier:
    """A company without documents."""
    supplier = admit(staff_portal, 1, SUPPLIER.subject)
    staff_portal.run(lambda s: s.execute(text("delete from document")))
    return supplier


def make(portal: Portal, supplier: Supplier) -> str:
    """The person makes an address; gives its path."""
    address = portal.run(
        lambda s: feed_address(make_feed(s, supplier.id, by=SUPPLIER, settings=portal.settings), portal.settings)
    )
    return str(address).removeprefix(portal.settings.public_base_url)


def shown(page: str) -> str:
    """The path of the address the page shows, empty without."""
    found = re.search(r'value="http://testserver(/calendario/[^"]+\.ics)"', page)
    return found[1] if found else ""


def events(portal: Portal) -> list[str]:
    query = select(AuditEvent.type).where(AuditEvent.type.startswith("supplier.calendar")).order_by(AuditEvent.id)
    return [str(one) for one in portal.rows(query)]


def test_calendar_page_offers_an_address_until_there_is_one(staff_portal: Portal, own: Supplier) -> None:
    browser = staff_portal.browser(SUPPLIER)
    before = browser.get("/area/calendario").text
    assert "Crea l’indirizzo" in before
    assert shown(before) == ""
    assert browser.post("/area/calendario").headers["location"] == "/area/calendario"
    after = browser.get("/area/calendario")
    assert "content-encoding" not in after.headers
    path = shown(after.text)
    assert path == shown(browser.get("/area/calendario").text)
    assert staff_portal.browser().get(path).status_code == 200
    assert events(staff_portal) == ["supplier.calendar_made"]


def test_feed_is_a_valid_calendar_with_the_end_of_the_qualification(staff_portal: Portal, own: Supplier) -> None:
    answer = staff_portal.browser().get(make(staff_portal, own))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    assert calendar["version"] == "2.0"
    assert calendar["prodid"]
    (event,) = calendar.walk("VEVENT")
    assert not event.errors
    assert event.decoded("dtstart") == own.valid_until
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["dtstamp"] is not None
    assert str(event["summary"]) == "Termina la qualifica ICRI"
    assert own.name not in answer.text
    assert SUPPLIER.name not in answer.text


def test_feed_has_a_day_for_each_document_that_is_in_force_or_waits(staff_portal: Portal, own: Supplier) -> None:
    durc = give(staff_portal, own, "durc", version(expires_on=in_days(20)), version(Verdict.TO_CHECK, in_days(140)))
    give(staff_portal, own, "register_extract", version(Verdict.TO_CHECK, in_days(300)))
    give(staff_portal, own, "dvr_declaration", version(Verdict.REJECTED, in_days(90), reason="D03"))
    give(staff_portal, own, "financials", version(), slot="2024")
    # the last upload was refused: the one before it, which nobody has judged, counts nowhere
    refused = version(Verdict.REJECTED, in_days(95), reason="D03")
    give(staff_portal, own, "liability_policy", version(Verdict.TO_CHECK, in_days(50)), refused)
    calendar = Calendar.from_ical(staff_portal.browser().get(make(staff_portal, own)).content)
    found = {str(one["summary"]): one for one in calendar.walk("VEVENT")}
    assert {name: one.decoded("dtstart") for name, one in found.items()} == {
        "Scade: DURC": in_days(20),
        "Scade: Visura camerale ordinaria": in_days(300),
        "Termina la qualifica ICRI": own.valid_until,
    }
    assert str(found["Scade: DURC"]["uid"]) == f"document-{durc.id}@testserver"
    assert str(found["Scade: DURC"]["url"]) == "http://testserver/area/documenti#durc"


def test_feed_asked_again_unchanged_is_not_sent_again(staff_portal: Portal, own: Supplier) -> None:
    path = make(staff_portal, own)
    browser = staff_portal.browser()
    first = browser.get(path)
    again = browser.get(path, headers={"If-None-Match": first.headers["etag"], "Accept-Language": "en"})
    assert (again.status_code, again.content) == (304, b"")
    day = {"day": "2031-01-31"}
    staff_portal.run(lambda s: s.execute(text("update supplier set valid_until = :day"), day))
    changed = browser.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    (before,), (after,) = (Calendar.from_ical(one.content).walk("VEVENT") for one in (first, changed))
    assert before["uid"] == after["uid"]
    assert before.decoded("dtstart") != after.decoded("dtstart")


def test_feed_made_anew_ends_the_earlier_address(staff_portal: Portal, own: Supplier) -> None:
    first, second = make(staff_portal, own), make(staff_portal, own)
    browser = staff_portal.browser()
    assert first != second
    assert browser.get(first).status_code == 404
    assert browser.get(second).status_code == 200
    assert len(staff_portal.rows(select(CalendarFeed).where(CalendarFeed.revoked_at.is_(None)))) == 1


def test_feed_revoked_twice_is_gone_and_told_once(staff_portal: Portal, own: Supplier) -> None:
    path = make(staff_portal, own)
    browser = staff_portal.browser(SUPPLIER)
    assert browser.post("/area/calendario/revoca").status_code == 303
    assert browser.post("/area/calendario/revoca").status_code == 303
    assert browser.get(path).status_code == 404
    assert "Crea l’indirizzo" in browser.get("/area/calendario").text
    assert events(staff_portal) == ["supplier.calendar_made", "supplier.calendar_revoked"]


def test_feed_of_nobody_is_as_missing_as_one_that_never_was(staff_portal: Portal, own: Supplier) -> None:
    other = admit(staff_portal, 2, "un-altro")
    revoked = make(staff_portal, own)
    foreign = make(staff_portal, other)  # made for a company the person does not act for
    disabled = make(staff_portal, own)
    staff_portal.run(
        lambda s: s.execute(
            text("update account set state = 'suspended', suspended_at = now() where subject = 'fornitore'")
        )
    )
    browser = staff_portal.browser()
    missing = browser.get("/calendario/" + "x" * 43 + ".ics")
    assert missing.status_code == 404
    for path in (revoked, foreign, disabled, "/calendario/.ics", "/calendario/%00.ics"):
        answer = browser.get(path)
        assert answer.status_code == 404, path
        assert answer.text == missing.text, path


def test_feed_is_the_persons_own(staff_portal: Portal, own: Supplier) -> None:
    make(staff_portal, own)
    assert staff_portal.run(lambda s: find_feed(s, own.id, "un-altro")) is None


def test_token_is_stored_as_a_hash_and_logged_nowhere(
    staff_portal: Portal, own: Supplier, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    path = make(staff_portal, own)
    token = path.removeprefix("/calendario/").removesuffix(".ics")
    (feed,) = staff_portal.rows(select(CalendarFeed))
    assert token not in str(vars(feed))
    with caplog.at_level(logging.DEBUG, logger="service"):
        staff_portal.browser().get(path)
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("httpx")]
    assert not [line for line in ours if token in line]
    assert token not in "".join(capfd.readouterr())
