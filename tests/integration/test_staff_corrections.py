"""Corrections as staff ask for them: steps that keep what was typed, the letter, who may, who was first."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.models import (
    Application,
    ApplicationWarning,
    InformationItem,
    InformationRequest,
)
from service.applications.states import State
from service.clock import local_date, utc_now
from service.documents.models import Document, DocumentVersion
from service.documents.states import Verdict
from service.jobs.models import Job
from service.mail.dates import day
from service.questionnaire import answer_day
from tests.support.staff_corrections import (
    CONTACTS_KEY,
    DURC_KEY,
    STREET_KEY,
    VAT_KEY,
    Form,
    asked,
    at,
    filled,
    round_card,
)
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]


def ticked(html: str) -> set[str]:
    """The ticks that are set."""
    boxes = re.findall(r'<input class="form-check-input"[^>]*>', html)
    return {re.search(r'value="([^"]*)"', box)[1] for box in boxes if " checked" in box}  # type: ignore[index]


def usual(portal: Portal, number: str) -> Form:
    return filled(
        portal, number,
        dato__sede__hq_street=("D06", "Sulla visura l'indirizzo è <un altro>."),
        sezione__referenti=("D01", "Manca il referente per la sicurezza."),
        documento__durc=("D03", "La seconda pagina non si legge."),
    )  # fmt: skip


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
    assert day(answer_day(local_date(), 10), "it") in page


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
        (DURC_KEY, "D03", "", "nota"),
        (STREET_KEY, "D06", "no", "nota"),
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
        ("section", "referenti", "", "", "D01", "Manca il referente per la sicurezza."),
        ("document", "", "", "durc", "D03", "La seconda pagina non si legge."),
    }
    assert len(staff_portal.rows(select(Job).where(Job.key.contains("information_request")))) == 1
    page = unescape(marco.get(at(number)).text)
    card = round_card(page)
    assert "Chieste da Marco Riva il" in card
    assert card.count("Non ancora") == 3
    assert "Sulla visura l'indirizzo è <un altro>." in card
    assert "Tocca all’impresa, entro il" in page
    story = unescape(marco.get(at(number, "cronologia")).text)
    assert "In valutazione → Integrazioni richieste · entro il" in story
    assert "Richiesta di integrazioni" in story  # among the letters, waiting
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
