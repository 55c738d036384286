"""The internal paper about one application: every fact of a full life is in it, for those alone who may take it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Area, Principal
from service.applications import actions
from service.applications.actions.terms import Refused, Terms
from service.applications.desk import actions as desk
from service.applications.desk.models import Verification
from service.applications.desk.states import CheckKind, CheckResult, OpinionOutcome, SectionVerdictKind
from service.applications.models import Application
from service.applications.radar.models import Resemblance
from service.applications.radar.states import Likeness, Mark
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.exclusions.actions import add_exclusion
from service.local.documents import verify_documents
from service.mail.models import Delivery, DeliveryStatus
from tests.support.staff_corrections import answered, asked
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]
MADE = select(AuditEvent).where(AuditEvent.type == "application.dossier_made").order_by(AuditEvent.id)
LEAF_WHY = "Per questa categoria manca l'esperienza."
RESERVE = "Mandarci la polizza rinnovata con il massimale richiesto."
LISTED = "nell’elenco dei soggetti esclusi"


@pytest.fixture(autouse=True)
def _nothing_left_open(staff_portal: Portal) -> Iterator[None]:
    yield
    assert staff_portal.app.state.engine.pool.checkedout() == 0


def path(number: str) -> str:
    return f"/gestione/richieste/{number}/dossier.pdf"


def plain(text: str) -> str:
    return re.sub(r"[\s\u200b\u00ad\u2010-]", "", text)


def take(portal: Portal, number: str, person: Principal) -> tuple[bytes, str]:
    """The paper as a person gets it, and its words."""
    answer = portal.browser(person).get(path(number))
    assert answer.status_code == 200, answer.text
    pages = PdfReader(BytesIO(answer.content)).pages
    return answer.content, plain("".join(page.extract_text() for page in pages))


def work_on(portal: Portal, number: str) -> None:
    """Leave something wherever staff may."""
    identity = portal.id_of(number)

    def say(session: Session) -> None:
        application = session.get_one(Application, identity)
        verify_documents(session, application, by=PIA)
        checked: dict[str, Any] = {"kind": CheckKind.PEC_REGISTER, "checked_on": local_date(), "by": MARCO}
        desk.record_check(session, identity, result=CheckResult.NEGATIVE, note="PEC ignota al registro", **checked)
        desk.record_check(session, identity, result=CheckResult.POSITIVE, note="Ora c'è", **checked)
        desk.judge_section(session, identity, "sede", verdict=SectionVerdictKind.DOUBTFUL,
                           note="Indirizzo di un coworking", by=MARCO)  # fmt: skip
        desk.write_note(session, identity, text="Sentita la referente\nper telefono", by=MARCO)
        opinion = desk.ask_opinion(session, identity, area=Area.HSE, question="Il DVR basta?", by=MARCO)
        desk.give_opinion(session, opinion.id, outcome=OpinionOutcome.WITH_RESERVE, answer="Manca un allegato",
                          by=SPECIALIST)  # fmt: skip

    portal.run(say)


def decide(portal: Portal, number: str) -> Application:
    """Propose and approve in part, with reserve."""
    application = portal.application(number)
    with Session(portal.app.state.engine) as session:
        leaves = [row.leaf for row in session.get_one(Application, application.id).categories]
    terms = Terms((Refused(leaves[0], "R99", LEAF_WHY),), RESERVE, local_date() + timedelta(days=60))
    given: dict[str, Any] = {"settings": portal.settings}
    said: dict[str, Any] = {"outcome": "approve", "decision": terms.plain(), "note": "Io direi sì"}
    portal.run(lambda s: actions.propose(s, application.id, version=portal.version(number), by=MARCO, **said, **given))
    given |= {"terms": terms, "note": "Deciso in riunione"}
    portal.run(lambda s: actions.approve(s, application.id, version=portal.version(number), by=ANNA, **given))
    return portal.application(number)


def alike(portal: Portal, number: str, other: str) -> None:
    portal.run(lambda s: s.add(Resemblance(
        application_id=portal.id_of(number), other_application_id=portal.id_of(other), kinds=[Likeness.PHONE],
        found_at=utc_now(), mark=Mark.DIFFERENT, note="Stesso commercialista", marked_at=utc_now(),
        marked_by_subject="marco", marked_by_name="Marco Riva",
    )))  # fmt: skip


def sent_letter(portal: Portal, number: str) -> None:
    portal.run(lambda s: s.add(Delivery(
        job_key="mail:x", message="submission_receipt", about=portal.id_of(number), to_address="qui@example.com",
        subject="Abbiamo ricevuto la domanda", status=DeliveryStatus.FAILED, started_at=utc_now(), error="550 no box",
    )))  # fmt: skip


def test_every_fact_of_a_full_life_is_in_the_paper(staff_portal: Portal) -> None:
    number, other = asked(staff_portal), staff_portal.sent(2)
    answered(staff_portal, number)
    work_on(staff_portal, number)
    alike(staff_portal, number, other)
    sent_letter(staff_portal, number)
    application = decide(staff_portal, number)
    content, text = take(staff_portal, number, ANNA)
    for fact in (
        "USO INTERNO", number, application.name, application.contact_email, "Accettata", "Deciso in riunione",
        LEAF_WHY, "Non concessa", "Concessa", RESERVE, "Proposta: accettare", "Io direi sì", "Marco Riva",
        "PEC ignota al registro", "Ora c'è", "Esito precedente", "Negativo", "Positivo", "Indirizzo di un coworking",
        "Dubbia", "Sentita la referente", "per telefono", "Il DVR basta?", "Manca un allegato", "Sara Villa",
        "Favorevole con riserva", f"{other} {staff_portal.application(other).name}", "stesso telefono",
        "Imprese diverse", "Stesso commercialista", "Sulla visura l'indirizzo è un altro.", "Via Milano",
        "La seconda pagina non si legge.", "Domanda inviata", "Integrazioni ricevute", "Documento verificato",
        "Versione 2", "Verificato", "Pia Neri", "Assenza dall’elenco dei soggetti esclusi", "Nessuna voce in vigore.",
        "Indice",
        "Ricevuta della domanda", "Abbiamo ricevuto la domanda", "qui@example.com", "non inviata: 550 no box",
    ):  # fmt: skip
        assert plain(fact) in text, fact
    files = staff_portal.rows(select(DocumentFile).join(DocumentVersion).join(Document).where(
        Document.application_id == application.id))  # fmt: skip
    assert len(files) > 5
    assert all(one.sha256 in text and one.stored_sha256 in text for one in files)
    people = {one.made_by_name for one in staff_portal.rows(select(Verification))}
    assert all(plain(one) in text for one in people)
    assert take(staff_portal, number, ANNA)[0] == content, "who took it away is not told in it"


def test_taking_leaves_its_event_and_is_told_in_the_history(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    answer = staff_portal.browser(MARCO).get(path(number))
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="dossier-{number}.pdf"')
    assert "no-store" in answer.headers["cache-control"]
    [event] = staff_portal.rows(MADE)
    assert (event.by_subject, event.subject_id, event.data) == ("marco", staff_portal.id_of(number), {})
    here = f"/gestione/richieste/{number}"
    assert "Dossier interno scaricato" in staff_portal.browser(MARCO).get(f"{here}/cronologia").text
    assert f'href="{path(number)}"' in staff_portal.browser(AUDITOR).get(here).text


@pytest.mark.parametrize("person", [ADMIN, SUPPLIER, SPECIALIST], ids=lambda one: one.subject)
def test_for_others_it_is_as_missing_as_a_wrong_number(staff_portal: Portal, person: Principal) -> None:
    number = staff_portal.reviewed()
    staff_portal.asked_opinion(number)
    browser = staff_portal.browser(person)
    answer, missing = browser.get(path(number)), browser.get(path("P-2026-9999"))
    assert (answer.status_code, answer.content) == (404, missing.content)
    assert path(number) not in browser.get(f"/gestione/richieste/{number}").text
    assert not staff_portal.rows(MADE)


def test_excluded_list_is_told_only_to_whom_it_is_open(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    tax_code = str(staff_portal.application(number).tax_code)
    staff_portal.run(lambda s: add_exclusion(
        s, country="IT", number=tax_code, name="Una", reason="Fatture false, sentenza", by=ANNA,
        review_on=local_date() + timedelta(days=90), settings=staff_portal.settings,
    ))  # fmt: skip
    for person, is_told in ((MARCO, False), (ANNA, True), (AUDITOR, True)):
        _content, text = take(staff_portal, number, person)
        told = {plain(LISTED) in text, "esclusi" in text}
        assert told == {is_told}, person.subject
        assert "Fatturefalse" not in text, "why is in the entry alone, which is erased some day"
