"""The plug pulled while a person who was at Keycloak before is seen, taken over, or told for whom it acts."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from service.accounts.linking import link_existing
from service.accounts.models import Account, AccountConflict
from service.accounts.states import AccountState
from service.applications import actions
from service.audit.trail import list_events
from service.config import Settings
from service.crash import LINK_POINTS, SYNC_POINTS
from service.database import transaction
from service.suppliers.models import Supplier
from service.worker.loop import Worker
from tests.factories.applications import GIULIA, MARCO, make_approved, make_under_review
from tests.fakes import GROUP, FakeKeycloak
from tests.support.crashing import die_at, open_kinds
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["die_at", "fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")


@pytest.mark.parametrize("point", LINK_POINTS)
def test_crash_while_an_existing_person_is_linked_takes_it_over_once(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, die_at: Callable[[str], None], point: str
) -> None:
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
        account = session.scalars(select(Account)).one()
        identity = account.id
    subject = fake_keycloak.add_person("luca.ferri", account.email, groups=(GROUP,))
    if point == "stranger.noted":
        die_at(point)
    worker.work_off()
    with transaction(worker.engine) as session:
        assert session.get_one(Account, identity).state == AccountState.FAILED
        link_existing(session, identity, seen=subject, by=GIULIA)
    if point == "stranger.noted":
        worker.work_off()
    else:
        die_at(point)
    (person,) = fake_keycloak.people.values()
    assert person["attributes"]["proactive_account_id"] == [str(identity)]
    assert [mail["subject"] for mail in fake_keycloak.mails] == [subject]
    with transaction(worker.engine) as session:
        account = session.get_one(Account, identity)
        assert (account.state, account.subject, account.username) == (AccountState.ACTIVE, subject, "luca.ferri")
        assert session.get(AccountConflict, identity) is None
        told = [one.type for one in list_events(session, identity)]
        assert [told.count(name) for name in ("account.linked", "account.access_sent")] == [1, 1]
    assert open_kinds(worker) == []


@pytest.mark.parametrize("point", SYNC_POINTS)
def test_crash_while_keycloak_learns_of_a_second_company_leaves_both_sides_alike(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, die_at: Callable[[str], None], point: str
) -> None:
    with transaction(worker.engine) as session:
        email = make_approved(session, worker_settings).contact_email
    worker.work_off()
    with transaction(worker.engine) as session:
        second = make_under_review(session, worker_settings, n=2)
        second.contact_email = email
        session.flush()
        actions.approve(session, second.id, version=second.version, by=MARCO, settings=worker_settings)
    die_at(point)
    (person,) = fake_keycloak.people.values()
    with transaction(worker.engine) as session:
        account = session.scalars(select(Account)).one()
        assert person["attributes"]["supplier_id"] == list(session.scalars(select(Supplier.number)))
        assert [one.type for one in list_events(session, account.id)].count("account.suppliers_written") == 1
    assert len(fake_keycloak.mails) == 1
    assert open_kinds(worker) == []
