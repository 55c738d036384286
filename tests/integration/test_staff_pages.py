"""Dashboard, queue, detail, suppliers, invitations, activities: what each role finds there."""

import re

import pytest
from sqlalchemy import text

from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
QUEUE = "/gestione/richieste"


def numbers(html: str) -> list[str]:
    return re.findall(r">(P-\d{4}-\d{4})</a>", html)


# --- dashboard and queue


def test_dashboard_counts_link_to_the_queue_and_oldest_comes_first(staff_portal: Portal) -> None:
    first, second, taken = staff_portal.sent(1), staff_portal.sent(2, "DI"), staff_portal.reviewed(3)
    page = staff_portal.browser(MARCO).get("/gestione").text
    assert numbers(page) == [first, second, taken]
    assert re.search(r'richieste\?segnale=free"><b>2</b><span>Da prendere in carico', page)
    assert re.search(r'richieste\?stato=under_review"><b>1</b>', page)
    assert "Nessuna attività bloccata" in page


def test_dashboard_of_an_admin_shows_activities_only(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    admin = staff_portal.browser(ADMIN)
    page = admin.get("/gestione").text
    assert number not in page
    assert "Bloccate" in page
    assert QUEUE not in page
    assert admin.get(QUEUE).status_code == 403
    assert admin.get("/gestione/attivita").status_code == 200


def test_empty_pages_say_what_to_do(staff_portal: Portal) -> None:
    anna = staff_portal.browser(ANNA)
    assert "Nessuna richiesta in attesa." in anna.get("/gestione").text
    assert "Nessuna richiesta in attesa." in anna.get(QUEUE).text
    assert "Non c’è ancora nessun invito." in anna.get("/gestione/inviti").text
    assert "Non c’è ancora nessun fornitore" in anna.get("/gestione/fornitori").text
    assert "tutto procede" in anna.get("/gestione/attivita").text


def test_queue_filters_by_state_category_and_words(staff_portal: Portal) -> None:
    sent, taken, other = staff_portal.sent(1), staff_portal.reviewed(2), staff_portal.sent(3, "DI")
    accepted = staff_portal.approved(4)
    anna = staff_portal.browser(ANNA)
    for query, wanted in (
        ("", [sent, taken, other]),
        ("?stato=under_review", [taken]),
        ("?stato=approved", [accepted]),
        ("?stato=", [sent, taken, other, accepted]),
        ("?categoria=DI", [other]),
        (f"?q={staff_portal.application(taken).name.upper()}", [taken]),
        (f"?q={staff_portal.application(taken).vat_number}&stato=", [taken]),
        ("?ordine=recenti", [other, taken, sent]),
        ("?stato=boh&categoria=boh&dopo=boh&ordine=boh", [sent, taken, other]),
    ):
        assert numbers(anna.get(QUEUE + query).text) == wanted, query


def test_queue_without_a_hit_names_the_filters_and_takes_them_off(staff_portal: Portal) -> None:
    staff_portal.sent()
    nowhere = staff_portal.browser(ANNA).get(f"{QUEUE}?q=nulla").text
    assert f'href="{QUEUE}?q=nulla&amp;stato=">Cerca in tutti gli stati</a>' in nowhere
    page = staff_portal.browser(ANNA).get(f"{QUEUE}?stato=rejected&q=<b>nulla").text
    assert "Cerca in tutti gli stati" not in page
    assert "stato «Respinta», testo «&lt;b&gt;nulla»" in page
    assert "Nessuna richiesta corrisponde ai filtri." in page
    assert f'href="{QUEUE}">Togli i filtri' in page


@pytest.mark.parametrize("query", ["?q=%00", "?q=%25%5F", f"?q={'a' * 400}", "?dopo=99999999999999999999", "?prima=-1"])
def test_queue_with_odd_parameters_is_still_a_page(staff_portal: Portal, query: str) -> None:
    assert staff_portal.browser(ANNA).get(QUEUE + query).status_code == 200


@pytest.mark.parametrize("order", ["", "recenti"])
def test_queue_pages_forward_and_back_by_keyset(
    staff_portal: Portal, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.applications.queue.PAGE", 2)
    made = [staff_portal.sent(n) for n in range(1, 6)]
    wanted = made[::-1] if order else made
    anna = staff_portal.browser(ANNA)
    pages = [anna.get(f"{QUEUE}?ordine={order}").text]
    for _ in range(2):
        pages.append(anna.get(link(pages[-1], "next")).text)
    assert [numbers(page) for page in pages] == [wanted[:2], wanted[2:4], wanted[4:]]
    assert 'rel="next"' not in pages[-1]
    back = anna.get(link(pages[-1], "prev")).text
    assert numbers(back) == wanted[2:4]
    first = anna.get(link(back, "prev")).text
    assert numbers(first) == wanted[:2]
    assert 'rel="prev"' not in first


def link(html: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', html)
    assert found, rel
    return found[1].replace("&amp;", "&")


# --- the application


def test_detail_shows_answers_warnings_history_and_letters(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    id_ = staff_portal.id_of(number)
    staff_portal.run(
        lambda s: s.execute(
            text("insert into application_warning (application_id, field, code, text, found_at)"
                 " values (:id, 'pec', 'x.y', 'Guarda <bene> la PEC.', now())"), {"id": id_},
        )
    )  # fmt: skip
    browser = staff_portal.browser(AUDITOR)
    page = "".join(browser.get(f"{QUEUE}/{number}{tab}").text for tab in ("", "/dati", "/cronologia"))
    for words in ("Dati identificativi", "Società a responsabilità limitata (S.r.l.)", "Guarda &lt;bene&gt; la PEC.",
                  "Domanda inviata", "Ricevuta della domanda", "in coda", "Non indicati:", "Termine:"):  # fmt: skip
        assert words in page, words
    assert "passi/" not in page


def test_detail_lets_each_role_see_its_own_buttons(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    staff_portal.asked_opinion(number)
    for person, has_decision, has_release in (
        (ANNA, True, True), (MARCO, False, True), (SPECIALIST, False, False), (AUDITOR, False, False),
    ):  # fmt: skip
        page = staff_portal.browser(person).get(f"{QUEUE}/{number}").text
        assert ("decisione?esito" in page) == has_decision
        assert ("passi/rilascia" in page) == has_release
