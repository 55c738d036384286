"""Dashboard, queue, detail, suppliers, invitations, activities: what each role finds there."""

import re

import pytest
from sqlalchemy import select, text

from service.accounts.actions import mark_failed, mark_provisioned
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.audit.trail import AuditEvent
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.jobs.models import Job, JobStatus
from service.suppliers.models import Supplier
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]
QUEUE = "/gestione/richieste"


def numbers(html: str) -> list[str]:
    return re.findall(r">(P-\d{4}-\d{4})</a>", html)


def set_job(portal: Portal, key: str, values: str) -> None:
    portal.run(lambda s: s.execute(text(f"update job set {values} where key like :key"), {"key": key}))  # noqa: S608


def account(portal: Portal) -> Account:
    found: Account = portal.rows(select(Account))[0]
    return found


# --- dashboard and queue


def test_dashboard_counts_link_to_the_queue_and_oldest_comes_first(staff_portal: Portal) -> None:
    first, second, taken = staff_portal.sent(1), staff_portal.sent(2, "DI"), staff_portal.reviewed(3)
    page = staff_portal.browser(MARCO).get("/gestione").text
    assert numbers(page) == [first, second, taken]
    assert re.search(r'richieste\?stato=submitted"><b>2</b><span>Da prendere in carico', page)
    assert re.search(r'richieste\?stato=under_review"><b>1</b>', page)
    assert "Nessuna attività bloccata" in page


def test_dashboard_of_an_admin_shows_activities_only(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    admin = staff_portal.browser(ADMIN)
    page = admin.get("/gestione").text
    assert number not in page
    assert "Bloccate" in page
    assert QUEUE not in page
    assert admin.get(QUEUE).status_code == 403
    assert admin.get("/gestione/attivita").status_code == 200


def test_empty_pages_say_what_to_do(staff_portal: Portal) -> None:
    anna = staff_portal.browser(ANNA)
    assert "Nessuna richiesta in attesa." in anna.get("/gestione").text
    assert "Nessuna richiesta in attesa." in anna.get(QUEUE).text
    assert "Non c’è ancora nessun invito." in anna.get("/gestione/inviti").text
    assert "Non c’è ancora nessun fornitore" in anna.get("/gestione/fornitori").text
    assert "tutto procede" in anna.get("/gestione/attivita").text


def test_queue_filters_by_state_category_and_words(staff_portal: Portal) -> None:
    sent, taken, other = staff_portal.sent(1), staff_portal.reviewed(2), staff_portal.sent(3, "DI")
    accepted = staff_portal.approved(4)
    anna = staff_portal.browser(ANNA)
    for query, wanted in (
        ("", [sent, taken, other]),
        ("?stato=under_review", [taken]),
        ("?stato=approved", [accepted]),
        ("?stato=", [sent, taken, other, accepted]),
        ("?categoria=DI", [other]),
        (f"?q={staff_portal.application(taken).name.upper()}", [taken]),
        (f"?q={staff_portal.application(taken).vat_number}&stato=", [taken]),
        ("?ordine=recenti", [other, taken, sent]),
        ("?stato=boh&categoria=boh&dopo=boh&ordine=boh", [sent, taken, other]),
    ):
        assert numbers(anna.get(QUEUE + query).text) == wanted, query


def test_queue_without_a_hit_names_the_filters_and_takes_them_off(staff_portal: Portal) -> None:
    staff_portal.sent()
    page = staff_portal.browser(ANNA).get(f"{QUEUE}?stato=rejected&q=<b>nulla").text
    assert "stato «Respinta», testo «&lt;b&gt;nulla»" in page
    assert "Nessuna richiesta corrisponde ai filtri." in page
    assert f'href="{QUEUE}">Togli i filtri' in page


@pytest.mark.parametrize("query", ["?q=%00", "?q=%25%5F", f"?q={'a' * 400}", "?dopo=99999999999999999999", "?prima=-1"])
def test_queue_with_odd_parameters_is_still_a_page(staff_portal: Portal, query: str) -> None:
    assert staff_portal.browser(ANNA).get(QUEUE + query).status_code == 200


@pytest.mark.parametrize("order", ["", "recenti"])
def test_queue_pages_forward_and_back_by_keyset(
    staff_portal: Portal, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.applications.repository.PAGE", 2)
    made = [staff_portal.sent(n) for n in range(1, 6)]
    wanted = made[::-1] if order else made
    anna = staff_portal.browser(ANNA)
    pages = [anna.get(f"{QUEUE}?ordine={order}").text]
    for _ in range(2):
        pages.append(anna.get(link(pages[-1], "next")).text)
    assert [numbers(page) for page in pages] == [wanted[:2], wanted[2:4], wanted[4:]]
    assert 'rel="next"' not in pages[-1]
    back = anna.get(link(pages[-1], "prev")).text
    assert numbers(back) == wanted[2:4]
    first = anna.get(link(back, "prev")).text
    assert numbers(first) == wanted[:2]
    assert 'rel="prev"' not in first


def link(html: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', html)
    assert found, rel
    return found[1].replace("&amp;", "&")


# --- the application


def test_detail_shows_answers_warnings_history_and_letters(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    id_ = staff_portal.id_of(number)
    staff_portal.run(
        lambda s: s.execute(
            text("insert into application_warning (application_id, field, code, text, found_at)"
                 " values (:id, 'pec', 'x.y', 'Guarda <bene> la PEC.', now())"), {"id": id_},
        )
    )  # fmt: skip
    page = staff_portal.browser(AUDITOR).get(f"{QUEUE}/{number}").text
    for words in ("Dati identificativi", "Società a responsabilità limitata (S.r.l.)", "Guarda &lt;bene&gt; la PEC.",
                  "Domanda inviata", "Ricevuta della domanda", "in coda", "Non indicati:", "Termine:"):  # fmt: skip
        assert words in page, words
    assert "passi/" not in page


def test_detail_lets_each_role_see_its_own_buttons(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    for person, has_decision, has_release in (
        (ANNA, True, True), (MARCO, False, True), (SPECIALIST, False, False), (AUDITOR, False, False),
    ):  # fmt: skip
        page = staff_portal.browser(person).get(f"{QUEUE}/{number}").text
        assert ("decisione?esito" in page) == has_decision
        assert ("passi/rilascia" in page) == has_release


# --- the account


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
    page = marco.get(f"{QUEUE}/{number}").text
    assert "bloccato" in page
    assert "Esiste già un’utenza non nostra" in page
    answer = marco.post(f"/gestione/utenze/{found.id}/riprova", data={"ritorno": f"{QUEUE}/{number}"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{QUEUE}/{number}")
    assert account(staff_portal).state == AccountState.PENDING
    job = staff_portal.rows(select(Job).where(Job.kind == "account.provision"))[0]
    assert (job.status, job.attempts) == (JobStatus.READY, 0)
    assert "Creazione dell’utenza riprovata" in marco.get(f"{QUEUE}/{number}").text


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
    staff_portal.run(lambda s: mark_provisioned(s, found.id, mode="link"))
    set_job(staff_portal, f"account.provision:{found.id}", "status = 'done'")
    page = anna.get(f"{QUEUE}/{number}").text
    assert "inviata il" in page
    assert 'name="seen" value="0"' in page
    for _ in range(2):
        assert anna.post(f"/gestione/utenze/{found.id}/accesso", data={"seen": "0"}).status_code == 303
    assert len(staff_portal.rows(select(Job).where(Job.kind == "account.send_access"))) == 1
    assert "Reinvia e-mail di accesso" not in anna.get(f"{QUEUE}/{number}").text


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


def test_late_jobs_show_a_banner_but_not_to_those_without_the_list(staff_portal: Portal) -> None:
    staff_portal.sent()
    set_job(staff_portal, "mail:submission_receipt:%", "run_at = now() - interval '11 minutes'")
    assert "1 attività aspetta da più di 10 minuti" in staff_portal.browser(ANNA).get(QUEUE).text
    assert "da più di 10 minuti" not in staff_portal.browser(SPECIALIST).get(QUEUE).text


def test_retry_of_a_done_missing_or_system_job_is_refused(staff_portal: Portal) -> None:
    staff_portal.sent()
    anna = staff_portal.browser(ANNA)
    set_job(staff_portal, "mail:submission_receipt:%", "status = 'done'")
    done = staff_portal.rows(select(Job).where(Job.status == "done"))[0]
    assert anna.post(f"/gestione/attivita/{done.id}/riprova").status_code == 409
    for odd in ("0", "99999999", "99999999999999999999999", "boh"):
        assert anna.post(f"/gestione/attivita/{odd}/riprova").status_code == 404
    assert staff_portal.browser(AUDITOR).post(f"/gestione/attivita/{done.id}/riprova").status_code == 403


# --- invitations

GOOD = {"company_name": "Rohrbau Tirol GmbH", "email": "info@rohrbau.example.com", "locale": "en", "message": "Salve"}


def test_invite_then_resend_then_revoke(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    assert marco.get("/gestione/inviti/nuovo").status_code == 200
    assert marco.post("/gestione/inviti/nuovo", data=GOOD).status_code == 303
    made: Invitation = staff_portal.rows(select(Invitation))[0]
    page = marco.get("/gestione/inviti").text
    assert "Rohrbau Tirol GmbH" in page
    assert "in coda" in page
    resend = f"/gestione/inviti/{made.id}/reinvia"
    assert "invio numero 2 su 4" in marco.get(resend).text
    for _ in range(2):  # a double click sends once
        assert marco.post(resend, data={"sends": "1"}).status_code == 303
    assert staff_portal.rows(select(Invitation))[0].sends == 2
    assert "btn-danger" in marco.get(f"/gestione/inviti/{made.id}/revoca").text
    assert marco.post(f"/gestione/inviti/{made.id}/revoca").status_code == 303
    assert staff_portal.rows(select(Invitation))[0].state == InvitationState.REVOKED
    assert marco.post(f"/gestione/inviti/{made.id}/revoca").status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"company_name": " "}, "company_name"), ({"company_name": "x" * 161}, "company_name"), ({"email": ""}, "email"),
     ({"email": "non un indirizzo"}, "email"), ({"locale": "de"}, "locale"), ({"message": "x" * 501}, "message")],
)  # fmt: skip
def test_invite_with_bad_input_answers_422_and_keeps_the_values(
    staff_portal: Portal, changes: dict[str, str], field: str
) -> None:
    answer = staff_portal.browser(MARCO).post("/gestione/inviti/nuovo", data=GOOD | changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-e"' in answer.text
    for name, value in (GOOD | changes).items():
        assert name == "locale" or value.strip() in answer.text
    assert staff_portal.rows(select(Invitation)) == []


def test_invite_of_an_invited_address_says_so_at_the_field(staff_portal: Portal) -> None:
    marco = staff_portal.browser(MARCO)
    marco.post("/gestione/inviti/nuovo", data=GOOD)
    again = marco.post("/gestione/inviti/nuovo", data=GOOD | {"email": GOOD["email"].upper()})
    assert again.status_code == 422
    assert "c&#39;è già un invito aperto" in again.text
    assert len(staff_portal.rows(select(Invitation))) == 1


def test_revoke_of_somebody_elses_invitation_takes_an_approver(staff_portal: Portal) -> None:
    staff_portal.browser(ANNA).post("/gestione/inviti/nuovo", data=GOOD)
    made: Invitation = staff_portal.rows(select(Invitation))[0]
    path = f"/gestione/inviti/{made.id}/revoca"
    marco = staff_portal.browser(MARCO)
    assert path not in marco.get("/gestione/inviti").text
    assert marco.post(path).status_code == 403
    assert staff_portal.browser(AUDITOR).post(path).status_code == 403
    assert "Nuovo invito" not in staff_portal.browser(AUDITOR).get("/gestione/inviti").text
    assert staff_portal.browser(PIA).post(path).status_code == 303


# --- suppliers


def test_suppliers_are_listed_found_and_shown(staff_portal: Portal) -> None:
    number = staff_portal.approved()
    supplier: Supplier = staff_portal.rows(select(Supplier))[0]
    auditor = staff_portal.browser(AUDITOR)
    listed = auditor.get("/gestione/fornitori").text
    assert supplier.number in listed
    assert "In creazione" in listed
    assert "Nessun fornitore con «boh»." in auditor.get("/gestione/fornitori?q=boh").text
    page = auditor.get(f"/gestione/fornitori/{supplier.number}").text
    for words in (supplier.name, "Qualificato", f"{supplier.number.lower()}-01", f"{QUEUE}/{number}",
                  "L11 Manutenzione impianti", "Qualificata come fornitore"):  # fmt: skip
        assert words in page, words
    assert auditor.get("/gestione/fornitori/F99999").status_code == 404
    admin = staff_portal.browser(ADMIN)
    assert admin.get(f"/gestione/fornitori/{supplier.number}").text == admin.get("/gestione/fornitori/F99999").text
