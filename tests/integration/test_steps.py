"""A step of one statement: row and job together, nothing without the lease, nothing over what others have written."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine, Executable, delete, func, select, text, update

from service.accounts.marking import mark_person_created, mark_person_verified, mark_provisioned
from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.audit.trail import AuditEvent
from service.audit.verifying import verify
from service.config import load_settings
from service.database import Straight, transaction
from service.jobs.models import Job, JobStatus
from service.jobs.queue import Claim, LeaseLostError, claim
from tests.factories.applications import make_approved
from tests.support.environment import in_process_environment

KIND = "account.provision"


@pytest.fixture
def account_id(own_engine: Engine) -> UUID:
    settings = load_settings(in_process_environment("postgresql+psycopg:///nessuna"))
    with transaction(own_engine) as session:
        make_approved(session, settings)
        return session.scalars(select(Account.id)).one()


def claimed(engine: Engine, *, owner: str = "a", lease: float = 60) -> Claim:
    found = claim(Straight(engine), owner=owner, kinds=[KIND], lease_seconds=lease)
    assert found is not None
    return found


def read(engine: Engine, account_id: UUID) -> tuple[Account, Job]:
    with transaction(engine) as session:
        return session.get_one(Account, account_id), session.scalars(select(Job).where(Job.kind == KIND)).one()


def create(engine: Engine, job: Claim, account_id: UUID) -> bool:
    return mark_person_created(Straight(engine), job, account_id, "kc-1", lease_seconds=60)


def test_steps_write_row_and_job_together_and_the_last_one_the_event(own_engine: Engine, account_id: UUID) -> None:
    job = claimed(own_engine)
    job.state["subject"] = "kc-1"
    assert create(own_engine, job, account_id)
    account, row = read(own_engine, account_id)
    assert (account.subject, row.step, row.state["subject"], row.status) == ("kc-1", 1, "kc-1", JobStatus.READY)
    first = account.person_created_at
    assert first is not None
    mark_person_verified(Straight(own_engine), job, account_id, lease_seconds=60)
    mark_provisioned(Straight(own_engine), job, account_id, mode="link")
    account, row = read(own_engine, account_id)
    assert (account.state, row.status, row.lease_owner) == (AccountState.ACTIVE, JobStatus.DONE, None)
    assert account.person_created_at == first
    assert None not in (account.person_verified_at, account.access_sent_at, row.done_at)
    with transaction(own_engine) as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.type == "account.access_sent")).one()
        assert (event.subject_id, event.subject_type, event.data) == (account_id, "account", {"mode": "link"})
    assert verify(own_engine).problems == []  # the signature of the one event that was written as SQL fits


def test_step_of_a_worker_that_lost_its_lease_writes_nothing(own_engine: Engine, account_id: UUID) -> None:
    frozen = claimed(own_engine, lease=-1)
    successor = claimed(own_engine, owner="b")
    with pytest.raises(LeaseLostError):
        create(own_engine, frozen, account_id)
    with pytest.raises(LeaseLostError):
        mark_provisioned(Straight(own_engine), frozen, account_id, mode="link")
    account, job = read(own_engine, account_id)
    assert (account.subject, account.state, job.step) == (None, AccountState.PENDING, 0)
    assert frozen.step == 0
    with transaction(own_engine) as session:
        sent = select(func.count()).select_from(AuditEvent).where(AuditEvent.type == "account.access_sent")
        assert session.scalar(sent) == 0
    assert create(own_engine, successor, account_id)


def let_wait(engine: Engine, account_id: UUID, do: Callable[[], object], *then: Executable) -> None:
    """Have a step wait for the account's lock, held by a transaction that revokes the account and does more."""
    with transaction(engine) as session:
        changed = {"state": AccountState.REVOKED, "email": "nuova@example.com"}
        session.execute(update(Account).where(Account.id == account_id).values(**changed))
        step = threading.Thread(target=do)
        step.start()
        waits = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%locked%'")
        while not session.scalar(waits):
            assert step.is_alive(), "it has not waited"
            session.execute(text("select pg_sleep(0.01), pg_stat_clear_snapshot()"))
        for one in then:
            session.execute(one)
    step.join()


def test_step_waits_for_a_decision_and_keeps_what_it_wrote(own_engine: Engine, account_id: UUID) -> None:
    job, told = claimed(own_engine), list[bool]()
    let_wait(own_engine, account_id, lambda: told.append(create(own_engine, job, account_id)))
    account, row = read(own_engine, account_id)
    assert told == [False]  # not wanted any more, as the decision says
    assert (account.state, account.email, account.subject) == (AccountState.REVOKED, "nuova@example.com", "kc-1")
    assert row.step == 1


def test_step_whose_lease_is_lost_while_it_waits_writes_nothing(own_engine: Engine, account_id: UUID) -> None:
    job, lost = claimed(own_engine), list[bool]()

    def step() -> None:
        with pytest.raises(LeaseLostError):
            create(own_engine, job, account_id)
        lost.append(True)

    let_wait(own_engine, account_id, step, update(Job).where(Job.id == job.id).values(fence=job.fence + 1))
    account, row = read(own_engine, account_id)
    assert (lost, account.subject, row.step) == ([True], None, 0)


def test_last_step_of_an_account_revoked_meanwhile_ends_the_job_and_tells_nothing(
    own_engine: Engine, account_id: UUID
) -> None:
    job = claimed(own_engine)
    let_wait(own_engine, account_id, lambda: mark_provisioned(Straight(own_engine), job, account_id, mode="link"))
    account, row = read(own_engine, account_id)
    assert (account.state, account.access_sent_at, row.status) == (AccountState.REVOKED, None, JobStatus.DONE)
    with transaction(own_engine) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.type == "account.access_sent")).all() == []


def test_step_of_an_account_that_is_gone_writes_nothing(own_engine: Engine, account_id: UUID) -> None:
    job = claimed(own_engine)
    with transaction(own_engine) as session:
        session.execute(delete(Membership))
        session.execute(delete(Account))
    with pytest.raises(LeaseLostError):
        create(own_engine, job, account_id)
    with transaction(own_engine) as session:
        assert session.scalars(select(Job.step).where(Job.kind == KIND)).one() == 0
