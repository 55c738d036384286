"""The queue's page: its form, headings, rows and addresses; saved views; the way to the next; what it asks for."""

import re
from html import unescape

import pytest
from sqlalchemy import event, select

from service.applications.desk.models import SavedView
from service.clock import local_date
from service.web.dates import since
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, Portal, staff_portal

__all__ = ["staff_portal"]
QUEUE = "/gestione/richieste"
VIEWS = f"{QUEUE}/viste"


def rows(html: str) -> list[str]:
    return re.findall(r">(P-\d{4}-\d{4})</a>", html)


def test_form_shows_what_is_chosen_and_stays_open(staff_portal: Portal) -> None:
    number = staff_portal.reviewed(1, by=MARCO)
    anna = staff_portal.browser(ANNA)
    page = anna.get(f"{QUEUE}?provincia=lo&segnale=answered&eta=0").text
    assert '<form method="get" action="/gestione/richieste" class="card mb-3" role="search"' in page
    assert '<details class="icri-fold" open>' in page
    assert 'name="provincia" value="Lodi"' in page
    assert 'value="answered" checked' in page
    assert "sede «Lodi», «Integrazioni ricevute»" in page
    assert not rows(page)
    page = anna.get(f"{QUEUE}?assegnatario=marco").text
    assert '<details class="icri-fold">' in page
    assert '<option value="marco" selected>Marco Riva</option>' in page
    assert "assegnata «Marco Riva»" in page
    assert rows(page) == [number]
    assert '<option value="marco"' not in staff_portal.browser(MARCO).get(QUEUE).text, "oneself is «A me»"


def test_days_are_typed_told_and_kept(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    anna, today = staff_portal.browser(ANNA), local_date()
    page = anna.get(f"{QUEUE}?ricevuta-dal={today:%d/%m/%Y}&ricevuta-al=&decisa-dal=&decisa-al=").text
    assert '<details class="icri-fold" open>' in page
    assert f'name="ricevuta-dal" value="{today:%d/%m/%Y}"' in page
    assert f"ricevuta {since(today, short=True)}." in unescape(page)
    assert rows(page) == [number]
    assert f'name="filtro" value="ricevuta-dal={today}"' in page, "acts on all of the filter"
    page = anna.get(f"{QUEUE}?decisa-dal=2024-11-18&decisa-al=2024-11-24").text
    assert "decisa dal 18/11/2024 al 24/11/2024" in page
    assert not rows(page)
    assert "decisa fino all’08/11/2024" in unescape(anna.get(f"{QUEUE}?decisa-al=2024-11-08").text)
    saved = anna.post(f"{VIEWS}/nuova", data={"filtro": f"decisa-dal=&ricevuta-al={today:%d/%m/%Y}", "nome": "Oggi"})
    assert saved.headers["location"] == f"{QUEUE}?ricevuta-al={today}"


def test_day_that_is_none_is_told_and_hides_the_rows(staff_portal: Portal) -> None:
    staff_portal.sent()
    answer = staff_portal.browser(ANNA).get(f"{QUEUE}?ricevuta-al=31/2/2026&ricevuta-dal=1/2/2026")
    assert answer.status_code == 422
    assert '<a href="#ricevuta-al">Scrivi la data come 31/12/2026.</a>' in answer.text
    assert 'name="ricevuta-al" value="31/2/2026"' in answer.text
    assert 'name="ricevuta-dal" value="01/02/2026"' in answer.text
    assert not rows(answer.text)
    assert 'id="azioni"' not in answer.text
    assert "richieste.csv" not in answer.text
    assert "viste/nuova" not in answer.text


def test_rows_carry_days_term_person_and_marks(staff_portal: Portal) -> None:
    number = staff_portal.reviewed(1, by=MARCO)
    page = staff_portal.browser(ANNA).get(QUEUE).text
    row = page.split(f">{number}</a>")[1].split("</tr>")[0]
    assert 'data-label="Assegnata a">Marco Riva<' in row
    assert 'data-label="Giorni">0<' in row
    assert re.search(r'data-label="Termine">\d\d/\d\d/\d{4}<', row)
    assert "In valutazione" in row


def test_headings_turn_the_order_and_keep_the_filter(staff_portal: Portal) -> None:
    made = [staff_portal.sent(n) for n in (1, 2)]
    anna = staff_portal.browser(ANNA)
    page = anna.get(f"{QUEUE}?categoria=SC").text
    assert page.count("aria-sort") == 1
    turn = unescape(re.search(r'aria-sort="ascending"><a class="icri-tap" href="([^"]+)">Ricevuta', page)[1])  # type: ignore[index]
    assert turn == f"{QUEUE}?categoria=SC&ordine=recenti"
    page = anna.get(turn).text
    assert 'aria-sort="descending"' in page
    assert rows(page) == made[::-1]
    by_name = unescape(re.search(r'href="([^"]+)">Società', page)[1])  # type: ignore[index]
    names = [staff_portal.application(number).name.lower() for number in rows(anna.get(by_name).text)]
    assert names == sorted(names)


def test_bulk_and_exports_come_with_their_pages(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    page = staff_portal.browser(ANNA).get(f"{QUEUE}?categoria=SC").text
    assert f'form="azioni" aria-label="Seleziona {number}"' in page
    assert '<form id="azioni" method="post" action="/gestione/richieste/azioni"' in page
    assert '<input type="hidden" name="filtro" value="categoria=SC">' in page
    assert 'href="/gestione/richieste.csv?categoria=SC"' in page
    assert 'id="azioni"' not in staff_portal.browser(AUDITOR).get(QUEUE).text
    assert '<option value="approve">' not in staff_portal.browser(MARCO).get(QUEUE).text


# --- what it costs


def test_queue_never_skips_rows_nor_counts_all(staff_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.applications.queue.PAGE", 1)
    staff_portal.reviewed(1)
    staff_portal.sent(2)
    anna, log = staff_portal.browser(ANNA), []
    event.listen(staff_portal.app.state.engine, "before_cursor_execute", lambda *given: log.append(given[2].lower()))
    page = anna.get(f"{QUEUE}?ordine=nome").text
    onward = unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])  # type: ignore[index]
    for address in (
        QUEUE, onward, f"{QUEUE}?stato=&q=bianchi+lodi&ordine=recenti", f"{QUEUE}?ordine=in-carico&assegnatario=nobody",
        f"{QUEUE}?segnale=late&segnale=answered&segnale=held&voce=L10&provincia=LO&eta=3", f"{QUEUE}/prossima",
    ):  # fmt: skip
        assert anna.get(address).status_code in {200, 303}
    about = [one for one in log if re.search(r"\b(from|join) application\b", one)]
    assert len(about) > 12
    for one in about:
        assert " offset " not in one
        # the row, a page of rows, or a count that stops: nothing reads the whole table
        assert re.search(r"limit (%\(|\d)|application\.id in|recursive", one), one


# --- saved views


def test_view_is_saved_shown_renamed_and_deleted(staff_portal: Portal) -> None:
    staff_portal.sent()
    marco = staff_portal.browser(MARCO)
    page = marco.get(f"{QUEUE}?assegnatario=me&segnale=late&ordine=recenti&dopo=x").text
    new = unescape(re.search(r'href="([^"]+/viste/nuova[^"]*)"', page)[1])  # type: ignore[index]
    form = marco.get(new).text
    assert "assegnata «A me», «In ritardo»" in form
    query = unescape(re.search(r'name="filtro" value="([^"]+)"', form)[1])  # type: ignore[index]
    answer = marco.post(f"{VIEWS}/nuova", data={"filtro": query, "nome": "  Le mie   in ritardo "})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{QUEUE}?assegnatario=me&segnale=late&ordine=recenti"
    page = marco.get(answer.headers["location"]).text
    assert "La vista «Le mie in ritardo» è salvata." in page
    assert 'aria-current="true">Le mie in ritardo</a>' in page
    (view,) = staff_portal.rows(select(SavedView))
    assert view.subject == "marco"
    assert "Le mie in ritardo" in marco.get(f"{VIEWS}/{view.id}/rinomina").text
    assert marco.post(f"{VIEWS}/{view.id}/rinomina", data={"nome": "Ritardi"}).status_code == 303
    assert "Ritardi" in marco.get(VIEWS).text
    assert "Elimina la vista" in marco.get(f"{VIEWS}/{view.id}/elimina").text
    assert len(staff_portal.rows(select(SavedView))) == 1, "a GET deletes nothing"
    assert marco.post(f"{VIEWS}/{view.id}/elimina").headers["location"] == VIEWS
    assert not staff_portal.rows(select(SavedView))
    assert "Non hai ancora nessuna vista" in marco.get(VIEWS).text


def test_wrong_name_of_a_view_is_told_and_kept(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    assert marco.post(f"{VIEWS}/nuova", data={"filtro": "categoria=SC", "nome": "Una"}).status_code == 303
    for name, told in (("", "Scrivi un nome"), (" UNA ", "una vista con questo nome"), ("x" * 61, "al massimo 60")):
        answer = marco.post(f"{VIEWS}/nuova", data={"filtro": "categoria=DI&boh=1", "nome": name})
        assert answer.status_code == 422
        assert told in unescape(answer.text)
        assert f'value="{name.strip()}"' in answer.text
        assert 'name="filtro" value="categoria=DI"' in answer.text
    assert staff_portal.browser(ANNA).post(f"{VIEWS}/nuova", data={"nome": "Una"}).status_code == 303, "her own"
    (kept,) = staff_portal.rows(select(SavedView).where(SavedView.subject == "marco"))
    assert marco.post(f"{VIEWS}/{kept.id}/rinomina", data={"nome": "UNA"}).status_code == 303, "of itself it may"
    assert marco.post(f"{VIEWS}/{kept.id}/rinomina", data={"nome": ""}).status_code == 422


def test_views_are_at_most_twenty(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    answers = [marco.post(f"{VIEWS}/nuova", data={"nome": f"Vista {n}"}).status_code for n in range(21)]
    assert answers == [303] * 20 + [422]
    assert len(staff_portal.rows(select(SavedView))) == 20


def test_view_of_somebody_else_is_as_missing_as_none(staff_portal: Portal) -> None:
    marco, anna = staff_portal.browser(MARCO), staff_portal.browser(ANNA)
    marco.post(f"{VIEWS}/nuova", data={"nome": "Mia"})
    (view,) = staff_portal.rows(select(SavedView))
    missing = "00000000-0000-4000-8000-000000000000"
    for step in ("rinomina", "elimina"):
        for method in ("GET", "POST"):
            data = {"nome": "Sua"} if method == "POST" else None
            there = anna.request(method, f"{VIEWS}/{view.id}/{step}", data=data)
            assert there.status_code == 404
            assert there.content == anna.request(method, f"{VIEWS}/{missing}/{step}", data=data).content
    assert "Mia" not in anna.get(QUEUE).text
    assert staff_portal.rows(select(SavedView.name)) == ["Mia"]
    assert staff_portal.browser(ADMIN).get(VIEWS).status_code == 403


# --- next to work


def test_next_leads_to_an_application_or_says_there_is_none(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    answer = marco.get(f"{QUEUE}/prossima")
    assert answer.headers["location"] == QUEUE
    assert "nient’altro da lavorare" in marco.get(QUEUE).text
    first, second = staff_portal.sent(1), staff_portal.sent(2)
    assert marco.get(f"{QUEUE}/prossima").headers["location"] == f"{QUEUE}/{first}"
    assert marco.get(f"{QUEUE}/prossima?dopo={first}").headers["location"] == f"{QUEUE}/{second}"
    assert marco.get(f"{QUEUE}/prossima?dopo=%00x").headers["location"] == f"{QUEUE}/{first}"
    assert f'href="{QUEUE}/prossima"' in marco.get(QUEUE).text
    auditor = staff_portal.browser(AUDITOR)
    assert f'href="{QUEUE}/prossima"' not in auditor.get(QUEUE).text
    assert auditor.get(f"{QUEUE}/prossima").status_code == 403
