"""The desk on the staff's pages: checks, verdicts on sections, notes, opinions, and what a specialist finds there."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from service.access.principal import Area, Principal, Role
from service.administration.states import EditionKind
from service.applications import actions
from service.applications.desk.actions import judge_section, record_check
from service.applications.desk.models import InternalNote, Opinion, SectionVerdict, Verification
from service.applications.desk.states import CheckKind, CheckResult, SectionVerdictKind
from service.clock import local_date
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.web.dates import short_day
from tests.support.administration import _defaults_again, change
from tests.support.sample_files import image, pdf
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["_defaults_again", "staff_portal"]
QUALITY = Principal("rita", "Rita Mori", frozenset({Role.SPECIALIST, Role.SPECIALIST_QUALITY}))
NOTE = "Nota che l’impresa non deve leggere mai"


def form() -> dict[str, str]:
    """A check as its form sends it, of today."""
    return {"result": "positive", "checked_on": short_day(local_date()), "source": "", "note": "", "seen": "0"}


@pytest.fixture
def number(staff_portal: Portal) -> str:
    """One in review of which nothing was checked; Marco reviews."""
    sent = staff_portal.sent()
    identity, version = staff_portal.id_of(sent), staff_portal.version(sent)
    staff_portal.run(lambda s: actions.start_review(s, identity, version=version, by=MARCO))
    return sent


def path(number: str, *parts: object) -> str:
    return "/".join(("/gestione/richieste", number, *map(str, parts)))


def region(html: str, anchor: str) -> str:
    """The card of the page with this heading."""
    found = re.search(rf'<section class="card[^"]*" aria-labelledby="{anchor}">.*?\n</section>', html, re.DOTALL)
    assert found, anchor
    return unescape(found[0])


def row(html: str, label: str) -> str:
    rows: list[str] = re.findall(r"<tr role.*?</tr>", region(html, "verifiche"), re.DOTALL)
    return next(one for one in rows if f"<strong>{label}</strong>" in one)


def file_of(portal: Portal, code: str) -> DocumentFile:
    query = select(DocumentFile).join(DocumentVersion).join(Document).where(Document.type == code)
    found: DocumentFile = portal.rows(query)[0]
    return found


# checks


def test_due_checks_stand_on_the_page_with_gaps_sources_and_buttons(staff_portal: Portal, number: str) -> None:
    page = staff_portal.browser(MARCO).get(path(number, "verifiche")).text
    durc = row(page, "DURC")
    here = path(number, "verifiche/durc_online")
    for words in ("Non verificata", "tag-bad", "Senza esito positivo non si accetta.", f'href="{here}"',
                  'href="https://www.inps.it/" target="_blank" rel="noopener noreferrer"'):  # fmt: skip
        assert words in durc, words
    assert "3 impediscono di accettare" in page
    assert "Senza esito positivo" not in row(page, "PEC")


def test_record_a_check_by_its_form(staff_portal: Portal, number: str) -> None:
    marco, here = staff_portal.browser(MARCO), path(number, "verifiche/durc_online")
    shown = marco.get(here).text
    assert f'value="{short_day(local_date())}"' in shown
    assert 'value="Durc On Line"' in shown
    version = str(re.search(r'<option value="([0-9a-f-]{36})">DURC', shown)[1])  # type: ignore[index]
    sent = form() | {"version_id": version, "note": "Regolare fino a marzo.", "source": "Durc On Line"}
    answer = marco.post(here, data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path(number, 'verifiche')}#verifiche")
    (made,) = staff_portal.rows(select(Verification))
    assert (made.kind, made.result, made.checked_on) == ("durc_online", "positive", local_date())
    assert made.document_sha256 == file_of(staff_portal, "durc").sha256
    page = marco.get(path(number, "verifiche")).text
    for words in ("Positivo", "Regolare fino a marzo.", "Marco Riva", short_day(local_date())):
        assert words in row(page, "DURC")
    assert "La verifica «DURC» è registrata." in unescape(page)
    assert "Verifica registrata" in marco.get(path(number, "cronologia")).text
    again = unescape(marco.get(here).text)
    assert "Esiti registrati" in again
    assert "DURC, " in again


def test_wrong_check_keeps_what_was_typed(staff_portal: Portal, number: str) -> None:
    marco, tomorrow = staff_portal.browser(MARCO), f"{local_date() + timedelta(days=1):%d/%m/%Y}"
    for changes, field, words in (
        ({"result": ""}, "result", "Scegli l’esito."),
        ({"result": "splendid"}, "result", "Scegli l’esito."),
        ({"checked_on": "31/02/2026"}, "checked_on", "Indica la data"),
        ({"checked_on": tomorrow}, "checked_on", "futura"),
        ({"result": "negative"}, "note", "la nota è obbligatoria"),
    ):
        sent = form() | {"source": "Letto al telefono"} | changes
        answer = marco.post(path(number, "verifiche/durc_online"), data=sent)
        assert answer.status_code == 422
        html = unescape(answer.text)
        for said in (f'href="#{field}"', words, 'value="Letto al telefono"'):
            assert said in html, (changes, said)
    assert staff_portal.rows(select(Verification)) == []


def test_check_of_a_replaced_document_is_marked(staff_portal: Portal, number: str) -> None:
    marco = staff_portal.browser(MARCO)
    version = staff_portal.rows(select(DocumentVersion).join(Document).where(Document.type == "durc"))[0]
    marco.post(path(number, "verifiche/durc_online"), data=form() | {"version_id": str(version.id)})
    assert "Documento poi sostituito" not in marco.get(path(number, "verifiche")).text
    staff_portal.run(lambda s: setattr(s.get_one(DocumentFile, file_of(staff_portal, "durc").id), "sha256", "f" * 64))
    assert "Documento poi sostituito" in row(marco.get(path(number, "verifiche")).text, "DURC")


def test_excluded_list_is_nothing_to_a_reviewer(staff_portal: Portal, number: str) -> None:
    identity = staff_portal.id_of(number)
    staff_portal.run(lambda s: record_check(s, identity, kind=CheckKind.EXCLUDED_LIST, result=CheckResult.NEGATIVE,
                                            checked_on=local_date(), note="È nell’elenco.", by=ANNA))  # fmt: skip
    here = path(number, "verifiche/excluded_list")
    for person, status in ((MARCO, 404), (ANNA, 200)):
        browser = staff_portal.browser(person)
        assert browser.get(here).status_code == status
        assert ("È nell’elenco." in browser.get(path(number, "verifiche")).text) == (status == 200)
    assert staff_portal.browser(MARCO).post(here, data=form()).status_code == 404
    assert "È nell’elenco." in staff_portal.browser(AUDITOR).get(path(number, "verifiche")).text


def test_checks_are_closed_before_the_review_and_after_the_outcome(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    assert "/verifiche/" not in marco.get(path(number, "verifiche")).text
    for here in ("verifiche/durc_online", "sezioni/sede/dubbio", "pareri"):
        assert marco.get(path(number, here)).status_code == 409
    assert marco.post(path(number, "verifiche/durc_online"), data=form()).status_code == 409


# sections


def test_section_is_good_by_one_press_and_leads_to_the_next(staff_portal: Portal, number: str) -> None:
    marco = staff_portal.browser(MARCO)
    sent = {"version": staff_portal.version(number), "seen": ""}
    answer = marco.post(path(number, "sezioni/anagrafica"), data=sent)
    assert answer.headers["location"] == f"{path(number, 'dati')}#s-sede"
    card = region(marco.get(path(number, "dati")).text, "s-anagrafica")
    assert "A posto" in card
    assert "Segna come a posto" not in card
    assert "1 sezione giudicata." in marco.get(path(number)).text


def test_doubtful_section_asks_why_and_is_ticked_among_the_corrections(staff_portal: Portal, number: str) -> None:
    marco, here = staff_portal.browser(MARCO), path(number, "sezioni/sede/dubbio")
    sent = {"version": staff_portal.version(number), "seen": "", "note": ""}
    assert marco.get(here).status_code == 200
    empty = marco.post(here, data=sent)
    assert (empty.status_code, 'href="#note"' in empty.text) == (422, True)
    assert marco.post(here, data=sent | {"note": "Il civico non torna."}).status_code == 303
    page = marco.get(path(number, "dati")).text
    assert "Il civico non torna." in region(page, "s-sede")
    choice = marco.get(path(number, "integrazioni")).text
    assert re.search(r'value="sezione\.sede" checked', choice)
    assert not re.search(r'value="sezione\.anagrafica" checked', choice)
    reasons = marco.post(path(number, "integrazioni"), data={"voce": "sezione.sede", "version": sent["version"]})
    assert "Il civico non torna." not in reasons.text, "what colleagues read is no sentence for the company"


def test_stale_verdict_is_refused_with_a_sentence(staff_portal: Portal, number: str) -> None:
    marco, anna = staff_portal.browser(MARCO), staff_portal.browser(ANNA)
    version = staff_portal.version(number)
    sent = {"version": str(version), "seen": ""}
    assert marco.post(path(number, "sezioni/sede"), data=sent).status_code == 303
    late = anna.post(path(number, "sezioni/sede/dubbio"), data=sent | {"note": "Non torna."})
    assert (late.status_code, "Marco Riva" in late.text) == (409, True)
    old = anna.post(path(number, "sezioni/referenti"), data=sent | {"version": str(version - 1)})
    assert old.status_code == 409
    assert len(staff_portal.rows(select(SectionVerdict))) == 1


# notes


def test_note_is_written_and_too_long_a_one_kept(staff_portal: Portal, number: str) -> None:
    marco, here = staff_portal.browser(MARCO), path(number, "note")
    long = marco.post(here, data={"text": "parola " * 300})
    assert (long.status_code, "al massimo 2000" in long.text, "parola parola" in long.text) == (422, True, True)
    assert marco.post(here, data={"text": NOTE}).headers["location"] == f"{path(number, 'verifiche')}#note-interne"
    assert NOTE in region(marco.get(path(number, "verifiche")).text, "note-interne")
    assert NOTE in staff_portal.browser(AUDITOR).get(path(number, "verifiche")).text
    assert staff_portal.browser(AUDITOR).get(here).status_code == 403


# opinions


def test_opinion_is_asked_given_and_read(staff_portal: Portal, number: str) -> None:
    marco, sara = staff_portal.browser(MARCO), staff_portal.browser(SPECIALIST)
    assert "Nessun parere chiesto." in marco.get(path(number, "verifiche")).text
    assert marco.post(path(number, "pareri"), data={"area": "", "question": "Basta?"}).status_code == 422
    empty = marco.post(path(number, "pareri"), data={"area": "hse", "question": " "})
    assert (empty.status_code, 'href="#question"' in empty.text) == (422, True)
    answer = marco.post(path(number, "pareri"), data={"area": "hse", "question": "Il DVR basta?"})
    assert answer.headers["location"] == f"{path(number, 'verifiche')}#pareri"
    (opinion,) = staff_portal.rows(select(Opinion))
    here = path(number, "pareri", opinion.id)
    assert here in sara.get(path(number, "verifiche")).text
    assert f'href="{here}"' not in marco.get(path(number, "verifiche")).text
    assert "Il DVR basta?" in sara.get(here).text
    for sent, field in (({"outcome": "", "answer": "Sì."}, "outcome"), ({"outcome": "favourable"}, "answer")):
        wrong = sara.post(here, data=sent)
        assert (wrong.status_code, f'href="#{field}"' in wrong.text) == (422, True)
    assert sara.post(here, data={"outcome": "favourable", "answer": "Basta."}).status_code == 303
    told = region(marco.get(path(number, "verifiche")).text, "pareri")
    for words in ("Favorevole", "Basta.", "Sara Villa"):
        assert words in told
    assert sara.post(here, data={"outcome": "favourable", "answer": "Ancora."}).status_code == 409


def test_who_asks_for_an_opinion_reads_where_the_notice_goes(staff_portal: Portal, number: str) -> None:
    marco = staff_portal.browser(MARCO)
    said = f"L’avviso per e-mail va a {staff_portal.settings.staff_mailbox}."
    assert said in marco.get(path(number, "pareri")).text
    marco.post(path(number, "pareri"), data={"area": "hse", "question": "Il DVR basta?"})
    assert said in marco.get(path(number, "verifiche")).text
    addresses = ["hse@icr.example", "qualita@icr.example"]
    staff_portal.run(lambda s: change(s, EditionKind.NOTICE, "staff_opinion_asked", addresses=addresses))
    assert "va ai 2 indirizzi scelti nelle impostazioni." in marco.get(path(number, "pareri")).text


def test_opinion_is_taken_back_by_a_confirmation(staff_portal: Portal, number: str) -> None:
    opinion_id = staff_portal.asked_opinion(number)
    marco, here = staff_portal.browser(MARCO), path(number, "pareri", opinion_id, "ritira")
    assert "non vedono più la domanda" in marco.get(here).text
    assert marco.post(here).headers["location"] == f"{path(number, 'verifiche')}#pareri"
    assert marco.post(here).status_code == 409
    assert staff_portal.browser(SPECIALIST).get(path(number)).status_code == 404


def test_who_opens_which_page(staff_portal: Portal, number: str) -> None:
    staff_portal.asked_opinion(number)
    pages = ("verifiche/durc_online", "sezioni/sede/dubbio", "note", "pareri")
    for person, statuses in (
        (AUDITOR, (403, 403, 403, 403)), (ADMIN, (404,) * 4), (SUPPLIER, (404,) * 4),
        (SPECIALIST, (403, 403, 200, 403)), (QUALITY, (403, 403, 404, 403)), (MARCO, (200, 200, 200, 200)),
    ):  # fmt: skip
        browser = staff_portal.browser(person)
        assert tuple(browser.get(path(number, one)).status_code for one in pages) == statuses, person.subject


# what a specialist sees


def test_specialist_finds_nothing_before_being_asked(staff_portal: Portal, number: str) -> None:
    sara = staff_portal.browser(SPECIALIST)
    missing = sara.get(path("P-2026-9999"))
    for here in (path(number), path(number, "dati.csv"), path(number, "dati.json"), path(number, "ricevuta.pdf"),
                 path(number, "note")):  # fmt: skip
        answer = sara.get(here)
        assert (answer.status_code, answer.content) == (404, missing.content), here
    assert sara.post(path(number, "note"), data={"text": NOTE}).status_code == 404
    assert staff_portal.rows(select(InternalNote)) == []


def test_specialist_sees_documents_of_an_own_area_first_and_of_others_the_name(
    staff_portal: Portal, number: str, tmp_path: Path
) -> None:
    staff_portal.asked_opinion(number)
    sara = staff_portal.browser(SPECIALIST)
    page = sara.get(path(number, "documenti")).text
    titles = re.findall(r'<h3 class="mb-0" id="doc-([\w-]+)"', page)
    assert titles[0] == "dvr_declaration"
    assert "durc" in titles
    assert "dvr_declaration.pdf" in page
    for hidden in ("durc.pdf", "financials-2024.pdf", "identity_document.pdf"):
        assert hidden not in page
    assert "Documento di un’altra area" in unescape(page)
    own, other = (file_of(staff_portal, code) for code in ("dvr_declaration", "durc"))
    for file in (own, other):
        for key, content in ((file.key, pdf()), (f"previews/{file.id.hex}/1.png", image("PNG"))):
            (tmp_path / "one").write_bytes(content)
            staff_portal.app.state.files.put(key, tmp_path / "one")
        staff_portal.run(lambda s, id_=file.id: _ready(s.get_one(DocumentFile, id_)))
    assert sara.get(f"/gestione/documenti/{own.id}").status_code == 200
    assert sara.get(f"/gestione/documenti/{own.id}/pagine/1.png").status_code == 200
    missing = sara.get(f"/gestione/documenti/{uuid4()}")
    for here in (f"{other.id}", f"{other.id}/pagine/1.png", f"{other.version_id}/verdetto?esito=respinto"):
        answer = sara.get(f"/gestione/documenti/{here}")
        assert (answer.status_code, answer.content) == (404, missing.content), here
    verdict = "/gestione/documenti/{}/verdetto?esito=verificato"
    assert sara.post(verdict.format(other.version_id), data={"seen": "to_check"}).status_code == 404
    assert sara.post(verdict.format(own.version_id), data={"seen": "to_check"}).status_code == 303
    assert staff_portal.browser(QUALITY).get(f"/gestione/documenti/{own.id}").status_code == 404


def test_specialist_sees_of_suppliers_those_examined_with_an_opinion(staff_portal: Portal, number: str) -> None:
    opinion_id = staff_portal.asked_opinion(number)
    sara = staff_portal.browser(SPECIALIST)
    sara.post(path(number, "pareri", opinion_id), data={"outcome": "favourable", "answer": "Basta."})
    other = staff_portal.approved(2)
    assert other
    assert sara.get("/gestione/fornitori/F00001").status_code == 404
    assert staff_portal.browser(AUDITOR).get("/gestione/fornitori/F00001").status_code == 200


def test_a_section_found_good_says_so_to_whoever_reads(staff_portal: Portal, number: str) -> None:
    identity = staff_portal.id_of(number)
    staff_portal.run(lambda s: judge_section(s, identity, "sede", verdict=SectionVerdictKind.GOOD, by=MARCO))
    staff_portal.asked_opinion(number, Area.QUALITY)
    for person in (AUDITOR, QUALITY):
        page = staff_portal.browser(person).get(path(number, "dati")).text
        assert "A posto" in region(page, "s-sede")
        assert "Segna come" not in region(page, "s-sede")


def _ready(file: DocumentFile) -> None:
    file.preview, file.preview_pages, file.stored_size = "ready", 1, len(pdf())  # type: ignore[assignment]
