"""The account panel, "Riprova ora", the activities and the banner."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from service.accounts.actions import mark_failed
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from tests.factories.accounts import provisioned
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
QUEUE = "/gestione/richieste"


def set_job(portal: Portal, key: str, values: str) -> None:
    portal.run(lambda s: s.execute(text(f"update job set {values} where key like :key"), {"key": key}))  # noqa: S608


def account(portal: Portal) -> Account:
    found: Account = portal.rows(select(Account))[0]
    return found


def test_account_panel_tells_the_state_in_words(staff_portal: Portal) -> None:
    number, anna = staff_portal.approved(), staff_portal.browser(ANNA)
    key = f"account.provision:{account(staff_portal).id}"
    path = f"{QUEUE}/{number}"
    assert "<strong>in coda</strong>" in anna.get(path).text
    set_job(staff_portal, key, "lease_until = now() + interval '1 minute', lease_owner = 'x'")
    assert "<strong>in corso</strong>" in anna.get(path).text
    set_job(staff_portal, key, "lease_until = 'epoch', lease_owner = null, attempts = 3, last_error = 'Non risponde',"
            " run_at = now() + interval '2 seconds'")  # fmt: skip
    page = anna.get(path).text
    assert re.search(r"nuovo tentativo (alle|il) ", page)
    assert "3 tentativi" in page
    assert "Non risponde" in page


def test_retry_now_puts_a_failed_account_back(staff_portal: Portal) -> None:
    number, marco = staff_portal.approved(), staff_portal.browser(MARCO)
    found = account(staff_portal)
    staff_portal.run(lambda s: mark_failed(s, found.id, reason="Esiste già un’utenza non nostra"))
    set_job(staff_portal, f"account.provision:{found.id}", "status = 'stuck', attempts = 9")
    page = marco.get(f"{QUEUE}/{number}/cronologia").text
    assert "bloccato" in page
    assert "Esiste già un’utenza non nostra" in page
    answer = marco.post(f"/gestione/utenze/{found.id}/riprova", data={"ritorno": f"{QUEUE}/{number}"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{QUEUE}/{number}")
    assert account(staff_portal).state == AccountState.PENDING
    job = staff_portal.rows(select(Job).where(Job.kind == "account.provision"))[0]
    assert (job.status, job.attempts) == (JobStatus.READY, 0)
    assert "Creazione dell’utenza riprovata" in marco.get(f"{QUEUE}/{number}/cronologia").text


def test_retry_while_a_worker_has_it_says_in_corso(staff_portal: Portal) -> None:
    staff_portal.approved()
    found = account(staff_portal)
    set_job(staff_portal, f"account.provision:{found.id}", "lease_until = now() + interval '1 minute'")
    answer = staff_portal.browser(ADMIN).post(f"/gestione/utenze/{found.id}/riprova")
    assert answer.status_code == 409
    assert "È in corso proprio adesso" in answer.text


def test_resend_of_one_page_twice_makes_one_job(staff_portal: Portal) -> None:
    number, anna = staff_portal.approved(), staff_portal.browser(ANNA)
    found = account(staff_portal)
    staff_portal.run(lambda s: provisioned(s, found.id))
    set_job(staff_portal, f"account.provision:{found.id}", "status = 'done'")
    page = anna.get(f"{QUEUE}/{number}").text
    assert "E-mail di accesso consegnata al server di posta" in page
    assert f'href="/gestione/utenze/{found.id}/accesso?ritorno=%2Fgestione%2Frichieste%2F{number}"' in page
    asked = anna.get(f"/gestione/utenze/{found.id}/accesso?ritorno={QUEUE}/{number}").text
    assert found.email in asked
    assert 'name="seen" value="0"' in asked
    assert f'href="{QUEUE}/{number}"' in asked
    for _ in range(2):
        assert anna.post(f"/gestione/utenze/{found.id}/accesso", data={"seen": "0"}).status_code == 303
    assert len(staff_portal.rows(select(Job).where(Job.kind == "account.send_access"))) == 1
    later = anna.get(f"{QUEUE}/{number}").text
    assert "Reinvia e-mail di accesso" not in later
    assert "Anna Bassi · 1" not in later


@pytest.mark.parametrize("person", [AUDITOR, SPECIALIST])
def test_account_actions_are_refused_to_those_who_only_look(staff_portal: Portal, person: object) -> None:
    number = staff_portal.approved()
    found = account(staff_portal)
    browser = staff_portal.browser(person)  # type: ignore[arg-type]
    assert "Riprova ora" not in browser.get(f"{QUEUE}/{number}").text
    for action in ("riprova", "accesso"):
        assert browser.post(f"/gestione/utenze/{found.id}/{action}", data={"seen": "0"}).status_code == 403
    assert staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "account.retried")) == []


def test_return_path_of_a_form_stays_inside_the_staff_area(staff_portal: Portal) -> None:
    staff_portal.approved()
    set_job(staff_portal, "mail:%", "status = 'stuck'")
    job = staff_portal.rows(select(Job).where(Job.status == "stuck"))[0]
    answer = staff_portal.browser(ANNA).post(
        f"/gestione/attivita/{job.id}/riprova", data={"ritorno": "https://evil.example/gestione"}
    )
    assert answer.headers["location"] == "/gestione/attivita"


# --- activities


def test_stuck_letter_shows_a_banner_and_is_retried_with_a_trace(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    set_job(staff_portal, "mail:submission_receipt:%", "status = 'stuck', attempts = 5, last_error = 'Rifiutata'")
    assert "1 attività è bloccata" in marco.get(QUEUE).text
    page = marco.get("/gestione/attivita").text
    assert "Ricevuta della domanda" in page
    assert "Rifiutata" in page
    assert f"{QUEUE}/{number}" in page
    job = staff_portal.rows(select(Job).where(Job.status == "stuck"))[0]
    assert marco.post(f"/gestione/attivita/{job.id}/riprova").status_code == 303
    assert staff_portal.rows(select(Job).where(Job.id == job.id))[0].status == JobStatus.READY
    event = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "mail.retried"))[0]
    assert (event.by_name, event.subject_id) == ("Marco Riva", staff_portal.id_of(number))
    assert "bloccata" not in marco.get(QUEUE).text


def test_stuck_work_of_any_kind_has_its_button_and_a_trace(staff_portal: Portal) -> None:
    staff_portal.run(lambda s: enqueue(s, "document.scan", "document.scan:x", {"file_id": "x"}))
    (job,) = staff_portal.rows(select(Job).where(Job.kind == "document.scan"))
    marco, path = staff_portal.browser(MARCO), f"/gestione/attivita/{job.id}/riprova"
    assert marco.post(path).status_code == 409  # it has not failed
    set_job(staff_portal, job.key, "status = 'stuck', last_error = 'Rotto'")
    assert path in marco.get("/gestione/attivita").text
    assert marco.post(path).status_code == 303
    assert staff_portal.rows(select(Job).where(Job.id == job.id))[0].status == JobStatus.READY
    (event,) = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "job.retried"))
    assert event.data == {"kind": "document.scan"}
    assert staff_portal.browser(ADMIN).get("/gestione/registro").status_code == 200


def test_what_waits_for_its_hour_is_not_done_before(staff_portal: Portal) -> None:
    later = utc_now() + timedelta(hours=20)
    staff_portal.run(lambda s: enqueue(s, "account.expire_password", "x", {"account_id": "x"}, run_at=later))
    (job,) = staff_portal.rows(select(Job).where(Job.key == "x"))
    marco = staff_portal.browser(MARCO)
    assert f"/{job.id}/riprova" not in marco.get("/gestione/attivita").text
    assert marco.post(f"/gestione/attivita/{job.id}/riprova").status_code == 409


def test_late_jobs_show_a_banner_but_not_to_those_without_the_list(staff_portal: Portal) -> None:
    staff_portal.sent()
    set_job(staff_portal, "mail:submission_receipt:%", "run_at = now() - interval '11 minutes'")
    assert "1 attività aspetta da più di 10 minuti" in staff_portal.browser(ANNA).get(QUEUE).text
    assert "da più di 10 minuti" not in staff_portal.browser(SPECIALIST).get(QUEUE).text


def test_retry_of_a_done_or_missing_job_is_refused(staff_portal: Portal) -> None:
    staff_portal.sent()
    anna = staff_portal.browser(ANNA)
    set_job(staff_portal, "mail:submission_receipt:%", "status = 'done'")
    done = staff_portal.rows(select(Job).where(Job.status == "done"))[0]
    assert anna.post(f"/gestione/attivita/{done.id}/riprova").status_code == 409
    for odd in ("0", "99999999", "99999999999999999999999", "boh"):
        assert anna.post(f"/gestione/attivita/{odd}/riprova").status_code == 404
    assert staff_portal.browser(AUDITOR).post(f"/gestione/attivita/{done.id}/riprova").status_code == 403


def test_jobs_link_only_to_pages_that_this_person_may_open(staff_portal: Portal) -> None:
    number = staff_portal.approved()
    address = "/gestione/attivita?stato=tutte"
    seen, blind = (staff_portal.browser(one).get(address).text for one in (ANNA, ADMIN))
    for link in (f'href="{QUEUE}/{number}"', 'href="/gestione/fornitori/'):
        assert link in seen
        assert link not in blind
    assert number in blind
