"""Taking, deciding, previewing; two people at once."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.accounts.actions import mark_failed
from service.accounts.models import Account
from service.accounts.provisioning import ACCESS_SUBJECTS
from service.applications.actions import reject
from service.applications.models import Application
from service.applications.states import State
from service.audit.trail import AuditEvent
from service.clock import local_date
from service.jobs.models import Job
from service.mail.dates import day
from service.suppliers.models import Supplier
from service.suppliers.people import revoke_account
from service.web.staff import decision_pages
from tests.support.at_once import both
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, Portal, make_portal, staff_portal

__all__ = ["staff_portal"]
ACCEPT, REFUSE, CLOSE = ("decisione?esito=accetta", "decisione?esito=respingi", "decisione?esito=chiudi")


def at(number: str, rest: str = "") -> str:
    return f"/gestione/richieste/{number}" + (f"/{rest}" if rest else "")


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def test_take_and_release_by_confirmation_pages_move_the_application(staff_portal: Portal) -> None:
    number, marco = staff_portal.sent(), staff_portal.browser(MARCO)
    assert "passi/prendi" in marco.get(at(number)).text
    for step, state in (("prendi", State.UNDER_REVIEW), ("rilascia", State.SUBMITTED)):
        asked = marco.get(at(number, f"passi/{step}"))
        done = marco.post(at(number, f"passi/{step}"), data={"version": hidden(asked.text, "version")})
        assert (done.status_code, done.headers["location"]) == (303, at(number))
        assert staff_portal.application(number).state == state
    told = marco.get(at(number, "cronologia")).text
    assert "Inviata → In valutazione" in told
    assert "Marco Riva" in told


def test_preview_says_who_comes_back_and_of_an_account_that_was_never_created_why(staff_portal: Portal) -> None:
    staff_portal.approved(2)
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    email = staff_portal.application(number).contact_email
    account = staff_portal.rows(select(Account))[0]
    staff_portal.run(lambda s: mark_failed(s, account.id, reason="Keycloak non accetta il nome"))
    staff_portal.run(lambda s: s.execute(update(Account).values(email=email)))
    page = anna.get(at(number, ACCEPT)).text
    assert f"mai creato: {account.username}. Motivo: Keycloak non accetta il nome" in page
    assert "ha già le sue credenziali" not in page
    staff_portal.run(lambda s: revoke_account(s, account.id, reason="A2", by=PIA))
    page = anna.get(at(number, ACCEPT)).text
    for said in (f"Torna attiva l’utenza {account.username}, revocata il", "da Pia Neri (motivo: A2 Uso sospetto)",
                 "era stata esclusa"):  # fmt: skip
        assert said in page, said
    assert "f…-01" not in page


def test_approve_preview_is_the_letter_and_leaves_nothing(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    page = anna.get(at(number, ACCEPT)).text
    application = staff_portal.application(number)
    assert "[ICRI ProActive] Prequalifica accettata" in page
    assert application.contact_email in page
    assert "L10 Ponteggi" in page
    assert "f…-01" in page
    assert "/fornitori" in page
    assert f"<dd>{ACCESS_SUBJECTS['it']}</dd>" in page
    assert application.state == State.UNDER_REVIEW
    assert staff_portal.rows(select(Supplier)) == []
    assert staff_portal.rows(select(Account)) == []
    assert staff_portal.rows(select(Job).where(Job.key.contains("application_approved"))) == []
    assert staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "application.approved")) == []


def test_approve_confirmed_makes_supplier_account_and_jobs(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    version = hidden(anna.get(at(number, ACCEPT)).text, "version")
    done = anna.post(at(number, ACCEPT), data={"version": version, "passo": "conferma", "note": "solo per noi"})
    assert done.status_code == 303
    assert staff_portal.application(number).internal_note == "solo per noi"
    kinds = {job.kind for job in staff_portal.rows(select(Job))}
    assert {"account.provision", "mail.send"} <= kinds
    page = anna.get(at(number)).text
    assert "in coda" in page
    assert "Accettata da Anna Bassi" in page
    assert staff_portal.rows(select(Supplier))[0].number in page


def test_approve_with_temporary_password_says_so(database_url: str) -> None:
    portal = make_portal(database_url, PROACTIVE_ACCESS_MODE="temporary_password")
    page = portal.browser(ANNA).get(at(portal.reviewed(), ACCEPT)).text
    assert "password temporanea, valida 24 ore" in page
    assert "<dd>[ICRI ProActive] Dati di accesso a ICRI ProActive</dd>" in page
    portal.app.state.sign_on.close()
    portal.app.state.engine.dispose()


def test_with_four_eyes_nobody_decides_without_the_proposal_of_another(database_url: str) -> None:
    portal = make_portal(database_url, PROACTIVE_FOUR_EYES="true")
    number = portal.reviewed(by=ANNA)
    for person in (ANNA, PIA):
        browser = portal.browser(person)
        assert "serve prima la proposta di un’altra persona" in browser.get(at(number)).text
        assert browser.get(at(number, ACCEPT)).status_code == 403
        assert browser.get(at(number, REFUSE)).status_code == 403
    portal.app.state.sign_on.close()
    portal.app.state.engine.dispose()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason_code": ""}, "reason_code"),
        ({"reason_code": "R13"}, "reason_code"),
        ({"reason_code": "R99", "reason_text": "troppo breve"}, "reason_text"),
        ({"reason_code": "R01", "reason_text": "x" * 1001}, "reason_text"),
        ({"reason_code": "R08", "reason_text": "Interdittiva della prefettura."}, "reason_text"),
        ({"reason_code": "R12", "reason_text": "Dichiarazione falsa."}, "reason_text"),
        ({"reason_code": "R01", "note": "x" * 1001}, "note"),
        ({"reason_code": "R01", "reapply_from": "ieri"}, "reapply_from"),
        ({"reason_code": "R01", "reapply_from": "01/01/2020"}, "reapply_from"),
        ({"reason_code": "R01", "reapply_from": "01/01/2099"}, "reapply_from"),
    ],
)
def test_refuse_with_wrong_reasons_answers_422_at_the_field(
    staff_portal: Portal, given: dict[str, str], field: str
) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    version = hidden(anna.get(at(number, REFUSE)).text, "version")
    answer = anna.post(at(number, REFUSE), data={"version": version, **given})
    assert answer.status_code == 422
    assert "Errore:" in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-e"' in answer.text
    assert given.get("reason_text", "") in answer.text
    assert given.get("note", "") in answer.text
    assert staff_portal.application(number).state == State.UNDER_REVIEW


def test_refuse_previews_then_does_it(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    given = {"reason_code": "R03", "reason_text": "Manca l'attestazione <SOA>.", "note": "visto il sito"}
    version = hidden(anna.get(at(number, REFUSE)).text, "version")
    preview = anna.post(at(number, REFUSE), data={"version": version, **given})
    assert preview.status_code == 200
    assert "I requisiti tecnici non sono sufficienti" in preview.text
    assert "Manca l&#39;attestazione &lt;SOA&gt;." in preview.text
    assert staff_portal.application(number).state == State.UNDER_REVIEW
    done = anna.post(at(number, REFUSE), data={"version": version, **given, "passo": "conferma"})
    assert done.status_code == 303
    application = staff_portal.application(number)
    assert (application.state, application.reason_code, application.internal_note) == (
        State.REJECTED,
        "R03",
        "visto il sito",
    )


def test_approve_in_part_and_with_reserve_over_the_pages(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    leaf = staff_portal.run(lambda s: s.get(Application, staff_portal.id_of(number)).categories[0].leaf)
    first = anna.get(at(number, ACCEPT)).text
    version = hidden(first, "version")
    asked = anna.post(at(number, ACCEPT), data={"version": version, "passo": "condizioni", "note": "sentita <Rita>"})
    assert asked.status_code == 200
    assert "sentita &lt;Rita&gt;" in asked.text
    assert f'name="grant.{leaf}"' in asked.text
    typed = {"version": version, f"grant.{leaf}": "no", f"code.{leaf}": "R99", f"text.{leaf}": "breve",
             "reserve_text": "Mandarci la polizza rinnovata.", "reserve_until": "31/02/2099",
             "note": "n" * 1001}  # fmt: skip
    wrong = anna.post(at(number, ACCEPT), data=typed)
    assert wrong.status_code == 422
    for field in (f"text.{leaf}", "reserve_until", "note"):
        assert f'href="#{field}"' in wrong.text
        assert f'id="{field}-e"' in wrong.text
    for value in (">\nbreve<", "31/02/2099", "Mandarci la polizza rinnovata."):
        assert value in wrong.text
    until = local_date() + timedelta(days=90)
    good = typed | {f"text.{leaf}": "Serve l'attestazione SOA.", "reserve_until": f"{until:%d/%m/%Y}", "note": "vista"}
    confirm = anna.post(at(number, ACCEPT), data=good)
    assert confirm.status_code == 200
    for said in (
        "Non sono state accolte:",
        "Serve l&#39;attestazione SOA.",
        f"{day(until, 'it')} occorre:",
    ):
        assert said in confirm.text
    assert staff_portal.application(number).state == State.UNDER_REVIEW
    assert anna.post(at(number, ACCEPT), data=good | {"passo": "conferma"}).status_code == 303
    supplier = staff_portal.rows(select(Supplier))[0]
    assert (supplier.reserve_text, str(supplier.reserve_until)) == ("Mandarci la polizza rinnovata.", until.isoformat())
    (told,) = staff_portal.rows(select(AuditEvent.data).where(AuditEvent.type == "application.approved"))
    assert told["reserve_until"] == until.isoformat()
    assert f"riserva fino al {until:%d/%m/%Y}" in anna.get("/gestione/registro").text
    shown = anna.get(at(number)).text
    assert "Categorie non accettate:" in shown
    assert "Con riserva:" in shown


def test_approve_of_no_leaf_is_told_to_refuse_instead(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    leaves = staff_portal.run(lambda s: [r.leaf for r in s.get(Application, staff_portal.id_of(number)).categories])
    data = {"version": str(staff_portal.version(number)), "passo": "conferma"}
    data |= {f"grant.{leaf}": "no" for leaf in leaves} | {f"code.{leaf}": "R03" for leaf in leaves}
    answer = anna.post(at(number, ACCEPT), data=data)
    assert answer.status_code == 422
    assert "Accetta almeno una categoria." in answer.text


def test_approve_with_missing_checks_wants_a_reason(staff_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    gap = SimpleNamespace(label="Registro Imprese", source="Camera di commercio", is_blocking=False)
    monkeypatch.setattr(decision_pages, "list_gaps", lambda *_given: [gap])
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    asked = anna.get(at(number, ACCEPT)).text
    assert "Registro Imprese" in asked
    assert 'name="gaps_reason"' in asked
    data = {"version": hidden(asked, "version"), "gaps_reason": "breve"}
    assert anna.post(at(number, ACCEPT), data=data).status_code == 422
    why = "Il registro non risponde da tre giorni."
    confirm = anna.post(at(number, ACCEPT), data=data | {"gaps_reason": why})
    assert confirm.status_code == 200
    assert "Registro Imprese" in confirm.text
    assert hidden(confirm.text, "gaps_reason") == why
    assert anna.post(at(number, ACCEPT), data=data | {"gaps_reason": why, "passo": "conferma"}).status_code == 303


def test_refuse_tells_the_day_to_apply_again(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    page = anna.get(at(number, REFUSE)).text
    usual = local_date() + timedelta(days=staff_portal.settings.reapply_days)
    assert f'value="{usual:%d/%m/%Y}"' in page
    when = local_date() + timedelta(days=400)
    data = {"version": hidden(page, "version"), "reason_code": "R03", "reapply_from": f"{when:%d/%m/%Y}"}
    confirm = anna.post(at(number, REFUSE), data=data)
    assert f"{when.day} " in confirm.text
    assert hidden(confirm.text, "reapply_from") == f"{when:%d/%m/%Y}"
    assert anna.post(at(number, REFUSE), data=data | {"passo": "conferma"}).status_code == 303
    assert staff_portal.application(number).reapply_from == when


def test_stale_version_answers_409_and_names_who_and_when(staff_portal: Portal) -> None:
    number, anna, pia = staff_portal.reviewed(), staff_portal.browser(ANNA), staff_portal.browser(PIA)
    version = hidden(anna.get(at(number, ACCEPT)).text, "version")
    assert pia.post(at(number, ACCEPT), data={"version": version, "passo": "conferma"}).status_code == 303
    late = anna.post(at(number, REFUSE), data={"version": version, "passo": "conferma", "reason_code": "R01"})
    assert late.status_code == 409
    assert re.search(r"La domanda è già stata accettata da Pia Neri alle \d\d:\d\d\. Nulla è cambiato\.", late.text)
    assert anna.get(at(number, ACCEPT)).status_code == 409


def test_two_people_approve_and_refuse_at_once_one_wins(staff_portal: Portal) -> None:
    number, anna, pia = staff_portal.reviewed(), staff_portal.browser(ANNA), staff_portal.browser(PIA)
    data = {"version": str(staff_portal.version(number)), "passo": "conferma", "reason_code": "R01"}
    answers = both(lambda: anna.post(at(number, ACCEPT), data=data), lambda: pia.post(at(number, REFUSE), data=data))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    application = staff_portal.application(number)
    said = "accettata" if application.state == State.APPROVED else "respinta"
    assert f"già stata {said} da {application.decided_by_name} alle" in loser.text
    decided = select(func.count()).where(AuditEvent.type.in_(["application.approved", "application.rejected"]))
    assert staff_portal.rows(decided) == [1]


def test_two_people_take_at_once_one_wins_and_the_other_reads_who(staff_portal: Portal) -> None:
    number, anna, marco = staff_portal.sent(), staff_portal.browser(ANNA), staff_portal.browser(MARCO)
    data = {"version": str(staff_portal.version(number))}
    take = at(number, "passi/prendi")
    answers = both(lambda: anna.post(take, data=data), lambda: marco.post(take, data=data))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert f"l&#39;ha presa in carico {staff_portal.application(number).assignee_name} alle" in loser.text


def test_held_application_shows_its_twin_and_is_closed_or_released(staff_portal: Portal) -> None:
    first, second = staff_portal.sent(1), staff_portal.sent(2, as_company=1)
    anna = staff_portal.browser(ANNA)
    page = anna.get(at(second)).text
    assert "Possibile duplicato" in page
    assert first in page
    assert "passi/prendi" not in page
    assert "passi/sblocca" not in page
    assert f"è aperta la domanda {first}. Prima va chiusa quella." in page
    unlock = anna.post(at(second, "passi/sblocca"), data={"version": str(staff_portal.version(second))})
    assert unlock.status_code == 409
    assert "prima va chiusa quella" in unlock.text
    assert f'href="{at(second)}">Torna alla domanda {second}</a>' in unlock.text
    assert anna.get(at(second, REFUSE)).status_code == 409
    assert anna.get(at(first, CLOSE)).status_code == 409
    asked = anna.get(at(second, CLOSE))
    assert "Non possiamo dare seguito a questa domanda" in asked.text
    data = {"version": hidden(asked.text, "version"), "passo": "conferma"}
    assert anna.post(at(second, CLOSE), data=data).status_code == 303
    closed = staff_portal.application(second)
    assert (closed.state, closed.reason_code) == (State.REJECTED, "R10")
    assert "Chiudi come duplicato" not in anna.get(at(second)).text


def test_held_application_is_released_once_the_twin_is_closed(staff_portal: Portal) -> None:
    first, second = staff_portal.reviewed(1), staff_portal.sent(2, as_company=1)
    portal = staff_portal
    version = portal.version(first)
    portal.run(lambda s: reject(s, portal.id_of(first), version=version, by=ANNA, settings=portal.settings,
                                reason_code="R01"))  # fmt: skip
    marco = portal.browser(MARCO)
    assert "passi/sblocca" in marco.get(at(second)).text
    data = {"version": str(portal.version(second))}
    assert marco.post(at(second, "passi/sblocca"), data=data).status_code == 303
    assert portal.application(second).hold is None


@pytest.mark.parametrize(("person", "status"), [(MARCO, 403), (AUDITOR, 403), (SPECIALIST, 403), (ADMIN, 404)])
def test_decision_by_others_than_approvers_is_refused(staff_portal: Portal, person: Any, status: int) -> None:
    number, browser = staff_portal.reviewed(), staff_portal.browser(person)
    assert browser.get(at(number, ACCEPT)).status_code == status
    assert browser.post(at(number, ACCEPT), data={"passo": "conferma"}).status_code == status
    assert staff_portal.application(number).state == State.UNDER_REVIEW
    if status == 403:
        assert "decisione?esito" not in browser.get(at(number)).text


def test_unknown_outcome_or_step_is_a_missing_page(staff_portal: Portal) -> None:
    number, anna = staff_portal.reviewed(), staff_portal.browser(ANNA)
    for path in ("decisione", "decisione?esito=boh", "passi/boh", "boh"):
        assert anna.get(at(number, path)).status_code == 404
    assert anna.get(at("P-2026-9999")).status_code == 404
    assert anna.post(at(number, ACCEPT), data={"version": "²", "passo": "conferma"}).status_code == 409


def test_number_of_applications_is_not_told_to_admins(staff_portal: Portal) -> None:
    number, admin = staff_portal.sent(), staff_portal.browser(ADMIN)
    assert admin.get(at(number)).text == admin.get(at("P-2026-9999")).text
    assert staff_portal.rows(select(func.count()).select_from(Application)) == [1]
