"""The plug pulled while a person is shut out or let in: a clean worker ends it, nothing half and nothing twice."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import select, update

from service.accounts.models import Account, EmailChange
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.crash import EMAIL_POINTS, SWITCH_POINTS
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.suppliers import people
from service.worker.loop import Worker
from tests.factories.applications import make_approved
from tests.fakes import FakeKeycloak
from tests.support.mailbox import Mailbox
from tests.support.provisioning import fake_keycloak, worker, worker_environment, worker_settings
from tests.support.staff_portal import ANNA

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
PATIENCE, NEW = 60, "laura.nuova@ferri.example.com"

# the worker itself refuses the tests' quick cluster, which confirms before it writes; only the process dies here
WORK_OFF = """
from service.audit import signing
from service.cli import make_worker
from service.config import load_settings
settings = load_settings()
signing.configure(settings.audit_key)
make_worker(settings).work_off()
"""


def die_at(point: str, environment: dict[str, str]) -> int:
    """Run a worker that dies there; gives how it ended."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PROACTIVE_")}
    more = {"CRASH_AT": point}
    return subprocess.run(
        [sys.executable, "-c", WORK_OFF], env={**clean, **environment, **more}, timeout=PATIENCE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    ).returncode  # fmt: skip


@pytest.mark.parametrize("point", SWITCH_POINTS)
def test_crash_while_a_person_is_shut_out_leaves_nothing_half(
    worker: Worker,
    worker_settings: Settings,
    fake_keycloak: FakeKeycloak,
    mailbox: Mailbox,
    point: str,
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings, n=1)
    worker.work_off()
    with transaction(worker.engine) as session:
        account = session.scalars(select(Account)).one()
        fake_keycloak.open_session(account.subject or "", "proactive-web")
        people.suspend_account(session, account.id, reason="A2", by=ANNA)
        identity, subject = account.id, account.subject or ""
    environment = worker_environment(
        worker_settings.database_url.get_secret_value(), fake_keycloak, mailbox, worker_settings.smtp_port
    )
    assert die_at(point, environment) == -signal.SIGKILL
    with transaction(worker.engine) as session:  # the dead worker's lease, without waiting for it
        session.execute(update(Job).where(Job.status == JobStatus.READY).values(lease_until="epoch"))
    worker.work_off()
    person = fake_keycloak.people[subject]
    assert (person["enabled"], person["_sessions"]) == (False, [])
    with transaction(worker.engine) as session:
        assert [one.type for one in list_events(session, identity)].count("account.disabled") == 1
        kinds = select(Job.kind).where(Job.status != JobStatus.DONE, Job.key.not_like("cron:%"))
        assert not session.scalars(kinds).all()


@pytest.mark.parametrize("point", EMAIL_POINTS)
def test_crash_while_an_address_is_changed_leaves_both_sides_alike(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, mailbox: Mailbox, point: str
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings, n=1)
    worker.work_off()
    with transaction(worker.engine) as session:
        account, now = session.scalars(select(Account)).one(), utc_now()
        change = EmailChange(account_id=account.id, old_email=account.email, new_email=NEW, asked_at=now,
                             expires_at=now, confirmed_at=now)  # fmt: skip
        session.add(change)
        session.flush()
        args = {"account_id": str(account.id), "change_id": str(change.id)}
        enqueue(session, "account.change_email", f"account.change_email:{change.id}", args)
        identity, subject = account.id, account.subject or ""
    url = worker_settings.database_url.get_secret_value()
    environment = worker_environment(url, fake_keycloak, mailbox, worker_settings.smtp_port)
    assert die_at(point, environment) == -signal.SIGKILL
    with transaction(worker.engine) as session:
        session.execute(update(Job).where(Job.status == JobStatus.READY).values(lease_until="epoch"))
    worker.work_off()
    assert fake_keycloak.people[subject]["email"] == NEW
    with transaction(worker.engine) as session:
        assert session.get_one(Account, identity).email == NEW
        assert [one.type for one in list_events(session, identity)].count("account.email_changed") == 1
