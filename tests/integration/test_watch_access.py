"""Keycloak is asked who has set a password, a bounded number at a time, the longest unasked first."""

from uuid import UUID

import pytest
from sqlalchemy import select

from service.accounts import watching
from service.accounts.models import Account
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.worker.loop import Worker
from tests.factories.applications import make_approved
from tests.fakes import FakeKeycloak
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")


@pytest.fixture
def accounts(worker: Worker, worker_settings: Settings) -> list[UUID]:
    """Three people who have their access mail and no password."""
    with transaction(worker.engine) as session:
        for n in range(3):
            make_approved(session, worker_settings, n=n + 1)
    worker.work_off()
    with transaction(worker.engine) as session:
        return list(session.scalars(select(Account.id).order_by(Account.access_sent_at)))


def watch(worker: Worker, key: str = "1") -> Job:
    with transaction(worker.engine) as session:
        enqueue(session, "accounts.watch_access", f"cron:watch:{key}", {})
    worker.work_off()
    with transaction(worker.engine) as session:
        return session.scalars(select(Job).where(Job.key == f"cron:watch:{key}")).one()


def account_of(worker: Worker, account_id: UUID) -> Account:
    with transaction(worker.engine) as session:
        return session.get_one(Account, account_id)


def choose_password(fake: FakeKeycloak, worker: Worker, account_id: UUID, *, temporary: bool = False) -> None:
    person = fake.people[account_of(worker, account_id).subject or ""]
    person["_password"], person["requiredActions"] = "una-password-scelta", ["UPDATE_PASSWORD"] * temporary


def test_password_that_was_set_is_seen_once_and_the_others_are_asked_again(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    choose_password(fake_keycloak, worker, accounts[1])
    choose_password(fake_keycloak, worker, accounts[2], temporary=True)
    assert watch(worker).status == JobStatus.DONE
    found = [account_of(worker, one) for one in accounts]
    assert [bool(one.password_set_at) for one in found] == [False, True, False]
    assert all(one.access_checked_at for one in found)
    asked = len(fake_keycloak.requests)
    watch(worker, "2")
    assert not [one for one in fake_keycloak.requests[asked:] if (found[1].subject or "") in one]


def test_keycloak_away_ends_the_round_after_the_first_question(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    choose_password(fake_keycloak, worker, accounts[0])
    asked = len(fake_keycloak.requests)
    with fake_keycloak.fault(r"GET .*/users/", "before", status=503, times=1000):
        assert watch(worker).status == JobStatus.DONE
    assert len([one for one in fake_keycloak.requests[asked:] if "/users/" in one]) == 1
    assert account_of(worker, accounts[0]).access_checked_at is None
    watch(worker, "2")
    assert account_of(worker, accounts[0]).password_set_at


def test_person_gone_at_keycloak_holds_up_nobody(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    choose_password(fake_keycloak, worker, accounts[2])
    del fake_keycloak.people[account_of(worker, accounts[0]).subject or ""]
    assert watch(worker).status == JobStatus.DONE
    assert account_of(worker, accounts[0]).password_set_at is None
    assert account_of(worker, accounts[2]).password_set_at


def test_longest_unasked_come_first_and_a_round_is_bounded(
    worker: Worker, accounts: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "AT_ONCE", 2)
    with transaction(worker.engine) as session:
        session.get_one(Account, accounts[0]).access_checked_at = utc_now()
        assert [one.account_id for one in watching.list_watched(session)] == accounts[1:]
