"""The page of one application: its sub-pages, what is news to whom, what other features put there."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from service.applications import actions
from service.applications.models import ApplicationWarning
from service.applications.states import ItemKind
from service.clock import utc_now
from service.web.staff.application_page import TABS, Tab
from tests.support.staff_corrections import answered, asked, at, round_card
from tests.support.staff_portal import ANNA, AUDITOR, MARCO, PIA, Portal, staff_portal

__all__ = ["staff_portal"]
MOST_QUERIES = {
    Tab.SUMMARY: 28, Tab.DATA: 18, Tab.DOCUMENTS: 22, Tab.CHECKS: 22, Tab.HISTORY: 20, Tab.SNAPSHOTS: 16,
}  # fmt: skip


def card(html: str, name: str) -> str:
    found = re.search(rf'<section class="card[^>]*aria-labelledby="{name}">.*?</section>', html, re.DOTALL)
    return unescape(found[0]) if found else ""


def queries(portal: Portal, browser: TestClient, address: str) -> int:
    """Count the statements of one page."""
    counted: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    event.listen(portal.app.state.engine, "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(portal.app.state.engine, "before_cursor_execute", note)
    return len(counted)


@pytest.mark.parametrize("make", [Portal.sent, Portal.approved, asked])
def test_every_tab_has_the_heading_the_tabs_and_the_decision(staff_portal: Portal, make: Any) -> None:
    number, ugo = make(staff_portal), staff_portal.browser(AUDITOR)
    name = staff_portal.application(number).name
    for tab, words in TABS.items():
        page = unescape(ugo.get(at(number, tab)).text)
        assert re.search(rf'<h1 class="mb-0 text-break">{re.escape(name)}</h1>', page), tab
        assert f'href="{at(number, tab)}" aria-current="page">{words}</a>' in page
        assert page.count('id="decisione"') == 1
        assert f"{number} {name}, {words} - ICRI ProActive</title>" in page
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), tab
        inside = set(re.findall(r'href="#([^"]+)"', page)) - set(ids)
        assert not inside, tab


def test_number_of_statements_of_a_tab_does_not_grow(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    answered(staff_portal, number)
    for tab, most in MOST_QUERIES.items():
        assert queries(staff_portal, marco, at(number, tab)) <= most, tab


def test_summary_tells_who_the_company_is_and_what_waits(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    staff_portal.run(lambda s: actions.take(s, staff_portal.id_of(number), version=staff_portal.version(number),
                                            by=MARCO, settings=staff_portal.settings))  # fmt: skip
    page = staff_portal.browser(MARCO).get(at(number)).text
    application = staff_portal.application(number)
    facts = card(page, "in-breve")
    for said in (application.vat_number, application.tax_code, application.contact_email, "L10 Ponteggi"):
        assert str(said) in facts, said
    documents = card(page, "documenti")
    assert re.search(r"\d+ documenti: \d+ da verificare\.", documents)
    assert f'href="{at(number, "documenti")}#doc-durc">DURC</a>' in documents
    assert "in carico a Marco Riva" in page
    assert "risposta promessa entro il" in page


def test_section_says_how_many_warnings_it_has(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    about = staff_portal.id_of(number)

    def warn(session: Any) -> None:
        for field in ("hq_zip", "hq_street"):
            session.add(ApplicationWarning(application_id=about, field=field, code="x", text="Guarda <qui>.",
                                           found_at=utc_now()))  # fmt: skip

    staff_portal.run(warn)
    page = staff_portal.browser(MARCO).get(at(number, "dati")).text
    assert "2 avvisi su questa sezione." in card(page, "s-sede")
    assert card(page, "s-sede").count("Guarda <qui>.") == 2
    assert "Guarda <qui>." not in page
    assert "avvisi su questa sezione" not in card(page, "s-anagrafica")
    assert 'href="#s-sede"' in page


# --- news


def test_news_are_what_others_did_since_ones_own_last_deed(staff_portal: Portal) -> None:
    number, marco, pia = asked(staff_portal), staff_portal.browser(MARCO), staff_portal.browser(PIA)
    assert card(marco.get(at(number)).text, "novita") == ""
    answered(staff_portal, number, "Via <Milano>")
    news = card(marco.get(at(number)).text, "novita")
    assert "Il tuo ultimo passo su questa domanda:" in news
    assert "Dati cambiati:</strong> Sede e recapiti: Via o piazza." in news
    assert "Documenti cambiati:</strong> DURC." in news
    assert "Integrazioni ricevute" in news
    assert "<strong>Integrazioni richieste</strong>" not in news  # his own deed
    assert 'href="#integrazioni"' in news
    assert "Via <Milano>" in round_card(marco.get(at(number)).text)
    assert card(pia.get(at(number)).text, "novita") == ""  # she has never worked on it: all is new
    version, about = staff_portal.version(number), staff_portal.id_of(number)
    staff_portal.run(lambda s: actions.release_review(s, about, version=version, by=MARCO))
    assert card(marco.get(at(number)).text, "novita") == ""
    staff_portal.run(lambda s: actions.take(s, about, version=version + 1, by=ANNA, settings=staff_portal.settings))
    later = card(marco.get(at(number)).text, "novita")
    assert "Presa in carico" in later
    assert "Dati cambiati" not in later


def test_earlier_round_that_is_news_is_open(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    answered(staff_portal, number)
    version, about = staff_portal.version(number), staff_portal.id_of(number)
    wanted = [actions.Wanted(ItemKind.DOCUMENT, "D03", "La pagina 2 manca.", document_type="durc")]
    staff_portal.run(lambda s: actions.request_information(s, about, version=version, by=ANNA,
                                                           settings=staff_portal.settings, wanted=wanted))  # fmt: skip
    folded = card(marco.get(at(number)).text, "integrazioni-precedenti")
    assert '<details class="icri-fold py-2" open>' in folded
    assert '<details class="icri-fold py-2">' in card(
        staff_portal.browser(ANNA).get(at(number)).text, "integrazioni-precedenti"
    )
