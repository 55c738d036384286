"""A person whose account had ended comes back: the same account, no old password, one company; or is kept out."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from service.access.principal import SYSTEM, Principal, Role
from service.accounts import switching
from service.accounts.actions import Contact, create_account, retry, revoke_accounts
from service.accounts.cancelling import ReasonMissingError, cancel_provisioning
from service.accounts.endings import BarredError
from service.accounts.joining import leave
from service.accounts.models import Account, Membership
from service.accounts.port import RefusedError
from service.accounts.repository import get_account, provision_key
from service.accounts.states import AccountState
from service.accounts.switching import revoke
from service.applications import actions
from service.applications.letters import LETTERS
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.errors import ConflictError, ForbiddenError
from service.jobs.models import Job, JobStatus
from service.suppliers.ghosts import give_account, list_without_account
from service.suppliers.impartiality import OwnCompanyError
from service.suppliers.models import Supplier
from service.suppliers.readmitting import readmit_person
from service.suppliers.recipients import list_recipients
from service.worker.loop import Worker
from tests.factories.applications import ANNA, MARCO, make_approved, make_under_review
from tests.fakes import FakeKeycloak
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
WHY = "Chiarito con la persona il 25/11/2026."
COMPANY = Principal("luca", "Luca Ferri", frozenset({Role.SUPPLIER}))


@pytest.fixture
def ended(worker: Worker, worker_settings: Settings) -> Account:
    """The only account of the first of two companies, revoked by an approver and shut out at Keycloak."""
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
    worker.work_off()
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings, n=2)
    worker.work_off()
    with transaction(worker.engine) as session:
        account = session.scalars(select(Account).order_by(Account.created_at)).first()
        assert account is not None
        revoke(session, account, by=MARCO)
    worker.work_off()
    with transaction(worker.engine) as session:
        return get_account(session, account.id)


def come_back(worker: Worker, ended: Account, *, by: Principal) -> UUID:
    """The person is named for the second company."""
    with transaction(worker.engine) as session:
        number = max(session.scalars(select(Supplier.number)).all())
        return create_account(session, number, Contact(ended.email.upper(), "Lucia", "Neri", "en"), by=by).id


def test_person_an_approver_wants_back_has_the_same_account_for_the_new_company_alone(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    person = fake_keycloak.people[str(ended.subject)]
    assert not person["enabled"]
    mails = len(fake_keycloak.mails)
    assert come_back(worker, ended, by=MARCO) == ended.id
    worker.work_off()
    with transaction(worker.engine) as session:
        account = get_account(session, ended.id)
        number = session.scalars(select(Membership.supplier_number).where(Membership.account_id == ended.id)).one()
        assert (account.state, account.username, account.first_name) == (AccountState.ACTIVE, ended.username, "Lucia")
        assert account.access_sent_at is not None
        assert "account.readmitted" in [one.type for one in list_events(session, ended.id)]
    assert (person["enabled"], person["attributes"]["supplier_id"]) == (True, [number])
    assert person["requiredActions"] == ["UPDATE_PASSWORD"]  # the old password is worth nothing
    assert [one["to"] for one in fake_keycloak.mails[mails:]] == [ended.email]
    assert len(fake_keycloak.people) == 2


def test_company_does_not_let_in_whom_icri_has_shut_out(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    made = come_back(worker, ended, by=COMPANY)
    with transaction(worker.engine) as session:
        account = get_account(session, made)
        assert account.state == AccountState.FAILED
        assert "revocata da ICRI il" in (account.failure or "")
        job = session.scalars(select(Job).where(Job.key == provision_key(made))).one()
        assert (job.status, job.attempts, job.last_error) == (JobStatus.STUCK, 0, account.failure)
        with pytest.raises(BarredError, match="un’impresa non può farla tornare"):
            retry(session, made, by=MARCO)
    worker.work_off()
    with transaction(worker.engine) as session:
        assert get_account(session, made).state == AccountState.FAILED
        assert get_account(session, ended.id).state == AccountState.REVOKED
    assert not fake_keycloak.people[str(ended.subject)]["enabled"]


def test_person_is_the_one_of_old_after_an_account_that_was_never_created(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    never = come_back(worker, ended, by=COMPANY)
    worker.work_off()
    with transaction(worker.engine) as session:
        cancel_provisioning(session, never, reason="La persona era stata esclusa.", by=MARCO)
    assert come_back(worker, ended, by=MARCO) == ended.id
    worker.work_off()
    assert fake_keycloak.people[str(ended.subject)]["enabled"]
    with transaction(worker.engine) as session:
        assert get_account(session, ended.id).state == AccountState.ACTIVE
        assert get_account(session, never).state == AccountState.REVOKED


def test_decision_of_icri_has_the_person_back_where_the_company_had_asked(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    never = come_back(worker, ended, by=COMPANY)
    with transaction(worker.engine) as session:
        with pytest.raises(ForbiddenError):
            readmit_person(session, never, reason=WHY, by=ANNA)
        with pytest.raises(ReasonMissingError):
            readmit_person(session, never, reason="Sì", by=MARCO)
        assert readmit_person(session, never, reason=WHY, by=MARCO).id == ended.id
    worker.work_off()
    assert fake_keycloak.people[str(ended.subject)]["enabled"]
    with transaction(worker.engine) as session:
        assert get_account(session, ended.id).state == AccountState.ACTIVE
        assert get_account(session, never).state == AccountState.REVOKED
        numbers = session.scalars(select(Membership.supplier_number).where(Membership.account_id == ended.id))
        assert numbers.all() == ["F00002"]
        (event,) = [one for one in list_events(session, ended.id) if one.type == "account.readmitted"]
        assert (event.by_name, event.data["reason"]) == ("Marco Riva", WHY)


def test_decision_of_icri_has_back_whom_it_had_revoked_without_anybody_asking(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    with transaction(worker.engine) as session:
        readmit_person(session, ended.id, reason=WHY, by=MARCO)
    worker.work_off()
    assert fake_keycloak.people[str(ended.subject)]["enabled"]
    with transaction(worker.engine) as session:
        with pytest.raises(ConflictError):
            readmit_person(session, ended.id, reason=WHY, by=MARCO)
        numbers = session.scalars(select(Membership.supplier_number).where(Membership.account_id == ended.id))
        assert numbers.all() == ["F00001"]


def test_nobody_decides_about_a_person_of_the_own_company(worker: Worker, ended: Account) -> None:
    bound = Principal("anna", "Anna Bassi", frozenset({Role.APPROVER}), email=ended.email)
    with transaction(worker.engine) as session, pytest.raises(OwnCompanyError):
        readmit_person(session, ended.id, reason=WHY, by=bound)


def test_repair_of_a_forgotten_admission_brings_nobody_back_whom_icri_has_shut_out(
    worker: Worker, ended: Account
) -> None:
    with transaction(worker.engine) as session:
        second = session.scalars(select(Supplier).where(Supplier.number == "F00002")).one()
        second.contact_email = ended.email
        session.execute(delete(Membership).where(Membership.supplier_number == "F00002"))
        session.flush()
        assert [one.supplier_number for one in list_without_account(session)] == ["F00002"]
        with pytest.raises(RefusedError, match="lo decide una persona"):
            give_account(session, "F00002", by=SYSTEM)
        assert get_account(session, ended.id).state == AccountState.REVOKED
        get_account(session, ended.id).is_ended_by_company = True
        session.flush()
        assert give_account(session, "F00002", by=SYSTEM)


def test_company_has_back_whom_it_had_removed_itself(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    with transaction(worker.engine) as session:
        get_account(session, ended.id).is_ended_by_company = True
    assert come_back(worker, ended, by=COMPANY) == ended.id
    worker.work_off()
    assert fake_keycloak.people[str(ended.subject)]["enabled"]
    with transaction(worker.engine) as session:
        assert not get_account(session, ended.id).is_ended_by_company


def test_shutting_out_that_is_still_waiting_gives_way_to_the_return(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    come_back(worker, ended, by=MARCO)
    with transaction(worker.engine) as session:
        switching.switch_later(session, get_account(session, ended.id))
    worker.work_off()
    assert fake_keycloak.people[str(ended.subject)]["enabled"]


def test_shutting_out_in_hand_is_waited_for_and_put_right(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    person = fake_keycloak.people[str(ended.subject)]
    person["enabled"] = True  # a worker that has read the row has not come to Keycloak yet
    with transaction(worker.engine) as session:
        switching.switch_later(session, get_account(session, ended.id))
        in_hand = update(Job).where(Job.key == switching.switch_key(get_account(session, ended.id)))
        session.execute(in_hand.values(lease_owner="x", lease_until=utc_now() + timedelta(minutes=1)))
    come_back(worker, ended, by=MARCO)
    worker.work_off()
    with transaction(worker.engine) as session:
        assert get_account(session, ended.id).state == AccountState.PENDING
        job = session.scalars(select(Job).where(Job.key == provision_key(ended.id))).one()
        assert (job.status, job.last_error) == (JobStatus.READY, "La disattivazione dell'utenza è ancora in corso")
        person["enabled"] = False
        switching.note_switched(session, ended.id, was_on=False, subject=ended.subject)
        session.execute(in_hand.values(status=JobStatus.DONE, lease_until=job.created_at))
        session.execute(update(Job).where(Job.status == JobStatus.READY).values(run_at=job.created_at))
    worker.work_off()
    with transaction(worker.engine) as session:
        assert get_account(session, ended.id).state == AccountState.ACTIVE
    assert person["enabled"]
    assert person["requiredActions"] == ["UPDATE_PASSWORD"]


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["the same job", "a new job"])
def test_old_password_is_worth_nothing_where_the_shutting_out_was_overtaken(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account, *, is_forgotten: bool
) -> None:
    if is_forgotten:
        with transaction(worker.engine) as session:
            session.execute(delete(Job).where(Job.key == provision_key(ended.id)))
    person = fake_keycloak.people[str(ended.subject)]
    person["enabled"], person["requiredActions"] = True, []
    come_back(worker, ended, by=MARCO)
    worker.work_off()
    assert person["requiredActions"] == ["UPDATE_PASSWORD"]
    with transaction(worker.engine) as session:
        assert get_account(session, ended.id).state == AccountState.ACTIVE


def test_company_left_and_joined_again_is_told_to_keycloak_each_time(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    come_back(worker, ended, by=MARCO)
    worker.work_off()
    person = fake_keycloak.people[str(ended.subject)]
    first, second = "F00001", "F00002"
    contact = Contact(ended.email, "Lucia", "Neri", "it")
    for _round in range(2):
        with transaction(worker.engine) as session:
            create_account(session, first, contact, by=MARCO)
        worker.work_off()
        assert person["attributes"]["supplier_id"] == [first, second]
        with transaction(worker.engine) as session:
            leave(session, get_account(session, ended.id, lock=True), first, by=COMPANY)
        worker.work_off()
        assert person["attributes"]["supplier_id"] == [second]
    with transaction(worker.engine) as session:
        assert {job.status for job in session.scalars(select(Job).where(Job.kind == "account.sync_suppliers"))} == {
            JobStatus.DONE
        }


def test_company_whose_only_person_came_back_for_another_is_no_forgotten_one(worker: Worker, ended: Account) -> None:
    come_back(worker, ended, by=MARCO)
    with transaction(worker.engine) as session:
        assert list_without_account(session) == []


def test_revoked_company_loses_also_those_who_act_for_another(
    worker: Worker, fake_keycloak: FakeKeycloak, ended: Account
) -> None:
    come_back(worker, ended, by=MARCO)
    worker.work_off()
    with transaction(worker.engine) as session:
        create_account(session, "F00001", Contact(ended.email, "Lucia", "Neri", "it"), by=MARCO)
        revoke_accounts(session, "F00002", by=MARCO)
    worker.work_off()
    assert fake_keycloak.people[str(ended.subject)]["attributes"]["supplier_id"] == ["F00001"]
    with transaction(worker.engine) as session:
        supplier = session.scalars(select(Supplier).where(Supplier.number == "F00002")).one()
        told = [one.key for one in list_recipients(session, supplier, with_ended=True)]
        assert str(ended.id) in told  # the letter of the revocation reaches who acts for others too
    with transaction(worker.engine) as session:
        assert get_account(session, ended.id).state == AccountState.ACTIVE


def test_letter_to_a_person_who_is_suspended_sends_nobody_to_sign_in(
    worker: Worker, worker_settings: Settings, ended: Account
) -> None:
    come_back(worker, ended, by=MARCO)
    worker.work_off()
    with transaction(worker.engine) as session:
        switching.suspend(session, get_account(session, ended.id, lock=True), reason="A2", by=MARCO)
        application = make_under_review(session, worker_settings, n=3)
        application.contact_email = ended.email
        session.flush()
        actions.approve(session, application.id, version=application.version, by=MARCO, settings=worker_settings)
        letter = LETTERS["application_approved"](session, {"about": str(application.id)}, worker_settings)
        assert letter is not None
        assert f"L'accesso con il nome utente {ended.username} al momento è sospeso" in letter.text
        assert "Acceda come sempre" not in letter.text
