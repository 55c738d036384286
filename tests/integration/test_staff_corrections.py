"""Corrections as staff ask for them and read them: steps keep what was typed, the letter, who may, who was first."""

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
from service.applications.models import (
    AddressChange,
    Application,
    ApplicationWarning,
    InformationItem,
    InformationRequest,
)
from service.applications.states import State
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.documents.models import Document, DocumentVersion
from service.documents.states import Verdict
from service.jobs.models import Job
from service.mail.dates import day
from tests.factories.corrections import CONTACTS, DURC, STREET, give_again, parsed
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]
STREET_KEY, VAT_KEY = "dato.sede.hq_street", "dato.anagrafica.vat_number"
CONTACTS_KEY, DURC_KEY = "sezione.referenti", "documento.durc"
Form = dict[str, Any]


def at(number: str, rest: str = "") -> str:
    return f"/gestione/richieste/{number}" + (f"/{rest}" if rest else "")


def ticked(html: str) -> set[str]:
    """The ticks that are set."""
    boxes = re.findall(r'<input class="form-check-input"[^>]*>', html)
    return {re.search(r'value="([^"]*)"', box)[1] for box in boxes if " checked" in box}  # type: ignore[index]


def filled(portal: Portal, number: str, **reasons: tuple[str, str]) -> Form:
    """What the last two steps post: ticks with code and sentence; `__` stands for a dot."""
    keys = {name.replace("__", "."): reason for name, reason in reasons.items()}
    form: Form = {"version": str(portal.version(number)), "voce": [*keys]}
    for key, (code, note) in keys.items():
        form |= {f"codice.{key}": code, f"nota.{key}": note}
    return form


def usual(portal: Portal, number: str) -> Form:
    return filled(
        portal, number,
        dato__sede__hq_street=("D06", "Sulla visura l'indirizzo è <un altro>."),
        sezione__referenti=("D01", ""),
        documento__durc=("D03", "La seconda pagina non si legge."),
    )  # fmt: skip


def asked(portal: Portal, *wanted: actions.Wanted, n: int = 1) -> str:
    """An application of which Marco has asked corrections."""
    number = portal.reviewed(n)
    version, id_ = portal.version(number), portal.id_of(number)
    portal.run(lambda s: actions.request_information(s, id_, version=version, by=MARCO, settings=portal.settings,
                                                     wanted=wanted or (STREET, DURC)))  # fmt: skip
    return number


def answered(portal: Portal, number: str, street: str = "Via Milano") -> None:
    """Let the applicant correct the street and give the DURC again, and send it."""

    def work(session: Session) -> None:
        application = session.get_one(Application, portal.id_of(number))
        actions.save_correction(session, application.id, "sede", parsed(hq_street=street), settings=portal.settings)
        give_again(session, application, "durc")
        actions.resubmit(session, application.id, settings=portal.settings)

    portal.run(work)


def asked_since(portal: Portal, number: str, *, days: int) -> None:
    """Move an application into the past."""
    earlier = utc_now() - timedelta(days=days)
    id_ = portal.id_of(number)
    portal.run(lambda s: s.execute(update(Application).where(Application.id == id_).values(submitted_at=earlier)))


def round_card(html: str) -> str:
    found = re.search(r'<section class="card[^>]*aria-labelledby="integrazioni">.*?</section>', html, re.DOTALL)
    assert found
    return unescape(found[0])


# --- what may be asked


def test_choice_lists_every_answer_and_document_with_what_was_sent(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    assert f'href="{at(number, "integrazioni")}"' in marco.get(at(number)).text
    page = unescape(marco.get(at(number, "integrazioni")).text)
    answers = staff_portal.run(lambda s: dict(s.get_one(Application, staff_portal.id_of(number)).content.answers))
    for key in (STREET_KEY, VAT_KEY, CONTACTS_KEY, DURC_KEY, "sezione.dichiarazioni"):
        assert f'value="{key}"' in page, key
    assert answers["sede"]["hq_street"] in page
    assert answers["anagrafica"]["vat_number"] in page
    assert "durc.pdf, del" in page
    assert "avvio.legal_category" not in page
    assert "avvio.contact_email" not in page
    assert ticked(page) == set()
    assert day(local_date() + timedelta(days=10), "it") in page


def test_choice_begins_with_what_is_refused_missing_or_expired(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)

    def spoil(session: Session) -> None:
        def last(code: str) -> DocumentVersion:
            return session.scalars(select(DocumentVersion).join(Document).where(Document.type == code)).one()

        refused = last("durc")
        refused.verdict, refused.reason_code, refused.reason_text = Verdict.REJECTED, "D08", "Manca pagina 2."
        last("register_extract").expires_on = local_date() - timedelta(days=1)
        session.add(ApplicationWarning(application_id=staff_portal.id_of(number), field="hq_zip", code="cap",
                                       text="Il CAP è generico.", found_at=utc_now()))  # fmt: skip

    staff_portal.run(spoil)
    page = marco.get(at(number, "integrazioni")).text
    assert ticked(page) == {DURC_KEY, "documento.register_extract"}
    assert re.search(r'<details class="icri-question" id="g-sede" open>', page)
    assert re.search(r'<details class="icri-question" id="g-referenti">', page)
    assert "Da verificare: Il CAP è generico." in page.replace("</span>", "").replace("\n", " ")
    form = filled(staff_portal, number, documento__durc=("D08", "Manca pagina 2."),
                  documento__register_extract=("D02", ""))  # fmt: skip
    for name, value in form.items():
        if name.startswith("codice.") or name == "nota.documento.durc":
            assert f'name="{name}" value="{value}"' in page, name
    reasons = marco.post(at(number, "integrazioni"), data={**form, "passo": "motivi"}).text
    assert 'value="D08" selected' in reasons
    assert "Manca pagina 2.</textarea>" in reasons


def test_nothing_or_too_much_ticked_is_said_and_kept(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    page = marco.get(at(number, "integrazioni")).text
    every = re.findall(r'name="voce" id="([^"]*)"', page)
    assert len(every) > 60
    form = filled(staff_portal, number)
    nothing = marco.post(at(number, "integrazioni"), data={**form, "passo": "motivi"})
    assert nothing.status_code == 422
    assert 'href="#voci"' in nothing.text
    assert "Scegli almeno un dato" in nothing.text
    much = marco.post(at(number, "integrazioni"), data={**form, "passo": "motivi", "voce": every[:61]})
    assert much.status_code == 422
    assert "Hai scelto 61 voci: al massimo 60." in much.text
    assert ticked(much.text) == set(every[:61])
    enough = marco.post(at(number, "integrazioni"), data={**form, "passo": "motivi", "voce": every[:60]})
    assert enough.status_code == 200


# --- why


def test_reasons_fit_the_kind_of_thing(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    page = marco.post(at(number, "integrazioni"), data={**usual(staff_portal, number), "passo": "motivi"}).text
    street, durc = (re.search(rf'<select[^>]*id="codice.{key}".*?</select>', page, re.DOTALL)[0]  # type: ignore[index]
                    for key in (STREET_KEY, DURC_KEY))  # fmt: skip
    assert "D06 · Il dato è diverso da quello che risulta dai documenti" in street
    assert "D08" not in street
    assert "D08 · Mancano delle pagine" in durc


@pytest.mark.parametrize(
    ("key", "code", "note", "place"),
    [
        (STREET_KEY, "", "", "codice"),
        (STREET_KEY, "D08", "", "codice"),
        (STREET_KEY, "R01", "", "codice"),
        (DURC_KEY, "D99", "troppo breve", "nota"),
        (DURC_KEY, "D03", "x" * 1001, "nota"),
    ],
)
def test_wrong_reason_answers_422_at_the_field_and_keeps_everything(
    staff_portal: Portal, key: str, code: str, note: str, place: str
) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    form = usual(staff_portal, number) | {f"codice.{key}": code, f"nota.{key}": note}
    answer = marco.post(at(number, "integrazioni"), data={**form, "passo": "anteprima"})
    assert answer.status_code == 422
    assert f'href="#{place}.{key}"' in answer.text
    assert f'id="{place}.{key}-e"' in answer.text
    assert note in answer.text
    assert "Sulla visura" in answer.text or key == STREET_KEY
    assert set(re.findall(r'name="voce" value="([^"]*)"', answer.text)) == set(form["voce"])
    assert staff_portal.application(number).state == State.UNDER_REVIEW


def test_going_back_to_the_choice_keeps_ticks_and_sentences_of_what_is_unticked_too(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    form = usual(staff_portal, number)
    choice = marco.post(at(number, "integrazioni"), data={**form, "passo": "scelta"})
    assert choice.status_code == 200
    assert ticked(choice.text) == {STREET_KEY, CONTACTS_KEY, DURC_KEY}
    assert 'name="nota.documento.durc" value="La seconda pagina non si legge."' in choice.text
    fewer = marco.post(at(number, "integrazioni"), data={**form, "passo": "motivi", "voce": [STREET_KEY]}).text
    assert 'id="codice.documento.durc"' not in fewer
    assert 'name="nota.documento.durc" value="La seconda pagina non si legge."' in fewer


# --- the letter and the act


def test_preview_is_the_letter_and_leaves_nothing(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    before = staff_portal.version(number)
    form = usual(staff_portal, number) | {"passo": "anteprima"}
    page = unescape(marco.post(at(number, "integrazioni"), data=form).text)
    assert "integrazioni richieste entro" in page
    assert "Il dato è diverso da quello che risulta dai documenti - Sulla visura l'indirizzo è <un altro>." in page
    assert "- DURC - Il documento è illeggibile - La seconda pagina non si legge." in page
    assert "/stato/…" in page
    assert "3 voci da correggere" in page
    assert staff_portal.application(number).state == State.UNDER_REVIEW
    assert staff_portal.version(number) == before
    assert staff_portal.rows(select(InformationRequest)) == []
    assert staff_portal.rows(select(Job).where(Job.key.contains("information_request"))) == []


def test_confirmed_request_is_asked_once_and_told(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    form = usual(staff_portal, number)
    done = marco.post(at(number, "integrazioni"), data={**form, "passo": "conferma"})
    assert (done.status_code, done.headers["location"]) == (303, at(number))
    items = {(one.kind.value, one.section, one.field, one.document_type, one.code, one.note)
             for one in staff_portal.rows(select(InformationItem))}  # fmt: skip
    assert items == {
        ("field", "sede", "hq_street", "", "D06", "Sulla visura l'indirizzo è <un altro>."),
        ("section", "referenti", "", "", "D01", ""),
        ("document", "", "", "durc", "D03", "La seconda pagina non si legge."),
    }
    assert len(staff_portal.rows(select(Job).where(Job.key.contains("information_request")))) == 1
    page = unescape(marco.get(at(number)).text)
    card = round_card(page)
    assert "Chieste da Marco Riva il" in card
    assert card.count("Non ancora") == 3
    assert "Sulla visura l'indirizzo è <un altro>." in card
    assert "Tocca all’impresa, entro il" in page
    assert "In valutazione → Integrazioni richieste · entro il" in page
    assert "Richiesta di integrazioni" in page  # among the letters, waiting
    again = marco.post(at(number, "integrazioni"), data={**form, "passo": "conferma"})
    assert again.status_code == 409
    assert "Le integrazioni sono già state chieste da Marco Riva" in again.text


@pytest.mark.parametrize("step", ["motivi", "scelta", "anteprima", "conferma"])
def test_second_clerk_reads_who_asked_first(staff_portal: Portal, step: str) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    form = usual(staff_portal, number)
    staff_portal.browser(MARCO).post(at(number, "integrazioni"), data={**form, "passo": "conferma"})
    late = anna.post(at(number, "integrazioni"), data={**form, "passo": step})
    assert late.status_code == 409
    assert re.search(r"già state chieste da Marco Riva il [\d/]+ alle \d\d:\d\d\. Nulla è cambiato\.", late.text)
    assert len(staff_portal.rows(select(InformationRequest))) == 1


def test_application_that_changed_hands_meanwhile_is_not_asked_about(staff_portal: Portal) -> None:
    number, marco = staff_portal.reviewed(), staff_portal.browser(MARCO)
    form = usual(staff_portal, number)

    def hand_over(session: Session) -> None:
        for move in (actions.release_review, actions.start_review):
            seen = session.get_one(Application, staff_portal.id_of(number)).version
            move(session, staff_portal.id_of(number), version=seen, by=ANNA)

    staff_portal.run(hand_over)
    late = marco.post(at(number, "integrazioni"), data={**form, "passo": "conferma"})
    assert late.status_code == 409
    assert "Anna Bassi" in late.text
    assert marco.post(at(number, "integrazioni"), data={**form, "version": "²"}).status_code == 409
    assert staff_portal.rows(select(InformationRequest)) == []


@pytest.mark.parametrize(("person", "status"), [(AUDITOR, 403), (SPECIALIST, 403), (ADMIN, 404), (SUPPLIER, 404)])
def test_others_than_reviewers_ask_extend_and_withdraw_nothing(
    staff_portal: Portal, person: Any, status: int
) -> None:  # fmt: skip
    reviewed, waiting = staff_portal.reviewed(1), asked(staff_portal, n=2)
    browser = staff_portal.browser(person)
    form = usual(staff_portal, reviewed) | {"passo": "conferma", "note": "PEC di oggi"}
    for number, path in ((reviewed, "integrazioni"), (waiting, "integrazioni/proroga"), (reviewed, "ritiro")):
        form["version"] = str(staff_portal.version(number))
        assert browser.get(at(number, path)).status_code == status, path
        assert browser.post(at(number, path), data=form).status_code == status, path
    assert staff_portal.application(reviewed).state == State.UNDER_REVIEW
    assert staff_portal.application(waiting).state == State.INFORMATION_REQUESTED
    if status == 403:
        seen = browser.get(at(reviewed)).text + browser.get(at(waiting)).text
        assert f'{at(reviewed, "integrazioni")}"' not in seen
        assert f'{at(waiting, "integrazioni/proroga")}"' not in seen
        assert "/ritiro" not in seen
    else:
        foreign, missing = browser.get(at(reviewed, "integrazioni")), browser.get(at("P-2026-9999", "integrazioni"))
        assert foreign.text == missing.text


def test_pages_of_a_missing_application_and_of_one_not_in_review(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    for path in ("integrazioni", "integrazioni/proroga", "ritiro"):
        assert marco.get(at("P-2026-9999", path)).status_code == 404
    assert marco.get(at(number, "integrazioni")).status_code == 409
    assert marco.get(at(number, "integrazioni/proroga")).status_code == 409
    assert "Chiedi integrazioni" not in marco.get(at(number)).text


# --- more time, withdrawal


def test_deadline_is_extended_once_with_its_letter(staff_portal: Portal) -> None:
    number, marco = asked(staff_portal), staff_portal.browser(MARCO)
    later = local_date() + timedelta(days=20)
    path = at(number, "integrazioni/proroga")
    shown = marco.get(path).text
    assert day(later, "it") in shown
    assert "La proroga è una sola" in shown
    assert "/stato/…" in shown
    version = str(staff_portal.version(number))
    assert marco.post(path, data={"version": version}).status_code == 303
    (found,) = staff_portal.rows(select(InformationRequest))
    assert (found.deadline, found.extended_from) == (later, local_date() + timedelta(days=10))
    page = marco.get(at(number)).text
    assert "prorogato (era" in page
    assert "integrazioni/proroga" not in page
    assert "Termine delle integrazioni prorogato" in page
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
    assert page.index('id="integrazioni"') < page.index('id="s-avvio"')
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
        name = next(one for one in own if one.endswith("_last_name") and not one.startswith("sales"))
        actions.save_correction(session, application.id, "referenti", parsed(**{**own, name: "Nuovi"}),
                                settings=staff_portal.settings)  # fmt: skip
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
    folded = page[page.index('id="integrazioni-precedenti"') : page.index('id="s-avvio"')]
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

    assert "Indirizzo e-mail dell’impresa" not in staff_portal.browser(MARCO).get(at(number)).text
    staff_portal.run(add)
    page = staff_portal.browser(MARCO).get(at(number)).text
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
        rows = re.findall(r"<tr>\n<th scope=\"row\".*?</tr>", marco.get("/gestione/richieste").text, re.DOTALL)
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
