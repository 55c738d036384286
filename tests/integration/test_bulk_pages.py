"""Pages of the acts on many: chosen in the queue, shown, confirmed, taken back, watched; who sees and may what."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from service.access.sessions import SignedInSession
from service.applications.actions import reject
from service.applications.bulk.models import BulkBatch, BulkRow
from service.applications.bulk.states import BatchState
from service.applications.models import Application
from service.applications.states import State
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.jobs.models import Job, JobStatus
from tests.support.bulk import work_off
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, SUPPLIER, Portal, staff_portal

__all__ = ["staff_portal"]
HERE, BATCHES = "/gestione/richieste/azioni", "/gestione/azioni"
REASONS = {"reason_code": "R99", "reason_text": "Mancano le attrezzature che servono nei nostri cantieri.",
           "reapply_from": "", "note": "nota interna"}  # fmt: skip


def inputs(html: str) -> dict[str, list[str]]:
    """Give the hidden fields of the form of a page."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html):
        found.setdefault(name, []).append(unescape(value))
    return found


def ask(browser: TestClient, action: str, *numbers: str, **typed: Any) -> Any:
    return browser.post(HERE, data={"azione": action, "sel": list(numbers), **typed})


def confirm(browser: TestClient, shown: Any) -> Any:
    assert shown.status_code == 200, shown.text
    return browser.post(HERE, data=inputs(shown.text) | {"passo": "conferma"})


def batch(portal: Portal) -> BulkBatch:
    (found,) = portal.rows(select(BulkBatch))
    return found  # type: ignore[no-any-return]


def off(portal: Portal) -> None:
    assert work_off(portal.app.state.engine, portal.settings)


def test_approvals_are_shown_confirmed_and_done(staff_portal: Portal) -> None:
    good, gap, anna = staff_portal.reviewed(1), staff_portal.sent(2), staff_portal.browser(ANNA)
    shown = ask(anna, "approve", good, gap)
    assert "Conferma per 1 richiesta" in shown.text
    assert "[ICRI ProActive] Prequalifica accettata" in shown.text
    assert "f…-01" in shown.text
    assert "Resta fuori" in shown.text
    assert staff_portal.rows(select(BulkBatch)) == []
    assert staff_portal.application(good).state == State.UNDER_REVIEW
    done = confirm(anna, shown)
    here = f"{BATCHES}/{batch(staff_portal).id}"
    assert (done.status_code, done.headers["location"]) == (303, here)
    waiting = anna.get(here)
    assert "Si comincia fra" in waiting.text
    assert f'action="{here}/annulla"' in waiting.text
    assert int(waiting.headers["Refresh"]) > 30
    assert staff_portal.application(good).state == State.UNDER_REVIEW
    off(staff_portal)
    ended = anna.get(here)
    assert "Eseguite 1 su 1" in ended.text
    assert "Refresh" not in ended.headers
    assert staff_portal.application(good).state == State.APPROVED
    assert "Accetta più richieste" in anna.get(BATCHES).text


def test_refusals_ask_for_reasons_keep_them_and_show_the_letter(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    asked = ask(anna, "reject", number)
    assert asked.status_code == 200
    carried = inputs(asked.text)
    wrong = anna.post(HERE, data=carried | {**REASONS, "reason_text": "corto"})
    assert wrong.status_code == 422
    assert "almeno 20 caratteri" in wrong.text
    assert "corto" in wrong.text
    shown = anna.post(HERE, data=carried | REASONS)
    assert "Mancano le attrezzature" in shown.text
    assert "La prima e-mail" in shown.text
    back = anna.post(HERE, data=inputs(shown.text) | {"passo": "condizioni"})
    assert "nota interna" in back.text
    confirm(anna, shown)
    off(staff_portal)
    application = staff_portal.application(number)
    assert (application.state, application.reason_code, application.internal_note) == (
        State.REJECTED, "R99", "nota interna",
    )  # fmt: skip
    (event,) = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "application.rejected"))
    assert event.data["bulk"] == str(batch(staff_portal).id)


def test_assignment_goes_to_a_person_of_the_list(staff_portal: Portal) -> None:
    numbers, anna = [staff_portal.sent(n) for n in (1, 2)], staff_portal.browser(ANNA)
    staff_portal.browser(MARCO)
    carried = inputs(ask(anna, "assign", *numbers).text)
    assert anna.post(HERE, data=carried | {"persona": "nessuno"}).status_code == 422
    shown = anna.post(HERE, data=carried | {"persona": MARCO.subject})
    assert "Assegnata a Marco Riva" in shown.text
    assert "Partono 2 e-mail" in shown.text
    assert "La prima e-mail" in shown.text
    confirm(anna, shown)
    off(staff_portal)
    assert {staff_portal.application(one).assignee_subject for one in numbers} == {MARCO.subject}
    assert len(staff_portal.rows(select(Job).where(Job.key.startswith("mail:staff_assigned:")))) == 2


def test_all_of_the_filter_are_taken(staff_portal: Portal) -> None:
    numbers, marco = [staff_portal.sent(n) for n in (1, 2)], staff_portal.browser(MARCO)
    reviewed = staff_portal.reviewed(3, by=ANNA)
    shown = marco.post(HERE, data={"azione": "take", "quali": "tutte", "filtro": "stato=submitted"})
    assert "Conferma per 2 richieste" in shown.text
    assert reviewed not in shown.text
    assert "Non parte nessuna e-mail" in shown.text
    confirm(marco, shown)
    off(staff_portal)
    assert {staff_portal.application(one).assignee_subject for one in numbers} == {MARCO.subject}


def test_more_than_it_may_says_that_it_is_cut(staff_portal: Portal) -> None:
    staff_portal.app.state.settings = staff_portal.settings.model_copy(update={"bulk_most": 1})
    first, _second, marco = staff_portal.sent(1), staff_portal.sent(2), staff_portal.browser(MARCO)
    shown = marco.post(HERE, data={"azione": "take", "tutte": "on", "filtro": ""})
    assert "Sono più di 1" in shown.text
    assert inputs(shown.text)["righe"] == [f"{first}:{staff_portal.version(first)}"]


def test_taken_back_it_never_happens(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    here = confirm(marco, ask(marco, "take", number)).headers["location"]
    for _ in range(2):
        assert marco.post(f"{here}/annulla").status_code == 303
    page = marco.get(here).text
    assert "nulla è stato deciso" in page
    assert ("Non toccata" in page, "Non ancora" in page) == (True, False)
    off(staff_portal)
    assert staff_portal.application(number).state == State.SUBMITTED
    assert batch(staff_portal).state == BatchState.CANCELLED


def test_work_that_has_stopped_says_so_and_leads_to_its_button(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    here = confirm(marco, ask(marco, "take", number)).headers["location"]
    staff_portal.run(lambda s: s.execute(update(BulkBatch).values(state=BatchState.RUNNING)))
    assert "Refresh" in marco.get(here).headers
    staff_portal.run(lambda s: s.execute(update(Job).where(Job.kind == "bulk.run").values(status=JobStatus.STUCK)))
    stopped = marco.get(here)
    assert "Refresh" not in stopped.headers
    assert "Il lavoro si è fermato" in stopped.text
    assert 'href="/gestione/attivita"' in stopped.text.split("<main")[1]


def test_too_late_to_take_back(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    here = confirm(marco, ask(marco, "take", number)).headers["location"]
    off(staff_portal)
    late = marco.post(f"{here}/annulla")
    assert late.status_code == 409
    assert "già iniziata" in late.text


def test_pressed_twice_it_is_one(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    shown = ask(marco, "take", number)
    assert confirm(marco, shown).headers["location"] == confirm(marco, shown).headers["location"]
    assert len(staff_portal.rows(select(BulkRow))) == 1
    assert len(staff_portal.rows(select(Job).where(Job.kind == "bulk.run"))) == 1


def test_whoever_was_faster_stands_on_the_row(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    here = confirm(anna, ask(anna, "approve", number)).headers["location"]
    staff_portal.run(
        lambda s: reject(s, staff_portal.id_of(number), version=staff_portal.version(number), by=PIA,
                         settings=staff_portal.settings, reason_code="R99", reason_text=REASONS["reason_text"])
    )  # fmt: skip
    off(staff_portal)
    told = anna.get(here).text
    assert "Non eseguita" in told
    assert "già stata respinta da Pia Neri alle" in told
    assert f"/gestione/richieste/{number}" in told


def test_running_shows_progress(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    here = confirm(marco, ask(marco, "take", number)).headers["location"]
    staff_portal.run(lambda s: s.execute(update(BulkBatch).values(state=BatchState.RUNNING)))
    shown = marco.get(here)
    assert '<progress max="1" value="0"' in shown.text
    assert shown.headers["Refresh"] == "3"
    assert f"{here}/annulla" not in shown.text


def test_nothing_chosen_leads_back(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    for numbers in ([], ["P-1999-0001"], ["<script>"]):
        answer = ask(marco, "take", *numbers)
        assert answer.status_code == 422
        assert "Scegli almeno una richiesta." in answer.text
        assert "<script>" not in answer.text
    assert ask(marco, "delete", "P-1999-0001").status_code == 422
    assert marco.get(HERE).headers["location"] == "/gestione/richieste"


@pytest.mark.parametrize(
    ("person", "action", "status"),
    [(MARCO, "approve", 403), (MARCO, "reject", 403), (MARCO, "assign", 403), (AUDITOR, "take", 403),
     (SPECIALIST, "take", 403), (ADMIN, "take", 403), (SUPPLIER, "take", 404)],
)  # fmt: skip
def test_who_may_not_act_on_one_may_not_on_many(staff_portal: Portal, person: Any, action: str, status: int) -> None:
    number = staff_portal.sent()
    assert ask(staff_portal.browser(person), action, number).status_code == status


def test_batch_is_its_makers_and_of_whoever_watches(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    here = confirm(marco, ask(marco, "take", number)).headers["location"]
    other = MARCO.__class__("rita", "Rita Gallo", MARCO.roles)
    stranger = staff_portal.browser(other)
    missing = stranger.get(f"{BATCHES}/00000000-0000-4000-8000-000000000000")
    assert stranger.get(here).content == missing.content
    assert (missing.status_code, stranger.post(f"{here}/annulla").status_code) == (404, 404)
    assert here not in stranger.get(BATCHES).text
    for person in (ANNA, AUDITOR):
        browser = staff_portal.browser(person)
        assert number in browser.get(here).text
        assert f"{here}/annulla" not in browser.get(here).text
        assert here in browser.get(BATCHES).text
    assert staff_portal.browser(ANNA).post(f"{here}/annulla").status_code == 404
    assert staff_portal.browser(AUDITOR).post(f"{here}/annulla").status_code == 403
    for person, status in ((ADMIN, 403), (SPECIALIST, 403), (SUPPLIER, 404)):
        assert staff_portal.browser(person).get(BATCHES).status_code == status


def test_acts_on_many_want_a_fresh_sign_in(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    old = utc_now() - timedelta(minutes=16)
    staff_portal.run(lambda s: s.execute(update(SignedInSession).values(authenticated_at=old)))
    for action in ("approve", "reject", "take"):
        answer = ask(anna, action, number)
        assert answer.status_code == 503  # on the way to Keycloak, which is not there
    assert staff_portal.rows(select(Application.state)) == [State.UNDER_REVIEW]


def test_tampered_lines_are_checked_again(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    shown = inputs(ask(marco, "take", number).text)
    here = marco.post(HERE, data=shown | {"righe": f"{number}:999 P-1999-0001:1", "passo": "conferma"})
    off(staff_portal)
    assert "Non eseguita" in marco.get(here.headers["location"]).text
    assert staff_portal.application(number).state == State.SUBMITTED
    endless = shown | {"righe": "x" * 9000}
    assert marco.post(HERE, data=endless).status_code == 413
