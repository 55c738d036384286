"""Rounds of corrections as staff read them: more time, withdrawal, what came back, who is late."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.models import AddressChange, Application, InformationItem, InformationRequest
from service.applications.states import State
from service.audit.trail import AuditEvent, record
from service.clock import local_date, utc_now
from service.mail.dates import day
from service.mail.models import Delivery, DeliveryStatus
from service.questionnaire import answer_day
from tests.factories.corrections import CONTACTS, DURC, give_again, parsed
from tests.support.staff_corrections import answered, asked, at, filled, round_card
from tests.support.staff_portal import MARCO, Portal, staff_portal

__all__ = ["staff_portal"]


def asked_since(portal: Portal, number: str, *, days: int) -> None:
    """Move an application into the past."""
    earlier = utc_now() - timedelta(days=days)
    id_ = portal.id_of(number)
    portal.run(lambda s: s.execute(update(Application).where(Application.id == id_).values(submitted_at=earlier)))


def durc_heading(html: str) -> str:
    """Give the title of the DURC with its tags."""
    return html.split('id="doc-durc"', 1)[1].split("</div>", 1)[0]


def test_document_asked_again_says_so_until_a_new_file_has_come(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    page = marco.get(at(number, "documenti")).text
    assert "Chiesta una nuova versione" in durc_heading(page)
    assert page.count("Chiesta una nuova versione") == 1
    staff_portal.run(lambda s: give_again(s, s.get_one(Application, staff_portal.id_of(number)), "durc"))
    assert "Chiesta una nuova versione" not in marco.get(at(number, "documenti")).text


def test_letters_say_where_they_will_go_and_those_of_the_address_are_among_them(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    application = staff_portal.application(number)
    new, old = "nuovo.indirizzo@example.com", application.contact_email
    settings = staff_portal.settings
    staff_portal.run(lambda s: actions.ask_address_change(s, application.id, new, settings=settings))

    def row(name: str) -> str:
        table = marco.get(at(number, "cronologia")).text.split('id="tabella-messaggi"', 1)[1].split("</table>", 1)[0]
        return next(unescape(one) for one in table.split("<tr") if f">{name}<" in unescape(one))

    assert new in row("Conferma del nuovo indirizzo")
    assert old in row("Avviso: indirizzo in modifica")
    assert old in row("Richiesta di integrazioni")
    assert old not in row("Avviso all’Ufficio Acquisti")
    change = staff_portal.rows(select(AddressChange))[0]
    staff_portal.run(lambda s: s.add(Delivery(
        job_key=f"mail:email_change_confirm:{change.id}", message="email_change_confirm", about=change.id,
        to_address=new, subject="x", status=DeliveryStatus.SENT, started_at=utc_now(), sent_at=utc_now(),
    )))  # fmt: skip
    assert "<time" in row("Conferma del nuovo indirizzo")


def test_long_history_shows_its_newest_and_folds_the_rest_in_order(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    about = staff_portal.id_of(number)

    def tell(session: Session) -> None:
        for one in range(20):
            record(session, f"prova.{one:02}", about, by=MARCO)

    assert "Voci precedenti" not in marco.get(at(number, "cronologia")).text
    staff_portal.run(tell)
    card = marco.get(at(number, "cronologia")).text.split('id="storia"', 1)[1].split("</section>", 1)[0]
    folded, newest = card.split("</details>")
    assert "Voci precedenti" in folded
    assert re.findall(r"prova\.\d\d", newest) == [f"prova.{one:02}" for one in range(5, 20)]
    assert re.findall(r"prova\.\d\d", folded) == [f"prova.{one:02}" for one in range(5)]


# --- more time, withdrawal


def test_deadline_is_extended_once_with_its_letter(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    first = answer_day(local_date(), 10)
    later = answer_day(first, 10)
    path = at(number, "integrazioni/proroga")
    shown = marco.get(path).text
    assert day(later, "it") in shown
    assert "La proroga è una sola" in shown
    assert "/stato/…" in shown
    version = str(staff_portal.version(number))
    assert marco.post(path, data={"version": version}).status_code == 303
    (found,) = staff_portal.rows(select(InformationRequest))
    assert (found.deadline, found.extended_from) == (later, first)
    page = marco.get(at(number)).text
    assert "prorogato (era" in page
    assert "integrazioni/proroga" not in page
    assert "Termine delle integrazioni prorogato" in marco.get(at(number, "cronologia")).text
    for again in (marco.post(path, data={"version": version}), marco.get(path)):
        assert again.status_code == 409
    assert "la proroga è una sola" in marco.get(path).text


@pytest.mark.parametrize("make", [Portal.sent, Portal.reviewed, asked])
def test_withdrawal_on_request_says_who_asked_and_ends_the_round(
    staff_portal: Portal, make: Callable[[Portal], str]
) -> None:
    number, marco = make(staff_portal), staff_portal.browser(MARCO)
    assert f'href="{at(number, "ritiro")}"' in marco.get(at(number)).text
    shown = marco.get(at(number, "ritiro"))
    assert "E-mail che parte alla conferma" in shown.text
    version = str(staff_portal.version(number))
    empty = marco.post(at(number, "ritiro"), data={"version": version, "note": " "})
    assert empty.status_code == 422
    assert 'href="#note"' in empty.text
    long = marco.post(at(number, "ritiro"), data={"version": version, "note": "x" * 1001})
    assert long.status_code == 422
    assert "x" * 1001 in long.text
    done = marco.post(at(number, "ritiro"), data={"version": version, "note": "PEC di Mario Rossi del 3 luglio"})
    assert done.status_code == 303
    application = staff_portal.application(number)
    assert (application.state, application.internal_note) == (State.WITHDRAWN, "PEC di Mario Rossi del 3 luglio")
    told = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "application.withdrawn"))[0]
    assert told.by_subject == MARCO.subject
    page = marco.get(at(number)).text
    assert "La domanda è conclusa: Ritirata." in page
    assert "/ritiro" not in page
    assert "Tocca all’impresa" not in page
    assert "Oltre il termine" not in page
    again = marco.post(at(number, "ritiro"), data={"version": version, "note": "di nuovo"})
    assert again.status_code == 409
    assert marco.get(at(number, "ritiro")).status_code == 409


# --- what came back


def test_received_corrections_stand_first_old_beside_new_and_nothing_else(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    before = staff_portal.run(lambda s: s.get_one(Application, staff_portal.id_of(number)).content.answers["sede"])
    answered(staff_portal, number, "Via <Milano>")
    page = marco.get(at(number)).text
    card = round_card(page)
    assert "Integrazioni ricevute il" in card
    assert page.index('id="integrazioni"') < page.index('id="in-breve"')
    old, new = card.index(before["hq_street"]), card.index("Via <Milano>")
    assert card.index("Prima") < old < card.index("Ora") < new
    assert "Via <Milano>" not in page  # escaped
    assert before["hq_municipality"] not in card
    files = re.findall(r'href="(/gestione/documenti/[^"]*)"', card)
    assert len(files) == 2
    assert len(set(files)) == 2
    assert "Che cosa era stato chiesto (2)" in card
    assert card.count("Risposto") == 2
    assert "Integrazioni ricevute</strong>" in page  # the trail
    assert "Tocca all’impresa, entro" not in page


def test_reply_in_own_words_is_shown_beside_what_changed_in_an_asked_section(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal, CONTACTS, DURC), staff_portal.browser(MARCO)

    def work(session: Session) -> None:
        application = session.get_one(Application, staff_portal.id_of(number))
        own = application.content.answers["referenti"]
        good = parsed(**{**own, "sales_is_contact": False, "sales_last_name": "Nuovi"})
        actions.save_correction(session, application.id, "referenti", good, settings=staff_portal.settings)
        item = session.scalars(select(InformationItem).where(InformationItem.document_type == "durc")).one()
        actions.reply_to(session, application.id, item.id, "Quello inviato è l'<ultimo>.")
        actions.resubmit(session, application.id, settings=staff_portal.settings)

    staff_portal.run(work)
    card = round_card(marco.get(at(number)).text)
    assert "L’impresa risponde:</strong> Quello inviato è l'<ultimo>." in card
    assert "Nuovi" in card
    assert "cambiato di conseguenza" not in card


def test_every_round_stays_visible_the_last_one_first(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    answered(staff_portal, number, "Via Milano")
    form = filled(
        staff_portal, number, dato__anagrafica__vat_number=("D99", "La partita IVA risulta cessata da marzo.")
    )
    assert marco.post(at(number, "integrazioni"), data={**form, "passo": "conferma"}).status_code == 303
    page = marco.get(at(number)).text
    assert "La partita IVA risulta cessata da marzo." in round_card(page)
    assert "Via Milano" not in round_card(page)
    folded = page[page.index('id="integrazioni-precedenti"') : page.index('id="in-breve"')]
    assert "Via Milano" in folded
    assert "Integrazioni ricevute il" in folded


def test_address_changes_are_told_with_what_became_of_them(staff_portal: Portal) -> None:
    number, now = staff_portal.sent(), utc_now()
    about = staff_portal.id_of(number)

    def add(session: Session) -> None:
        for n, (days, confirmed, ended) in enumerate(((3, None, now), (2, now, None), (0, None, None))):
            session.add(AddressChange(
                id=uuid4(), application_id=about, old_email=f"vecchio{n}@ditta.it", new_email=f"nuovo{n}@ditta.it",
                asked_at=now - timedelta(days=days), expires_at=now + timedelta(days=1 - days),
                confirmed_at=confirmed, ended_at=ended,
            ))  # fmt: skip

    assert "Indirizzo e-mail dell’impresa" not in staff_portal.browser(MARCO).get(at(number, "cronologia")).text
    staff_portal.run(add)
    page = staff_portal.browser(MARCO).get(at(number, "cronologia")).text
    told = page[page.index('id="indirizzo"') :]
    assert told.index("vecchio2@ditta.it → nuovo2@ditta.it, chiesto il") < told.index("Indirizzo in modifica")
    assert told.index("vecchio1@ditta.it → nuovo1@ditta.it") < told.index("Cambiato il")
    assert told.index("vecchio0@ditta.it → nuovo0@ditta.it") < told.index("Non confermato")


# --- the promise


def test_late_is_told_and_stands_still_while_the_company_has_the_ball(staff_portal: Portal) -> None:
    late, waiting, fresh = staff_portal.reviewed(1), asked(staff_portal, n=2), staff_portal.sent(3)
    marco = staff_portal.browser(MARCO)
    for number in (late, waiting):
        asked_since(staff_portal, number, days=60)

    def lines() -> dict[str, str]:
        page = marco.get("/gestione/richieste").text
        rows = re.findall(r"<tr role=\"row\">\n(?:<td.{,300}?</td>)?<th scope=\"row\".*?</tr>", page, re.DOTALL)
        return {re.search(r">(P-[\d-]+)<", row)[1]: row for row in rows}  # type: ignore[index]

    found = lines()
    assert {number for number, row in found.items() if "In ritardo" in row} == {late}
    assert "Integrazioni richieste" in found[waiting]
    assert "entro il" in found[waiting]
    assert "entro il" not in found[fresh]
    assert "Oltre il termine" in marco.get(at(late)).text
    assert "Oltre il termine" not in marco.get(at(waiting)).text
    # asked sixty days ago: the days the company took are given back, and it is not late when it answers
    long_ago = utc_now() - timedelta(days=60)
    staff_portal.run(lambda s: s.execute(update(InformationRequest).values(asked_at=long_ago)))
    answered(staff_portal, waiting)
    assert "In ritardo" not in lines()[waiting]
    assert "Integrazioni ricevute" in lines()[waiting]
    assert "Oltre il termine" not in marco.get(at(waiting)).text


def test_queue_and_dashboard_count_those_that_wait_for_the_company(staff_portal: Portal) -> None:
    waiting, _other = asked(staff_portal), staff_portal.reviewed(2)
    marco = staff_portal.browser(MARCO)
    dashboard = marco.get("/gestione").text
    assert re.search(r'richieste\?stato=information_requested"><b>1</b><span>Integrazioni richieste', dashboard)
    page = marco.get("/gestione/richieste?stato=information_requested").text
    assert re.findall(r">(P-\d{4}-\d{4})</a>", page) == [waiting]


def test_rounds_of_a_page_of_the_queue_are_read_at_once(staff_portal: Portal) -> None:
    numbers = [asked(staff_portal, n=n) for n in (1, 2, 3)]
    marco, seen = staff_portal.browser(MARCO), []

    def listener(*arguments: Any) -> None:
        seen.append(str(arguments[2]))

    event.listen(staff_portal.app.state.engine, "before_cursor_execute", listener)
    marco.get("/gestione/richieste")
    event.remove(staff_portal.app.state.engine, "before_cursor_execute", listener)
    assert len([one for one in seen if "information_request" in one and "FROM information_request" in one]) == 1
    assert not [one for one in seen if "information_item" in one]
    assert staff_portal.rows(select(func.count()).select_from(InformationRequest)) == [len(numbers)]
