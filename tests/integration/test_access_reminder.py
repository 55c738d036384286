"""Somebody who never came in gets one reminder with a new link: never two, never when it is not needed any more."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from service.accounts.models import Account
from service.accounts.reminding import is_never_used
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.worker.digest import facts
from service.worker.loop import Worker
from tests.factories.applications import make_approved
from tests.fakes import FakeKeycloak
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
OLD = timedelta(days=8)
SUSPENDED = {"state": AccountState.SUSPENDED, "suspended_at": utc_now()}


@pytest.fixture
def account_id(worker: Worker, worker_settings: Settings) -> UUID:
    """A person who has had the access mail for eight days."""
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
    worker.work_off()
    with transaction(worker.engine) as session:
        account = session.scalars(select(Account)).one()
        account.access_sent_at = utc_now() - OLD
        return account.id


def look(worker: Worker, key: str = "1") -> None:
    """The daily job, and all that follows from it."""
    with transaction(worker.engine) as session:
        enqueue(session, "accounts.remind", f"cron:accounts.remind:{key}", {})
    worker.work_off()


def change(worker: Worker, account_id: UUID, **values: Any) -> None:
    with transaction(worker.engine) as session:
        account = session.get_one(Account, account_id)
        for name, value in values.items():
            setattr(account, name, value)


def account_of(worker: Worker, account_id: UUID) -> Account:
    with transaction(worker.engine) as session:
        return session.get_one(Account, account_id)


def test_reminder_leaves_once_with_a_new_link_and_a_trace(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID
) -> None:
    for key in ("1", "2"):
        look(worker, key)
        change(worker, account_id, access_sent_at=utc_now() - OLD)
    assert len(fake_keycloak.mails) == 2
    assert account_of(worker, account_id).reminded_at
    with transaction(worker.engine) as session:
        assert [one.type for one in list_events(session, account_id)].count("account.reminded") == 1


@pytest.mark.parametrize(
    "values",
    [
        {"access_sent_at": utc_now() - timedelta(days=6)},
        {"password_set_at": utc_now()},
        {"first_sign_in_at": utc_now()},
        {"reminded_at": utc_now()},
        SUSPENDED,
        {"state": AccountState.REVOKED},
    ],
    ids=lambda values: next(iter(values)),
)
def test_reminder_does_not_leave_to(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID, values: dict[str, Any]
) -> None:
    change(worker, account_id, **values)
    look(worker)
    assert len(fake_keycloak.mails) == 1


@pytest.mark.parametrize("values", [{"first_sign_in_at": utc_now()}, SUSPENDED], ids=lambda values: next(iter(values)))
def test_reminder_that_waited_is_given_up_when_it_is_not_needed_any_more(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID, values: dict[str, Any]
) -> None:
    fake_keycloak.is_smtp_up = False
    look(worker)
    change(worker, account_id, **values)
    fake_keycloak.is_smtp_up = True
    with transaction(worker.engine) as session:
        job = session.scalars(select(Job).where(Job.kind == "account.remind")).one()
        assert job.status == JobStatus.READY
        job.run_at = utc_now() - timedelta(minutes=1)
    worker.work_off()
    assert len(fake_keycloak.mails) == 1
    assert account_of(worker, account_id).reminded_at is None


def test_reminder_finds_a_password_no_event_told_of_and_notes_it(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID
) -> None:
    fake_keycloak.people[account_of(worker, account_id).subject or ""]["_password"] = "una-password-scelta"
    look(worker)
    assert len(fake_keycloak.mails) == 1
    assert account_of(worker, account_id).password_set_at


def test_digest_counts_accesses_never_used_until_they_are(
    worker: Worker, worker_settings: Settings, account_id: UUID
) -> None:
    def told() -> object:
        with transaction(worker.engine) as session:
            return (facts(session, worker_settings, local_date()) or {}).get("never_used")

    assert told() == "1"
    look(worker)  # its new link is fresh, and still nobody came
    assert told() == "1"
    with transaction(worker.engine) as session:
        assert list(session.scalars(select(Account.id).where(is_never_used(worker_settings)))) == [account_id]
    change(worker, account_id, first_sign_in_at=utc_now())
    assert not told()
