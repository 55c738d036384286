"""An application as it was at each act: what is kept, how it reads, and that nothing of today is in it."""

import re
from html import unescape
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.desk.models import InternalNote, Opinion, SectionVerdict, Verification
from service.applications.desk.states import Area, CheckKind, CheckResult, OpinionOutcome, SectionVerdictKind
from service.applications.models import Application, ApplicationAnswers, InformationRequest, Snapshot
from service.applications.snapshots import SHAPE
from service.clock import local_date, utc_now
from service.documents.models import Document, DocumentFile, DocumentVersion
from tests.support.staff_corrections import answered, asked, at
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]


def kept(portal: Portal, number: str, event: str) -> Snapshot:
    query = select(Snapshot).where(Snapshot.application_id == portal.id_of(number), Snapshot.event == event)
    found: Snapshot = portal.rows(query.order_by(Snapshot.id.desc()))[0]
    return found


def events(portal: Portal, number: str) -> list[str]:
    query = select(Snapshot.event).where(Snapshot.application_id == portal.id_of(number)).order_by(Snapshot.id)
    return [str(one) for one in portal.rows(query)]


def at_the_desk(portal: Portal, number: str) -> None:
    """Let staff have found, said and asked something."""
    about, now = portal.id_of(number), utc_now()
    by: dict[str, Any] = {"application_id": about}

    def work(session: Session) -> None:
        for kind, note in ((CheckKind.VIES, "Risulta <attiva>."), (CheckKind.EXCLUDED_LIST, "Non c’è nell’elenco.")):
            session.add(
                Verification(
                    kind=kind,
                    result=CheckResult.POSITIVE,
                    checked_on=local_date(),
                    source="VIES",
                    note=note,
                    made_at=now,
                    made_by_subject="marco",
                    made_by_name="Marco Riva",
                    **by,
                )
            )
        session.add(
            SectionVerdict(
                section="sede",
                verdict=SectionVerdictKind.DOUBTFUL,
                note="Il CAP è generico.",
                given_at=now,
                given_by_subject="marco",
                given_by_name="Marco Riva",
                **by,
            )
        )
        session.add(
            InternalNote(
                text="Sentiti al telefono.",
                written_at=now,
                written_by_subject="marco",
                written_by_name="Marco Riva",
                **by,
            )
        )
        session.add(Opinion(area=Area.HSE, question="Il DVR basta?", asked_at=now, asked_by_subject="marco",
                            asked_by_name="Marco Riva", outcome=OpinionOutcome.WITH_RESERVE, answer="Da rivedere.",
                            answered_at=now, answered_by_subject="sara", answered_by_name="Sara Villa",
                            **by))  # fmt: skip

    portal.run(work)


def refused(portal: Portal, n: int = 1) -> str:
    number = portal.reviewed(n)
    at_the_desk(portal, number)
    version = portal.version(number)
    portal.run(lambda s: actions.reject(
        s, portal.id_of(number), version=version, by=ANNA, settings=portal.settings, reason_code="R03",
        reason_text="Manca l'attestazione <SOA>.", note="Visto il sito.",
    ))  # fmt: skip
    return number


def shown(portal: Portal, number: str, event: str, person: Any = MARCO) -> str:
    reply = portal.browser(person).get(at(number, f"istantanee/{kept(portal, number, event).id}"))
    assert reply.status_code == 200
    return unescape(reply.text)


# --- what is kept


def test_every_end_and_every_sending_is_kept(staff_portal: Portal) -> None:
    accepted, withdrawn, late = staff_portal.approved(1), asked(staff_portal, n=2), asked(staff_portal, n=3)
    answered(staff_portal, withdrawn)
    settings = staff_portal.settings
    staff_portal.run(lambda s: actions.withdraw(s, staff_portal.id_of(withdrawn), settings=settings))
    past = update(InformationRequest).where(InformationRequest.application_id == staff_portal.id_of(late))
    for _reminded_first in range(2):
        staff_portal.run(lambda s: s.execute(past.values(deadline=local_date().replace(year=local_date().year - 1))))
        staff_portal.run(lambda s: actions.expire_requests(s, settings=settings))
    assert events(staff_portal, accepted) == ["submitted", "approved"]
    assert events(staff_portal, withdrawn) == ["submitted", "resubmitted", "withdrawn"]
    assert events(staff_portal, late) == ["submitted", "expired"]
    assert events(staff_portal, refused(staff_portal, 4)) == ["submitted", "rejected"]
    for number, event in ((accepted, "approved"), (withdrawn, "withdrawn"), (late, "expired")):
        data = kept(staff_portal, number, event).data
        assert data["shape"] == SHAPE
        assert data["application"]["state"] == event


def test_snapshot_holds_data_documents_rules_and_checks(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    data = kept(staff_portal, number, "rejected").data
    application = staff_portal.application(number)
    assert data["answers"]["anagrafica"]["vat_number"] == application.vat_number
    durc = next(one for one in data["documents"] if one["type"] == "durc")
    assert (durc["version"], durc["verdict"], durc["judged_by"]) == (1, "valid", "Marco Riva")
    assert re.fullmatch(r"[0-9a-f]{64}", durc["files"][0]["sha256"])
    assert data["settings"]["reapply_days"] == staff_portal.settings.reapply_days
    asked_for = {one["type"] for one in data["required"]}
    assert "durc" in asked_for
    assert data["decision"]["decided_by_name"] == "Anna Bassi"
    assert data["decision"]["reason_words"].startswith("I requisiti tecnici non sono sufficienti")
    assert {"vies", "excluded_list"} <= {one["kind"] for one in data["checks"]}
    assert data["section_verdicts"][0]["verdict"] == "doubtful"
    assert data["opinions"][0]["answered_by_name"] == "Sara Villa"
    assert data["notes"][0]["text"] == "Sentiti al telefono."


# --- how it reads


def test_list_has_a_line_each_the_latest_first(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    page = unescape(staff_portal.browser(AUDITOR).get(at(number, "istantanee")).text)
    found = re.findall(r'<a href="([^"]+/istantanee/\d+)">([^<]+)</a>', page)
    assert [title for _url, title in found] == ["Respinta", "Domanda inviata"]
    for url, title in found:
        assert f'<h1 class="mb-1">{title}</h1>' in staff_portal.browser(AUDITOR).get(url).text


def test_snapshot_reads_in_words(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    page = shown(staff_portal, number, "rejected", ANNA)
    for said in (
        "R03 I requisiti tecnici non sono sufficienti", "Manca l'attestazione <SOA>.", "Visto il sito.",
        "Anna Bassi", "L10 Ponteggi", "Dati identificativi", "durc.pdf", "SHA-256", "Verificato</span>",
        "Marco Riva", "Partita IVA comunitaria", "Positivo", "Risulta <attiva>.", "Sede e recapiti", "Con dubbi",
        "Il CAP è generico.", "Salute, sicurezza e ambiente", "Chiesto: Il DVR basta?", "Favorevole con riserva",
        "Sentiti al telefono.", "Documenti richiesti", "Regole in vigore", "Giorni prima di ripresentarsi",
    ):  # fmt: skip
        assert said in page, said
    assert "Dati, documenti e stato sono ancora questi." in page
    raw = staff_portal.browser(ANNA).get(at(number, f"istantanee/{kept(staff_portal, number, 'rejected').id}")).text
    assert "<SOA>" not in raw
    ids = re.findall(r' id="([^"]+)"', raw)
    assert len(ids) == len(set(ids))


def test_hit_of_the_excluded_list_is_for_whoever_may_read_it(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    for person, is_told in ((ANNA, True), (AUDITOR, True), (MARCO, False), (SPECIALIST, False)):
        page = shown(staff_portal, number, "rejected", person)
        assert ("Non c’è nell’elenco." in page) == is_told, person.name


def test_nothing_of_today_is_in_it_and_what_differs_is_told_apart(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    before = shown(staff_portal, number, "rejected")
    about = staff_portal.id_of(number)

    def change(session: Session) -> None:
        answers = session.get_one(ApplicationAnswers, about)
        sede = answers.answers["sede"] | {"hq_street": "Via di Oggi"}
        answers.answers = {**answers.answers, "sede": sede}
        for table in (Verification, SectionVerdict, InternalNote, Opinion):
            session.execute(delete(table))
        versions = select(DocumentVersion.id).join(Document).where(Document.type == "durc")
        session.execute(
            update(DocumentVersion)
            .where(DocumentVersion.id.in_(versions))
            .values(verdict="rejected", reason_code="D03")
        )
        session.execute(update(DocumentFile).values(name="oggi.pdf"))
        session.execute(update(Application).values(name="Nome di oggi", reason_text="Testo di oggi"))

    staff_portal.run(change)
    after = shown(staff_portal, number, "rejected")
    parts = [re.sub(r'<details class="icri-fold mb-4">.*?</details>', "", one, flags=re.DOTALL)
             for one in (before, after)]  # fmt: skip
    bodies = [re.search(r"<main.*</main>", one, re.DOTALL)[0] for one in parts]  # type: ignore[index]
    assert bodies[0] == bodies[1]
    told = re.search(r'<details class="icri-fold mb-4">.*?</details>', after, re.DOTALL)
    assert told
    assert "Via di Oggi" in told[0]
    assert "DURC: era «Verificato», ora è «Respinto»." in told[0]


def test_state_of_then_and_now_and_newer_documents_are_told(staff_portal: Portal) -> None:
    number = asked(staff_portal)
    answered(staff_portal, number, "Via Milano")
    page = shown(staff_portal, number, "submitted")
    assert "Stato: era «Inviata», ora è «In valutazione»." in page
    assert "DURC: ora c’è una versione più recente." in page
    assert "Via Milano" in page


def test_snapshot_of_old_shape_still_reads(staff_portal: Portal) -> None:
    number = refused(staff_portal)
    snapshot = kept(staff_portal, number, "rejected")
    old = {name: snapshot.data[name] for name in ("answers", "leaves", "questionnaire_version", "reason")}
    for data in (
        old,
        old | {"declarations": snapshot.data["declarations"], "documents": [
            {name: one[name] for name in ("type", "slot", "version", "details", "expires_on", "not_due_reason",
                                          "verdict", "files")} for one in snapshot.data["documents"]]},
    ):  # fmt: skip
        query = update(Snapshot).where(Snapshot.id == snapshot.id).values(data=data)
        staff_portal.run(lambda s, query=query: s.execute(query))
        page = shown(staff_portal, number, "rejected")
        assert "prima che si conservassero anche regole, verifiche e giudizi" in page
        assert "Dati identificativi" in page
        assert "R03" in page
        assert "L10" in page
    assert "durc.pdf" in page


def test_snapshot_of_another_application_or_of_none_is_missing(staff_portal: Portal) -> None:
    number, other = staff_portal.sent(1), staff_portal.sent(2)
    marco, foreign = staff_portal.browser(MARCO), kept(staff_portal, other, "submitted").id
    for one in (foreign, 0, 999999, 2**40, "boh"):
        assert marco.get(at(number, f"istantanee/{one}")).status_code == 404, one
    assert marco.get(at(other, f"istantanee/{foreign}")).status_code == 200
    admin = staff_portal.browser(ADMIN)
    assert admin.get(at(other, f"istantanee/{foreign}")).content == admin.get(at(other, "istantanee/999999")).content
