"""Work that waits or is stuck is given up by those who may, with a reason: an access, a letter, one or many."""

from typing import Any

import pytest
from sqlalchemy import select, text

from service.accounts.actions import mark_failed
from service.accounts.cancelling import cancel_provisioning
from service.accounts.linking import note_stranger
from service.accounts.models import Account
from service.accounts.port import Person
from service.accounts.states import AccountState, InvalidAccountTransitionError
from service.accounts.strangers import Stranger
from service.applications.states import State
from service.audit.trail import AuditEvent
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.mail.models import Delivery, DeliveryStatus
from service.suppliers.ghosts import list_without_account
from service.worker.loop import Worker
from tests.factories.applications import MARCO as APPROVER
from tests.factories.applications import make_approved
from tests.fakes import FakeKeycloak
from tests.support.provisioning import fake_keycloak, worker, worker_settings
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, Portal, staff_portal

__all__ = ["fake_keycloak", "staff_portal", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
WHY = "L’impresa ha rinunciato all’iscrizione"
ACTS = "/gestione/attivita/azioni"


def account(portal: Portal) -> Account:
    found: Account = portal.rows(select(Account))[0]
    return found


def events(portal: Portal, kind: str) -> list[Any]:
    return portal.rows(select(AuditEvent).where(AuditEvent.type == kind))


def jobs(portal: Portal, kind: str) -> list[Any]:
    return portal.rows(select(Job).where(Job.kind == kind).order_by(Job.id))


def test_cancelling_an_access_asks_why_and_leaves_the_application_accepted(staff_portal: Portal) -> None:
    number, anna = staff_portal.approved(), staff_portal.browser(ANNA)
    found = account(staff_portal)
    path, back = f"/gestione/utenze/{found.id}/annulla", f"/gestione/richieste/{number}"
    assert f"{path}?ritorno=" in anna.get(back).text
    asked = anna.get(f"{path}?ritorno={back}").text
    assert found.email in asked
    short = anna.post(path, data={"reason": "no", "ritorno": back})
    assert short.status_code == 422
    assert "Scrivi perché" in short.text
    answer = anna.post(path, data={"reason": WHY, "ritorno": back})
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    assert account(staff_portal).state == AccountState.REVOKED
    assert staff_portal.application(number).state == State.APPROVED
    assert jobs(staff_portal, "account.provision")[0].status == JobStatus.CANCELLED
    (event,) = events(staff_portal, "account.cancelled")
    assert (event.by_name, event.data["reason"]) == ("Anna Bassi", WHY)
    page = anna.get(f"{back}/cronologia").text
    assert "annullato" in page
    assert WHY in page
    assert anna.post(path, data={"reason": WHY}).status_code == 409


def test_company_that_nobody_enters_any_more_is_told_what_alone_helps(staff_portal: Portal) -> None:
    number, anna = staff_portal.approved(), staff_portal.browser(ANNA)
    supplier, application = "/gestione/fornitori/F00001", f"/gestione/richieste/{number}"
    said, way = "Nessun altro può entrare per questa impresa", f"{supplier}/passaggio"
    assert said not in anna.get(application).text
    anna.post(f"/gestione/utenze/{account(staff_portal).id}/annulla", data={"reason": WHY})
    for path in (supplier, application):
        page = anna.get(path).text
        assert said in page
        assert f'href="{way}"' in page
    assert "Nessuno può entrare per questa impresa" in anna.get(supplier).text
    read = staff_portal.browser(AUDITOR).get(supplier).text
    assert said in read
    assert way not in read
    assert not staff_portal.run(list_without_account)  # somebody decided it: no admission that was forgotten


@pytest.mark.parametrize("person", [MARCO, AUDITOR])
def test_cancelling_is_for_approver_and_admin(staff_portal: Portal, person: Any) -> None:
    number = staff_portal.approved()
    found, browser = account(staff_portal), staff_portal.browser(person)
    assert "/annulla?" not in browser.get(f"/gestione/richieste/{number}").text
    assert browser.post(f"/gestione/utenze/{found.id}/annulla", data={"reason": WHY}).status_code == 403
    job = jobs(staff_portal, "account.provision")[0]
    assert browser.post(f"{ACTS}?azione=annulla", data={"id": str(job.id), "reason": WHY}).status_code == 403
    assert account(staff_portal).state == AccountState.PENDING


def test_cancelling_while_a_worker_has_it_says_in_corso(staff_portal: Portal) -> None:
    staff_portal.approved()
    found = account(staff_portal)
    staff_portal.run(lambda s: s.execute(text("update job set lease_until = now() + interval '1 minute'")))
    answer = staff_portal.browser(ADMIN).post(f"/gestione/utenze/{found.id}/annulla", data={"reason": WHY})
    assert answer.status_code == 409
    assert account(staff_portal).state == AccountState.PENDING


def test_person_that_was_created_already_is_switched_off_and_a_stranger_left_alone(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    worker.settings = worker_settings.model_copy(update={"lease_seconds": 20})  # shutting out is six calls
    with transaction(worker.engine) as session:
        made = make_approved(session, worker_settings)
        email = made.contact_email
    fake_keycloak.is_smtp_up = False
    worker.work_off()
    stranger = fake_keycloak.add_person("altro", f"altro.{email}")
    with transaction(worker.engine) as session:
        cancel_provisioning(session, session.scalars(select(Account.id)).one(), reason=WHY, by=APPROVER)
    worker.work_off()
    assert [one["enabled"] for one in fake_keycloak.people.values()] == [False, True]
    assert fake_keycloak.people[stranger]["enabled"]
    with transaction(worker.engine) as session, pytest.raises(InvalidAccountTransitionError):
        cancel_provisioning(session, session.scalars(select(Account.id)).one(), reason=WHY, by=APPROVER)


# --- many at once


def stick(portal: Portal, key: str) -> None:
    portal.run(lambda s: s.execute(text("update job set status = 'stuck', last_error = 'No' where key like :key"),
                                   {"key": key}))  # fmt: skip


def test_many_are_retried_from_a_page_of_their_own(staff_portal: Portal) -> None:
    staff_portal.sent()
    stick(staff_portal, "mail:%")
    stuck = staff_portal.rows(select(Job).where(Job.status == "stuck").order_by(Job.id))
    marco = staff_portal.browser(MARCO)
    page = marco.get("/gestione/attivita").text
    assert all(f'name="id" value="{one.id}" form="scelte"' in page for one in stuck)
    ids = "&".join(f"id={one.id}" for one in stuck)
    asked = marco.get(f"{ACTS}?azione=riprova&{ids}").text
    assert all(f'name="id" value="{one.id}"' in asked for one in stuck)
    staff_portal.run(lambda s: s.execute(text("update job set status = 'done' where id = :id"), {"id": stuck[0].id}))
    done = marco.post(f"{ACTS}?azione=riprova", data={"id": [str(one.id) for one in stuck]}).text
    assert f"Fatto per {len(stuck) - 1} su {len(stuck)}." in done
    assert "L&#39;attività è già stata completata." in done or "già stata completata" in done
    assert len(events(staff_portal, "mail.retried")) == len(stuck) - 1
    assert staff_portal.rows(select(Job).where(Job.status == "stuck")) == []


def test_many_are_given_up_with_one_reason(staff_portal: Portal) -> None:
    staff_portal.approved()
    anna = staff_portal.browser(ANNA)
    letter = staff_portal.rows(select(Job).where(Job.kind == "mail.send").order_by(Job.id))[0]
    creation = jobs(staff_portal, "account.provision")[0]
    ids = {"id": [str(letter.id), str(creation.id)]}
    assert anna.post(f"{ACTS}?azione=annulla", data=ids).status_code == 422
    done = anna.post(f"{ACTS}?azione=annulla", data={**ids, "reason": WHY}).text
    assert "Fatto per 2 su 2." in done
    assert account(staff_portal).state == AccountState.REVOKED
    assert staff_portal.rows(select(Job).where(Job.id == letter.id))[0].status == JobStatus.CANCELLED
    assert {one.data["reason"] for one in (*events(staff_portal, "mail.cancelled"),
                                           *events(staff_portal, "account.cancelled"))} == {WHY}  # fmt: skip
    for row in staff_portal.rows(select(Delivery).where(Delivery.job_key == letter.key)):
        assert row.status == DeliveryStatus.FAILED


def test_nothing_chosen_or_nothing_that_can_be_done_leads_back(staff_portal: Portal) -> None:
    staff_portal.sent()
    anna = staff_portal.browser(ANNA)
    for query in ("azione=riprova", "azione=annulla&id=0&id=boh&id=99999999999999999999", "azione=altro&id=7777777"):
        assert anna.get(f"{ACTS}?{query}").headers["location"] == "/gestione/attivita"


# --- who stands in the way


def seen(portal: Portal, **about: Any) -> Account:
    portal.approved()
    found = account(portal)
    person = Person(**{"subject": "s-1", "username": "luca.ferri", "email": found.email, "is_enabled": True, **about})
    portal.run(lambda s: note_stranger(s, found.id, Stranger(person, is_staff=False)))
    portal.run(lambda s: mark_failed(s, found.id, reason="Esiste già"))
    stick(portal, "account.provision:%")
    return found


def test_admin_finds_the_way_to_link_among_the_activities_and_sees_who_it_is(staff_portal: Portal) -> None:
    found = seen(staff_portal)
    adele = staff_portal.browser(ADMIN)
    path = f"/gestione/utenze/{found.id}/collega"
    assert path in adele.get("/gestione/attivita").text
    assert path not in staff_portal.browser(ANNA).get("/gestione/attivita").text
    page = adele.get(path).text
    for words in ("luca.ferri", found.email, "attiva", "nessuno", "gruppo /fornitori: la aggiungono"):
        assert words in page, words
    answer = adele.post(path, data={"seen": "s-1"})
    assert answer.status_code == 303
    assert account(staff_portal).state == AccountState.PENDING
    assert jobs(staff_portal, "account.provision")[0].status == JobStatus.READY
    assert staff_portal.browser(ANNA).get(path).status_code == 403


def test_page_says_why_somebody_cannot_be_linked(staff_portal: Portal) -> None:
    found = seen(staff_portal, account_id="di-un-altro")
    page = staff_portal.browser(ADMIN).get(f"/gestione/utenze/{found.id}/collega").text
    assert "appartiene già a un’altra utenza" in page
    assert "collega</button>" not in page


def test_reviewers_read_on_the_application_who_can_link(staff_portal: Portal) -> None:
    seen(staff_portal)
    page = staff_portal.browser(MARCO).get("/gestione/fornitori/F00001").text
    assert "Chi amministra il portale può collegarla" in page
