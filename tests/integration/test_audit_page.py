"""Registro: who sees what of it, filters and paging, the spreadsheet, the check by button and by the clock."""

import csv
import html
import io
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, text

from service.access.principal import APPLICANT, Principal, Role
from service.applications.exports import FORMULA
from service.audit.seals import Head, find_head
from service.audit.trail import TRAIL, AuditEvent, record
from service.clock import local_date
from service.database import transaction
from service.documents.models import Document
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.jobs.repository import list_jobs
from service.web.dates import short_day
from service.wiring import make_worker
from service.worker.audit_tasks import head_letter
from service.worker.schedule import DAILY, SCHEDULE
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]
HERE = "/gestione/registro"
ROWS = re.compile(r'<th scope="row" role="rowheader" class="fw-normal">(.*?)</th>')
HEAD_LETTER = {"message": "staff_audit_head"}


def rows_of(browser: TestClient, **query: str) -> list[str]:
    answer = browser.get(HERE, params=query)
    assert answer.status_code == 200, answer.text
    return [html.unescape(one) for one in ROWS.findall(answer.text)]


def note(portal: Portal, type_: str, by: Principal, subject: UUID | None = None, **data: object) -> UUID:
    subject = subject or uuid4()
    portal.run(lambda s: record(s, type_, subject, by=by, **data))
    return subject


def downloaded(portal: Portal, by: Principal) -> None:
    document = portal.rows(select(Document.id))[0]
    note(portal, "document.downloaded", by, document, file=str(uuid4()))


def test_trail_is_for_those_who_may_read_it_and_ones_own_deeds_for_reviewers(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()  # by Marco, a reviewer
    for person, status in ((ANNA, 200), (ADMIN, 200), (AUDITOR, 200), (MARCO, 200), (SPECIALIST, 403)):
        assert staff_portal.browser(person).get(HERE).status_code == status
    assert staff_portal.browser(SUPPLIER).get(HERE).status_code == 404
    everything, own = rows_of(staff_portal.browser(ANNA)), rows_of(staff_portal.browser(MARCO))
    assert {"Domanda inviata", "Presa in carico", "Documento verificato"} <= set(everything)
    assert "Presa in carico" in own
    assert "Domanda inviata" not in own
    page = staff_portal.browser(MARCO).get(HERE, params={"chi": "Richiedente", "numero": number}).text
    assert "Domanda inviata</th>" not in page
    assert "Controlla ora" not in page
    assert "fatte da te" in page


def test_page_names_the_subject_links_it_where_it_may_and_says_the_details(staff_portal: Portal) -> None:
    number = staff_portal.approved()
    downloaded(staff_portal, ANNA)
    page = staff_portal.browser(ANNA).get(HERE).text
    assert f'href="/gestione/richieste/{number}"' in page
    assert f'href="/gestione/richieste/{number}/documenti"' in page
    assert re.search(r'href="/gestione/fornitori/F\d+"', page)
    assert "In valutazione → Accettata" in html.unescape(page)
    assert "from_state" not in page
    admin = staff_portal.browser(ADMIN).get(HERE).text
    assert number in admin
    assert f'href="/gestione/richieste/{number}"' not in admin


def test_event_shaped_as_no_other_is_shown_as_it_stands(staff_portal: Portal, owner_engine: Engine) -> None:
    note(staff_portal, "novelty.odd", ANNA, leaves=7, documents=["<b>"], why=["a"], from_state=["q"], deadline="ieri")
    note(staff_portal, "audit.verified", ANNA, TRAIL, count="molti")
    forge(owner_engine, "update audit_event set data = '[1]' where type = 'audit.exported'")
    answer = staff_portal.browser(ANNA).get(HERE)
    assert answer.status_code == 200
    for told in ("leaves: 7", "&lt;b&gt;", "why: a", "from_state: q", "deadline: ieri"):
        assert told in answer.text, told
    assert "novelty.odd" in answer.text
    assert "non è ancora stato controllato" in answer.text


def test_filters_narrow_the_page_and_stand_in_the_address(staff_portal: Portal) -> None:
    first, second = staff_portal.reviewed(1), staff_portal.sent(2)
    downloaded(staff_portal, ANNA)
    browser = staff_portal.browser(ANNA)
    assert set(rows_of(browser, chi="marco RIVA")) == {
        "Presa in carico", "Documento verificato", "Verifica registrata",
    }  # fmt: skip
    assert rows_of(browser, chi="Rossi") == rows_of(browser, chi="100%") == rows_of(browser, chi="_") == []
    assert rows_of(browser, cosa="application.submitted") == ["Domanda inviata"] * 2
    assert rows_of(browser, cosa="document.downloaded") == ["Documento scaricato"]
    assert rows_of(browser, cosa="application.submitted", numero=f" {second.lower()} ") == ["Domanda inviata"]
    assert "Documento verificato" in rows_of(browser, numero=first)
    today, before = local_date(), local_date() - timedelta(days=1)
    assert rows_of(browser, al=short_day(before)) == []
    assert len(rows_of(browser, dal=short_day(today), al=short_day(today))) == len(rows_of(browser)) > 5
    page = browser.get(HERE, params={"chi": "Marco", "cosa": "document.verified"}).text
    assert f'href="{HERE}/eventi.csv?chi=Marco&amp;cosa=document.verified"' in page
    assert 'value="Marco"' in page
    assert f'href="{HERE}?cosa=document.downloaded"' in browser.get(HERE).text


def test_supplier_number_shows_application_people_and_documents_too(staff_portal: Portal) -> None:
    staff_portal.approved()
    staff_portal.sent(2)
    number = staff_portal.run(lambda s: s.scalar(text("select number from supplier")))
    found = rows_of(staff_portal.browser(ANNA), numero=number)
    assert {"Qualificata come fornitore", "Utenza prevista", "Domanda inviata", "Documento verificato"} <= set(found)
    assert found.count("Domanda inviata") == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [({"numero": "P-2026-9999"}, "nessun fornitore con questo numero"), ({"numero": "'; --\0"}, "questo numero"),
     ({"dal": "ieri"}, "31/12/2026"), ({"al": "31/02/2026", "chi": "Anna"}, "31/12/2026")],
    ids=str,
)  # fmt: skip
def test_wrong_filter_is_told_and_kept(staff_portal: Portal, query: dict[str, str], said: str) -> None:
    answer = staff_portal.browser(ANNA).get(HERE, params=query)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    for value in query.values():
        assert html.escape(value.replace("\0", "").strip(), quote=True).replace("&#x27;", "&#39;") in answer.text
    assert staff_portal.browser(ANNA).get(f"{HERE}/eventi.csv", params=query).status_code == 303
    assert staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "audit.exported")) == []


def test_pages_follow_each_other_without_loss_and_lead_back(staff_portal: Portal) -> None:
    with transaction(staff_portal.app.state.engine) as session:
        for n in range(120):
            record(session, "application.exported", uuid4(), by=ANNA, format=f"n{n}")
    browser, seen, address = staff_portal.browser(ANNA), [], f"{HERE}?cosa=application.exported"
    while address:
        page = browser.get(address).text
        seen.append(re.findall(r"format: n(\d+)", page))
        forward = re.search(r'rel="next" href="([^"]+)"', page)
        address = html.unescape(forward[1]) if forward else ""
    assert [int(n) for one in seen for n in one] == list(range(119, -1, -1))
    assert [len(one) for one in seen] == [50, 50, 20]
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back
    middle = browser.get(html.unescape(back[1])).text
    assert re.findall(r"format: n(\d+)", middle) == seen[1]
    assert 'rel="prev"' not in browser.get(f"{HERE}?cosa=application.exported").text
    assert browser.get(f"{HERE}?prima=zero&dopo=-1").status_code == 200


def test_spreadsheet_holds_all_that_is_filtered_and_no_formula(
    staff_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.web.staff.audit.BATCH", 40)
    hostile = Principal("=cmd|'/c calc'!A1", '=HYPERLINK("http://x";"y")', frozenset({Role.REVIEWER}))
    engine = staff_portal.app.state.engine
    with transaction(engine) as session:
        for n in range(110):
            record(session, "application.exported", uuid4(), by=hostile, format="+1;=2\n@3", n=n)
    note(staff_portal, "application.withdrawn", APPLICANT, reason="-1+1")
    browser = staff_portal.browser(ANNA)
    answer = browser.get(f"{HERE}/eventi.csv", params={"cosa": "application.exported"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert table[0] == ["Quando", "Chi", "Utenza", "Che cosa", "Codice", "Riguarda", "Dettagli"]
    assert len(table) == 111
    assert not [cell for row in table for cell in row if cell.startswith(FORMULA)]
    assert {row[4] for row in table[1:]} == {"application.exported"}
    whole = list(csv.reader(io.StringIO(browser.get(f"{HERE}/eventi.csv").text), delimiter=";"))
    assert whole[1][3:5] == ["Registro scaricato", "audit.exported"]
    assert not [cell for row in whole for cell in row if cell.startswith(FORMULA)]
    told = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "audit.exported").order_by(AuditEvent.id))
    assert [(one.by_name, one.data) for one in told] == [
        ("Anna Bassi", {"cosa": "application.exported"}), ("Anna Bassi", {})
    ]  # fmt: skip


def test_reviewers_spreadsheet_holds_their_own_deeds(staff_portal: Portal) -> None:
    staff_portal.reviewed()
    text_ = staff_portal.browser(MARCO).get(f"{HERE}/eventi.csv").text
    people = {row[2] for row in list(csv.reader(io.StringIO(text_), delimiter=";"))[1:]}
    assert people == {"marco"}


def work_off(portal: Portal, *kinds: str, head_file: Path | None = None) -> None:
    """Have these jobs done, and what was asked for by a page; letters and files wait."""
    worker = make_worker(portal.settings.model_copy(update={"audit_head_path": str(head_file or "")}))
    for kind in kinds:
        portal.run(lambda s, kind=kind: enqueue(s, kind, f"test:{kind}:{uuid4()}", {}))
    later = text("update job set run_at = now() + interval '1 hour' where kind not like 'audit.%'")
    portal.run(lambda s: s.execute(later))
    worker.work_off()
    worker.engine.dispose()


def forge(owner: Engine, *statements: str) -> None:
    with owner.begin() as connection:
        connection.execute(text("alter table audit_event disable trigger user"))
        connection.execute(text("alter table audit_seal disable trigger user"))
        for statement in statements:
            connection.execute(text(statement))


def test_button_has_the_trail_checked_and_the_page_tells_the_result(staff_portal: Portal, owner_engine: Engine) -> None:
    staff_portal.sent()
    browser = staff_portal.browser(ANNA)
    assert "non è ancora stato controllato" in browser.get(HERE).text
    note(staff_portal, "audit.verified", ANNA, TRAIL, events=0, against=0, count=0, problems=[])  # at the first start
    assert "non è ancora stato controllato" in browser.get(HERE).text
    work_off(staff_portal, "audit.seal")
    for _ in range(2):
        answer = browser.post(f"{HERE}/controllo")
        assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    assert "Un controllo è in corso" in browser.get(HERE).text
    work_off(staff_portal)
    page = browser.get(HERE).text
    assert "Il registro è integro." in page
    assert "Controlla ora" in page
    assert staff_portal.rows(select(Job.status).where(Job.kind == "audit.verify")) == [JobStatus.DONE]
    forge(owner_engine, "update audit_event set by_name = 'Nessuno' where id = 2")
    browser.post(f"{HERE}/controllo")
    work_off(staff_portal)
    page = html.unescape(browser.get(HERE).text)
    assert "ha trovato 1 problema" in page
    assert "L’evento 2 è stato cambiato." in page
    assert "Il registro è integro." not in page
    assert rows_of(browser, cosa="audit.verified") == ["Registro controllato"] * 3
    assert rows_of(browser, cosa="audit.check_asked") == ["Chiesto il controllo del registro"] * 3


def test_check_is_for_those_who_read_the_whole_trail(staff_portal: Portal) -> None:
    for person, status in ((MARCO, 403), (SPECIALIST, 403), (SUPPLIER, 404), (AUDITOR, 303), (ADMIN, 303)):
        assert staff_portal.browser(person).post(f"{HERE}/controllo").status_code == status


def test_every_minute_events_are_sealed_and_the_head_leaves_the_database(
    staff_portal: Portal, owner_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (SCHEDULE["audit.seal"], f"{DAILY['audit.tell_head']:%H:%M}") == (1, "06:30")
    staff_portal.sent()
    count, file = len(staff_portal.rows(select(AuditEvent.id))), tmp_path / "testa"
    work_off(staff_portal, "audit.seal", head_file=file)
    head = staff_portal.run(find_head)
    assert (head.number, Head.read(file)) == (count, head)
    logged = capsys.readouterr()
    assert head.hash in logged.out + logged.err
    assert staff_portal.run(list_jobs) == [one for one in staff_portal.run(list_jobs) if one.kind != "audit.seal"]
    work_off(staff_portal, "audit.tell_head", "audit.tell_head")
    assert staff_portal.rows(select(Job.key).where(Job.key.like("mail:staff_audit_head:%"))) == [
        f"mail:staff_audit_head:{TRAIL}:{local_date().isoformat()}"
    ]
    letter = staff_portal.run(lambda s: head_letter(s, HEAD_LETTER, staff_portal.settings))
    assert str(head) in letter.text
    assert letter.to == staff_portal.settings.staff_mailbox
    forge(owner_engine, "delete from audit_seal where number > (select max(number) - 2 from audit_seal)")
    work_off(staff_portal, "audit.seal", "audit.verify", head_file=file)
    assert Head.read(file) == head
    problems = staff_portal.rows(select(AuditEvent.data).where(AuditEvent.type == "audit.verified"))[0]["problems"]
    assert problems == [["rewritten", count, 0]]
    assert "Problemi trovati: 1" in staff_portal.run(lambda s: head_letter(s, HEAD_LETTER, staff_portal.settings)).text


def test_letter_of_the_head_is_not_written_before_there_is_one(staff_portal: Portal) -> None:
    work_off(staff_portal, "audit.tell_head")
    assert staff_portal.rows(select(Job).where(Job.kind == "mail.send")) == []
    assert staff_portal.run(lambda s: head_letter(s, HEAD_LETTER, staff_portal.settings)) is None
