"""The plug pulled while a person is shut out or let in: a clean worker ends it, nothing half and nothing twice."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from service.accounts.models import Account, EmailChange
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.crash import EMAIL_POINTS, SWITCH_POINTS
from service.database import transaction
from service.jobs.queue import enqueue
from service.suppliers import people
from service.worker.loop import Worker
from tests.factories.applications import make_approved
from tests.fakes import FakeKeycloak
from tests.support.crashing import die_at, open_kinds
from tests.support.provisioning import fake_keycloak, worker, worker_settings
from tests.support.staff_portal import ANNA

__all__ = ["die_at", "fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
NEW = "laura.nuova@ferri.example.com"


@pytest.mark.parametrize("point", SWITCH_POINTS)
def test_crash_while_a_person_is_shut_out_leaves_nothing_half(
    worker: Worker,
    worker_settings: Settings,
    fake_keycloak: FakeKeycloak,
    die_at: Callable[[str], None],
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
    die_at(point)
    person = fake_keycloak.people[subject]
    assert (person["enabled"], person["_sessions"]) == (False, [])
    with transaction(worker.engine) as session:
        assert [one.type for one in list_events(session, identity)].count("account.disabled") == 1
    assert open_kinds(worker) == []


@pytest.mark.parametrize("point", [point for point in SWITCH_POINTS if point != "switch.disabled"])
def test_crash_while_a_person_is_let_in_leaves_nothing_half(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, die_at: Callable[[str], None], point: str
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings, n=1)
    worker.work_off()
    with transaction(worker.engine) as session:
        identity = people.suspend_account(session, session.scalars(select(Account.id)).one(), reason="A2", by=ANNA).id
    worker.work_off()
    with transaction(worker.engine) as session:
        people.reinstate_account(session, identity, by=ANNA)
    die_at(point)
    (person,) = fake_keycloak.people.values()
    assert person["enabled"]
    with transaction(worker.engine) as session:
        assert session.get_one(Account, identity).state == AccountState.ACTIVE
        assert [one.type for one in list_events(session, identity)].count("account.enabled") == 1
    assert open_kinds(worker) == []


@pytest.mark.parametrize("point", EMAIL_POINTS)
def test_crash_while_an_address_is_changed_leaves_both_sides_alike(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, die_at: Callable[[str], None], point: str
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
    die_at(point)
    assert fake_keycloak.people[subject]["email"] == NEW
    with transaction(worker.engine) as session:
        assert session.get_one(Account, identity).email == NEW
        assert [one.type for one in list_events(session, identity)].count("account.email_changed") == 1
    assert open_kinds(worker) == []
