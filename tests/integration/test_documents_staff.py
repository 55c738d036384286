"""Documents on the staff's pages: the panel, originals and pictures, verdicts, expiries, who may see what."""

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.applications.actions import start_review
from service.applications.models import Application
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.documents.models import Document, DocumentFile, DocumentReminder, DocumentVersion
from service.documents.states import Preview, Scan, Verdict
from service.suppliers.models import Supplier
from service.suppliers.qualifying import apply_expiry
from tests.factories.applications import make_draft
from tests.factories.documents import add_version
from tests.support.sample_files import image, pdf
from tests.support.staff_portal import (
    ADMIN,
    ANNA,
    AUDITOR,
    MARCO,
    SUPPLIER,
    Portal,
    staff_portal,
)

__all__ = ["staff_portal"]
FILES = "/gestione/documenti"


def taken(portal: Portal) -> str:
    """An application in review, of which no document has been judged."""
    number = portal.sent()
    version = portal.version(number)
    portal.run(lambda s: start_review(s, portal.id_of(number), version=version, by=MARCO))
    return number


def version_of(portal: Portal, code: str) -> DocumentVersion:
    query = select(DocumentVersion).join(Document).where(Document.type == code)
    found: DocumentVersion = portal.rows(query.order_by(DocumentVersion.number.desc()))[0]
    return found


def file_of(portal: Portal, code: str) -> DocumentFile:
    query = select(DocumentFile).join(DocumentVersion).join(Document)
    found: DocumentFile = portal.rows(query.where(Document.type == code))[0]
    return found


def changed(portal: Portal, code: str, **values: object) -> None:
    file_id = file_of(portal, code).id
    portal.run(lambda s: s.execute(update(DocumentFile).where(DocumentFile.id == file_id).values(**values)))


def stored(portal: Portal, code: str, folder: Path) -> DocumentFile:
    """Put the bytes of a document's file, and the picture of its page, into the store."""
    file = file_of(portal, code)
    for key, content in ((file.key, pdf()), (f"previews/{file.id.hex}/1.png", image("PNG"))):
        path = folder / "one"
        path.write_bytes(content)
        portal.app.state.files.put(key, path)
    changed(portal, code, preview=Preview.READY, preview_pages=1, stored_size=len(pdf()))
    return file


def card(html: str, anchor: str) -> str:
    found = re.search(rf'<section class="[^"]*" aria-labelledby="doc-{anchor}".*?</section>', html, re.DOTALL)
    assert found, anchor
    return unescape(found[0])


def verdict(portal: Portal, code: str, outcome: str) -> str:
    return f"{FILES}/{version_of(portal, code).id}/verdetto?esito={outcome}"


def expire(portal: Portal, code: str, day: date) -> None:
    version_id = version_of(portal, code).id
    query = update(DocumentVersion).where(DocumentVersion.id == version_id).values(expires_on=day)
    portal.run(lambda s: s.execute(query))


def supplier_of(portal: Portal) -> Supplier:
    found: Supplier = portal.rows(select(Supplier))[0]
    return found


# --- the panel


def test_panel_shows_each_document_with_files_details_and_standing(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    page = staff_portal.browser(MARCO).get(f"/gestione/richieste/{number}/documenti").text
    durc = card(page, "durc")
    for said in ("DURC", "Da verificare</span>", "durc.pdf", "Data della verifica", "Scadenza",
                 "Scarica l’originale", "Anteprima non disponibile."):  # fmt: skip
        assert said in durc, said
    assert "Antivirus" not in durc  # there is none, and that is no news of this file
    assert verdict(staff_portal, "durc", "verificato") in durc
    assert verdict(staff_portal, "durc", "respinto") in durc
    assert "Valido fino al" not in durc
    assert "Valido fino al" in card(page, "register_extract")
    assert "Prima di accettare vanno verificati:" in page


def test_panel_says_what_a_reviewer_should_know_of_a_file(staff_portal: Portal, tmp_path: Path) -> None:
    number = taken(staff_portal)
    stored(staff_portal, "durc", tmp_path)
    changed(staff_portal, "durc", flags=["pdf_javascript", "pdf_boh"], scan=Scan.NOT_SCANNED)
    changed(staff_portal, "self_declaration", media_type="application/pkcs7-mime", scan=Scan.ERROR)
    changed(staff_portal, "identity_document", scan=Scan.INFECTED)
    changed(staff_portal, "register_extract", lost_at=utc_now())
    page = staff_portal.browser(MARCO).get(f"/gestione/richieste/{number}/documenti").text
    durc = card(page, "durc")
    assert "Il PDF contiene script" in durc
    assert "Antivirus: non controllato" not in durc
    assert "Nessun antivirus configurato." in page
    picture = f"{FILES}/{file_of(staff_portal, 'durc').id}/pagine/1.png"
    assert f'<img src="{picture}" alt="Pagina 1 di 1 di durc.pdf" loading="lazy">' in durc
    declaration = card(page, "self_declaration")
    assert "Firma non verificata dal portale" in declaration
    assert "Antivirus: errore del controllo" in declaration
    identity = card(page, "identity_document")
    assert "esito=verificato" not in identity
    assert "esito=respinto" in identity
    assert "Antivirus: infetto" in identity
    assert "Scarica" not in identity
    assert "Il file non è più nell’archivio" in card(page, "register_extract")


def test_panel_names_missing_mandatory_documents_first(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    staff_portal.run(lambda s: s.delete(s.scalars(select(Document).where(Document.type == "liability_policy")).one()))
    page = staff_portal.browser(MARCO).get(f"/gestione/richieste/{number}/documenti").text
    assert re.search(r"<strong>\d+ documenti: \d+ da verificare, 1 manca\.</strong>", page)
    first = re.search(r'aria-labelledby="doc-([^"]+)"', page)
    assert first
    assert first[1] == "liability_policy"
    assert "Manca</span>" in card(page, "liability_policy")


def test_reason_why_nothing_is_due_is_accepted_or_refused_like_a_document(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    version_id = version_of(staff_portal, "durc").id

    def declare(session: Session) -> None:
        version = session.get_one(DocumentVersion, version_id)
        version.files, version.not_due_reason = [], "Senza posizioni INPS e INAIL"

    staff_portal.run(declare)
    marco = staff_portal.browser(MARCO)
    durc = card(marco.get(f"/gestione/richieste/{number}/documenti").text, "durc")
    assert "Senza posizioni INPS e INAIL" in durc
    assert "Accetta il motivo" in durc
    assert marco.post(verdict(staff_portal, "durc", "verificato"), data={"seen": "to_check"}).status_code == 303
    assert version_of(staff_portal, "durc").verdict == Verdict.VALID


@pytest.mark.parametrize(("person", "may_judge"), [(MARCO, True), (ANNA, True), (AUDITOR, False)])
def test_who_reads_and_who_judges(staff_portal: Portal, person: object, may_judge: bool) -> None:  # noqa: FBT001
    number = taken(staff_portal)
    browser = staff_portal.browser(person)  # type: ignore[arg-type]
    page = browser.get(f"/gestione/richieste/{number}/documenti").text
    address = verdict(staff_portal, "durc", "verificato")
    assert "durc.pdf" in page
    assert (address in unescape(page)) == may_judge
    assert browser.get(verdict(staff_portal, "durc", "respinto")).status_code == (200 if may_judge else 403)
    assert browser.post(address, data={"seen": "to_check"}).status_code == (303 if may_judge else 403)


@pytest.mark.parametrize("person", [ADMIN, SUPPLIER], ids=lambda person: person.name)
def test_documents_do_not_exist_for_an_admin_or_a_supplier(
    staff_portal: Portal, person: object, tmp_path: Path
) -> None:
    taken(staff_portal)
    file = stored(staff_portal, "durc", tmp_path)
    browser = staff_portal.browser(person)  # type: ignore[arg-type]
    version = version_of(staff_portal, "durc").id
    for real, wrong in (
        (f"{FILES}/{file.id}", f"{FILES}/{uuid4()}"),
        (f"{FILES}/{file.id}/pagine/1.png", f"{FILES}/{uuid4()}/pagine/1.png"),
        (f"{FILES}/{version}/verdetto?esito=respinto", f"{FILES}/{uuid4()}/verdetto?esito=respinto"),
    ):
        answers = [browser.get(real), browser.get(wrong)]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].content == answers[1].content


# --- originals


def test_original_is_an_attachment_and_its_download_is_written_down(staff_portal: Portal, tmp_path: Path) -> None:
    staff_portal.sent()
    file = stored(staff_portal, "durc", tmp_path)
    ugo = staff_portal.browser(AUDITOR)
    reply = ugo.get(f"{FILES}/{file.id}")
    assert reply.content == pdf()
    assert reply.headers["content-disposition"].startswith('attachment; filename="durc.pdf"')
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    event = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "document.downloaded"))[0]
    assert (event.by_subject, event.data) == (AUDITOR.subject, {"file": str(file.id)})
    picture = ugo.get(f"{FILES}/{file.id}/pagine/1.png")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert ugo.get(f"{FILES}/{file.id}/pagine/2.png").status_code == 404
    number = staff_portal.rows(select(Application.number))[0]
    assert "Documento scaricato" not in ugo.get(f"/gestione/richieste/{number}/cronologia").text


def test_files_of_a_draft_are_not_for_staff(staff_portal: Portal, tmp_path: Path) -> None:
    number = staff_portal.sent()
    file = stored(staff_portal, "durc", tmp_path)
    application_id = staff_portal.id_of(number)
    query = update(Application).where(Application.id == application_id)
    staff_portal.run(lambda s: s.execute(query.values(state="draft", number=None, sequence=None, submitted_at=None)))
    anna = staff_portal.browser(ANNA)
    assert anna.get(f"{FILES}/{file.id}").status_code == 404
    assert anna.get(f"{FILES}/{file.id}/pagine/1.png").status_code == 404
    assert anna.get(verdict(staff_portal, "durc", "verificato")).status_code == 404


# --- verdicts


def test_verdict_good_takes_one_step_and_leads_to_the_next_document(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    marco = staff_portal.browser(MARCO)
    address = verdict(staff_portal, "durc", "verificato")
    here = f"/gestione/richieste/{number}/documenti"
    before = marco.get(here).text
    assert f'<form method="post" action="{address}">' in unescape(before)
    assert marco.get(address).headers["location"] == f"{here}#doc-durc"
    assert version_of(staff_portal, "durc").verdict == Verdict.TO_CHECK
    places = re.findall(r'aria-labelledby="doc-([^"]+)"', before)
    following = places[(places.index("durc") + 1) % len(places)]
    for _pressed_twice in range(2):
        reply = marco.post(address, data={"seen": "to_check"})
        assert reply.headers["location"] == f"{here}#doc-{following}"
    page = marco.get(here).text
    assert "«DURC» risulta verificato." in page
    durc = card(page, "durc")
    assert "Valido</span>" in durc
    assert "Verificato da Marco Riva" in durc
    story = unescape(marco.get(f"/gestione/richieste/{number}/cronologia").text)
    assert "Documento verificato" in story
    assert "Marco Riva · DURC" in story


def test_verdict_bad_needs_a_reason_and_keeps_what_was_typed(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    marco = staff_portal.browser(MARCO)
    address = verdict(staff_portal, "durc", "respinto")
    question = marco.get(address).text
    assert "D03 · Il documento è illeggibile" in question
    assert '<h1 class="mb-4">Respingi il documento</h1>' in question
    nothing = marco.post(address, data={"seen": "to_check", "reason_code": "", "reason_text": "testo mio"})
    assert nothing.status_code == 422
    assert 'href="#reason_code">Scegli un motivo' in nothing.text
    assert "testo mio</textarea>" in nothing.text
    short = marco.post(address, data={"seen": "to_check", "reason_code": "D99", "reason_text": "poco"})
    assert short.status_code == 422
    assert 'href="#reason_text">' in short.text
    assert version_of(staff_portal, "durc").verdict == Verdict.TO_CHECK
    reply = marco.post(address, data={"seen": "to_check", "reason_code": "D03", "reason_text": "Pagina 2"})
    assert reply.status_code == 303
    durc = card(marco.get(f"/gestione/richieste/{number}/documenti").text, "durc")
    assert "Respinto</span>" in durc
    assert "D03 Il documento è illeggibile Pagina 2" in durc


def test_second_of_two_verdicts_reads_who_was_faster(staff_portal: Portal) -> None:
    taken(staff_portal)
    address = verdict(staff_portal, "durc", "verificato")
    assert staff_portal.browser(MARCO).post(address, data={"seen": "to_check"}).status_code == 303
    late = staff_portal.browser(ANNA).post(address, data={"seen": "to_check"})
    assert late.status_code == 409
    assert "già stato verificato da Marco Riva" in unescape(late.text)


def test_verdict_before_the_review_says_why_not(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    marco = staff_portal.browser(MARCO)
    assert "/verdetto" not in marco.get(f"/gestione/richieste/{number}/documenti").text
    late = marco.post(verdict(staff_portal, "durc", "verificato"), data={"seen": "to_check"})
    assert late.status_code == 409
    assert "La domanda non è in valutazione" in late.text


@pytest.mark.parametrize("outcome", ["verificato", "respinto"])
def test_verdict_on_a_document_of_a_draft_is_missing_to_the_byte(staff_portal: Portal, outcome: str) -> None:
    staff_portal.run(lambda session: make_draft(session, staff_portal.settings))
    marco, version, missing = staff_portal.browser(MARCO), version_of(staff_portal, "durc").id, uuid4()
    data = {"seen": "to_check", "reason_code": "D03"}
    for ask in (marco.get, lambda address: marco.post(address, data=data)):
        real, wrong = (ask(f"{FILES}/{one}/verdetto?esito={outcome}") for one in (version, missing))
        assert real.status_code == wrong.status_code == 404
        assert real.content == wrong.content
    assert version_of(staff_portal, "durc").verdict == Verdict.TO_CHECK


@pytest.mark.parametrize("query", ["", "?esito=boh"])
def test_verdict_of_an_unknown_kind_does_not_exist(staff_portal: Portal, query: str) -> None:
    taken(staff_portal)
    marco = staff_portal.browser(MARCO)
    address = f"{FILES}/{version_of(staff_portal, 'durc').id}/verdetto{query}"
    assert marco.get(address).status_code == 404
    assert marco.post(address, data={}).status_code == 404


def test_approval_before_the_verdicts_names_the_documents(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    anna = staff_portal.browser(ANNA)
    address = f"/gestione/richieste/{number}/decisione?esito=accetta"
    for reply in (
        anna.get(address),
        anna.post(address, data={"version": str(staff_portal.version(number)), "passo": "conferma"}),
    ):
        assert reply.status_code == 409
        assert "Restano documenti da verificare" in reply.text
        assert "DURC" in reply.text
        assert f"/gestione/richieste/{number}/documenti" in reply.text
    assert staff_portal.application(number).decided_at is None


# --- suppliers and expiries


def test_supplier_page_shows_documents_and_what_cures_a_suspension(staff_portal: Portal) -> None:
    staff_portal.approved()
    supplier = supplier_of(staff_portal)
    anna = staff_portal.browser(ANNA)
    address = f"/gestione/fornitori/{supplier.number}"
    assert "Valido</span>" in card(anna.get(address).text, "durc")
    expire(staff_portal, "durc", local_date() - timedelta(days=40))
    staff_portal.run(lambda s: apply_expiry(s, supplier.id, settings=staff_portal.settings))
    page = unescape(anna.get(address).text)
    assert "Qualifica sospesa dal" in page
    assert 'verifica di una versione valida di: <a href="#doc-durc">DURC</a>' in page
    assert "Scaduto</span>" in card(page, "durc")
    listed = unescape(anna.get("/gestione/fornitori").text)
    assert "Sospeso</span>" in listed
    assert "R04 La documentazione obbligatoria è scaduta o non valida" in listed


def test_expiries_without_any_say_so(staff_portal: Portal) -> None:
    staff_portal.approved()
    for code in ("durc", "liability_policy", "register_extract", "identity_document", "financials"):
        for document in staff_portal.rows(select(Document).where(Document.type == code)):
            query = update(DocumentVersion).where(DocumentVersion.document_id == document.id)
            staff_portal.run(lambda s, query=query: s.execute(query.values(expires_on=None)))
    page = staff_portal.browser(ANNA).get("/gestione/scadenze").text
    assert "Nessuna scadenza nei prossimi 60 giorni." in page
    assert '<a class="nav-link text-nowrap" href="/gestione/scadenze" aria-current="page">' in page


def test_expiries_are_grouped_by_week_with_standing_and_reminders(staff_portal: Portal) -> None:
    staff_portal.approved()
    today = local_date()
    expire(staff_portal, "durc", today - timedelta(days=3))
    expire(staff_portal, "liability_policy", today)
    expire(staff_portal, "register_extract", today + timedelta(days=25))
    document_id = version_of(staff_portal, "liability_policy").document_id
    reminder = DocumentReminder(document_id=document_id, expires_on=today, threshold=7, sent_at=utc_now())
    staff_portal.run(lambda s: s.add(reminder))
    anna = staff_portal.browser(ANNA)
    page = unescape(anna.get("/gestione/scadenze").text)
    titles = re.findall(r'<h2 class="h3 mb-0"[^>]*>([^<]+)</h2>', page)
    assert titles[:2] == ["Già scaduti", "Questa settimana"]
    assert page.index(">DURC") < page.index("Polizza RCT/RCO") < page.index("Visura camerale")
    assert "a 7 giorni, il" in page
    assert "Scaduto</span>" in page
    assert "Già scaduti" in page
    assert f"/gestione/fornitori/{supplier_of(staff_portal).number}#doc-durc" in page
    near = unescape(anna.get("/gestione/scadenze?giorni=15").text)
    assert "Visura camerale" not in near
    assert "Polizza RCT/RCO" in near
    only = unescape(anna.get("/gestione/scadenze?stato=expired").text)
    assert ">DURC" in only
    assert "Polizza RCT/RCO" not in only
    assert "Nessun documento di fornitori da verificare." in anna.get("/gestione/scadenze?stato=to_check").text
    assert anna.get("/gestione/scadenze?giorni=boh&stato=boh").status_code == 200


def test_reminder_of_the_day_itself_is_told_as_such(staff_portal: Portal) -> None:
    staff_portal.approved()
    today = local_date()
    expire(staff_portal, "durc", today)
    expire(staff_portal, "liability_policy", today - timedelta(days=4))
    for code, end in (("durc", today), ("liability_policy", today - timedelta(days=4))):
        reminder = DocumentReminder(
            document_id=version_of(staff_portal, code).document_id, expires_on=end, threshold=0, sent_at=utc_now()
        )
        staff_portal.run(lambda s, reminder=reminder: s.add(reminder))
    page = unescape(staff_portal.browser(ANNA).get("/gestione/scadenze").text)
    assert "Promemoria: il giorno della scadenza" in page
    assert "Promemoria: a documento scaduto, il " in page
    assert "a 0 giorni" not in page


def test_what_suppliers_sent_after_the_approval_is_found_by_staff(staff_portal: Portal) -> None:
    staff_portal.approved()
    supplier, anna = supplier_of(staff_portal), staff_portal.browser(ANNA)
    here = f"/gestione/fornitori/{supplier.number}"
    assert "da verificare" not in anna.get(here).text
    expire(staff_portal, "durc", local_date() + timedelta(days=9))
    for code in ("liability_policy", "durc"):
        staff_portal.run(lambda s, code=code: add_version(s, s.get_one(Supplier, supplier.id), code,
                                                          expires_on=local_date() + timedelta(days=90)))  # fmt: skip
    dashboard = unescape(anna.get("/gestione").text)
    assert '<a class="card icri-kpi" href="/gestione/scadenze?stato=to_check"><b>2</b>' in dashboard
    waiting = unescape(anna.get("/gestione/scadenze?stato=to_check").text)
    assert re.findall(rf'href="{here}#doc-([^"]+)"', waiting) == ["liability_policy", "durc"]
    assert "Da verificare (2)" in waiting
    assert "nuova versione da verificare" in anna.get("/gestione/scadenze").text
    assert "2 documenti da verificare</a>" in anna.get("/gestione/fornitori").text
    page = unescape(anna.get(here).text)
    assert "2 documenti da verificare:" in page
    assert '<a class="icri-tap" href="#doc-durc">DURC</a>' in page
    reply = anna.post(verdict(staff_portal, "durc", "verificato"), data={"seen": "to_check"})
    assert reply.headers["location"] == f"{here}#doc-liability_policy"
    reply = anna.post(verdict(staff_portal, "liability_policy", "verificato"), data={"seen": "to_check"})
    assert reply.headers["location"] == f"{here}#documenti"
    assert "Da verificare (0)" in anna.get("/gestione/scadenze?stato=to_check").text


def test_expiries_are_hidden_from_an_admin(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    assert admin.get("/gestione/scadenze").status_code == 403
    assert "/gestione/scadenze" not in admin.get("/gestione").text
