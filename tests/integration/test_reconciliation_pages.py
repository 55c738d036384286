"""Riconciliazione: what each role sees of the drifts, and what a press leaves."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from service.accounts.drift.actions import Counted, ask_repair, begin_run, end_run, fail_run, note, open_run
from service.accounts.drift.comparing import Finding
from service.accounts.drift.models import Drift, Reconciliation
from service.accounts.drift.states import DriftKind
from service.accounts.drift.words import LOCKED, NO_PERSON, WORDS
from service.accounts.models import Account
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.jobs.models import Job
from service.suppliers.models import Supplier
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
HERE = "/gestione/riconciliazione"


def found(portal: Portal, *kinds: DriftKind) -> list[Drift]:
    for kind in kinds:
        one = Finding(kind, f"f-{kind}", f"p-{kind}", ours="anna@example.it", theirs="altra@example.it")
        portal.run(lambda s, one=one: note(s, one))
    return list(portal.rows(select(Drift).where(Drift.ended_at.is_(None)).order_by(Drift.first_seen_at)))


def jobs(portal: Portal) -> list[tuple[str, Any]]:
    return [(one.kind, one.args) for one in portal.rows(select(Job).order_by(Job.id))]


def audited(portal: Portal) -> Iterable[str]:
    return [one.type for one in portal.rows(select(AuditEvent).order_by(AuditEvent.id))]


def test_empty_page_says_that_nothing_differs_and_offers_a_look(staff_portal: Portal) -> None:
    page = staff_portal.browser(ADMIN).get(HERE).text
    assert "Non c’è ancora stato nessun confronto." in page
    assert "Esegui adesso" in page
    assert "Ripara tutte" not in page


@pytest.mark.parametrize(("who", "sees", "acts"), [
    (ANNA, True, True), (ADMIN, True, True), (MARCO, True, False), (AUDITOR, True, False), (SPECIALIST, False, False),
])  # fmt: skip
def test_who_may_read_and_who_may_repair(staff_portal: Portal, who: Any, *, sees: bool, acts: bool) -> None:
    drift = found(staff_portal, DriftKind.EMAIL, DriftKind.DOUBLE)[0]
    browser = staff_portal.browser(who)
    answer = browser.get(HERE)
    assert answer.status_code == (200 if sees else 403)
    assert ("Esegui adesso" in answer.text, "Ripara tutte" in answer.text) == (acts, acts)
    assert (f"{drift.id}/ripara" in answer.text) == acts
    for path in ("avvia", "ripara", f"{drift.id}/ripara"):
        assert browser.post(f"{HERE}/{path}", data={"seen": utc_now().isoformat()}).status_code == (
            303 if acts else 403
        )
    assert browser.get(f"{HERE}/ripara").status_code in ({303} if acts else {403}), "all are asked for by now"


def test_run_now_is_one_look_however_often_it_is_pressed(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    for _ in range(2):
        assert admin.post(f"{HERE}/avvia").headers["location"] == HERE
    (run,) = staff_portal.rows(select(Reconciliation))
    assert jobs(staff_portal) == [("accounts.reconcile", {"run_id": str(run.id)})]
    assert audited(staff_portal) == ["reconciliation.asked"]
    page = admin.get(HERE).text
    assert "Un confronto è stato chiesto: in coda." in page
    assert "Esegui adesso" not in page
    staff_portal.run(lambda s: s.execute(text("update job set last_error = 'Keycloak non risponde', attempts = 2,"
                                              " run_at = now() + interval '1 minute'")))  # fmt: skip
    assert re.search(r"Un confronto aspetta: Keycloak non risponde \(nuovo tentativo ", admin.get(HERE).text)


def test_last_look_is_told_and_one_that_failed_says_why(staff_portal: Portal) -> None:
    run, _is_new = staff_portal.run(lambda s: open_run(s, by=ADMIN))
    staff_portal.run(lambda s: begin_run(s, run.id))
    staff_portal.run(lambda s: end_run(s, run.id, Counted(12, 10, 2)))
    page = staff_portal.browser(AUDITOR).get(HERE).text
    assert "chiesto da Adele Conti" in page
    assert "persone a Keycloak 12, utenze nel portale 10, differenze trovate 2." in page
    run, _is_new = staff_portal.run(lambda s: open_run(s, by=ADMIN))
    staff_portal.run(lambda s: fail_run(s, run.id, "Keycloak non risponde"))
    page = staff_portal.browser(AUDITOR).get(HERE).text
    assert "L’ultimo confronto non è riuscito: Keycloak non risponde." in page


def test_every_drift_is_explained_with_what_may_be_done(staff_portal: Portal) -> None:
    found(staff_portal, *DriftKind)
    staff_portal.run(lambda s: note(s, Finding(DriftKind.GHOST, "x", supplier_number="P-2026-0001", ours=NO_PERSON)))
    page = staff_portal.browser(ADMIN).get(HERE).text
    for words in WORDS.values():
        assert words.meaning in page
        assert words.deed in page
    assert page.count('class="btn btn-outline-primary text-nowrap">Ripara<') == len(DriftKind) - 1
    one = staff_portal.browser(ADMIN).get(f"{HERE}?tipo=double").text
    assert WORDS[DriftKind.DOUBLE].meaning in one
    assert WORDS[DriftKind.ORPHAN].meaning not in one


def test_drift_names_the_company_and_the_person_once(staff_portal: Portal) -> None:
    staff_portal.approved()
    account, supplier = staff_portal.rows(select(Account))[0], staff_portal.rows(select(Supplier))[0]
    staff_portal.run(lambda s: note(s, Finding(DriftKind.EMAIL, account.username, "p-1", account_id=account.id)))
    page = staff_portal.browser(ADMIN).get(HERE).text
    cell = page[page.index('<strong class="text-break">') :].split("</td>")[0]
    assert f"{supplier.number} {supplier.name}" in cell
    assert cell.count(account.username) == 1


def test_repair_of_one_is_a_job_and_the_page_shows_how_far_it_is(staff_portal: Portal) -> None:
    drift = found(staff_portal, DriftKind.ORPHAN)[0]
    admin = staff_portal.browser(ADMIN)
    for _ in range(2):
        assert admin.post(f"{HERE}/{drift.id}/ripara", data={"tipo": "orphan"}).headers["location"].endswith("=orphan")
    assert jobs(staff_portal) == [("account.reconcile", {"drift_id": str(drift.id)})]
    assert audited(staff_portal) == ["account.drift_repair_asked"]
    page = admin.get(HERE).text
    assert "in coda" in page
    assert "chiesta da Adele Conti" in page
    assert f"{drift.id}/ripara" not in page
    staff_portal.run(lambda s: s.execute(text("update job set status = 'stuck', last_error = 'Keycloak rifiuta'")))
    page = admin.get(HERE).text
    assert f"{drift.id}/ripara" in page
    assert "Keycloak rifiuta" in page
    admin.post(f"{HERE}/{drift.id}/ripara")
    page = admin.get(HERE).text
    assert ("in coda" in page, "Keycloak rifiuta" in page) == (True, False), "it is tried anew"
    trail = admin.get("/gestione/registro").text
    assert "Chiesto di riparare una differenza con Keycloak" in trail
    assert "Utenza sconosciuta" in trail


def test_repair_all_says_what_is_done_to_whom_and_does_what_was_seen(staff_portal: Portal) -> None:
    found(staff_portal, DriftKind.ORPHAN, DriftKind.EMAIL, DriftKind.GROUP)
    admin = staff_portal.browser(ADMIN)
    page = admin.get(f"{HERE}/ripara").text
    for kind in (DriftKind.ORPHAN, DriftKind.EMAIL):
        assert f"{WORDS[kind].name} (1): f-{kind}. {WORDS[kind].deed}" in page
    assert "f-wrong_group" not in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    found(staff_portal, DriftKind.DOUBLE)
    for odd in ("", "boh", "9999-99-99"):
        assert admin.post(f"{HERE}/ripara", data={"seen": odd}).headers["location"] == f"{HERE}/ripara"
    assert admin.post(f"{HERE}/ripara", data={"seen": seen[1]}).headers["location"] == HERE
    assert sorted(str(one.kind) for one in staff_portal.rows(select(Drift).where(Drift.asked_at.is_not(None)))) == [
        "orphan", "wrong_email",
    ]  # fmt: skip


def test_who_was_switched_off_at_keycloak_is_no_part_of_all_and_the_button_says_what_it_does(
    staff_portal: Portal,
) -> None:
    found(staff_portal, DriftKind.ORPHAN, DriftKind.EMAIL)
    locked = Finding(DriftKind.DISABLED, "f-chiusa", "p-chiusa", ours="active", theirs="disabled")
    staff_portal.run(lambda s: note(s, locked))
    admin = staff_portal.browser(ADMIN)
    page = admin.get(f"{HERE}?tipo=disabled").text
    assert LOCKED.meaning in page
    assert LOCKED.deed in page
    assert 'text-nowrap">Riabilita<' in page
    assert "Ripara" not in re.sub("(?s)<nav.*?</nav>", "", page)
    assert "f-chiusa" not in admin.get(f"{HERE}/ripara").text


def test_drift_that_has_ended_answers_in_words(staff_portal: Portal) -> None:
    drift = found(staff_portal, DriftKind.ORPHAN)[0]
    staff_portal.run(lambda s: ask_repair(s, drift.id, by=ADMIN))
    staff_portal.run(lambda s: s.execute(text("update drift set ended_at = now(), ended = 'repaired'")))
    admin = staff_portal.browser(ADMIN)
    assert admin.post(f"{HERE}/{drift.id}/ripara").status_code == 409
    page = admin.get(HERE).text
    assert "riparata, chiesta da Adele Conti" in page
    assert utc_now() - drift.first_seen_at < timedelta(minutes=5)
