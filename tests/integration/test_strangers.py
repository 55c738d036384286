"""Somebody at Keycloak has the address already: seen and shown, linked by an admin only, never adopted silently."""

from uuid import UUID

import pytest
from sqlalchemy import select

from service.access.principal import Principal, Role
from service.accounts.actions import retry
from service.accounts.linking import NotLinkableError, link_existing
from service.accounts.models import Account, AccountConflict
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.config import Settings
from service.database import transaction
from service.errors import ForbiddenError
from service.jobs.models import Job
from service.worker.loop import Worker
from tests.factories.applications import MARCO, make_approved
from tests.fakes import GROUP, FakeKeycloak
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
ADELE = Principal("adele", "Adele Conti", frozenset({Role.ADMIN}))


@pytest.fixture
def account_id(worker: Worker, worker_settings: Settings) -> UUID:
    """An account that is still to be made."""
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings)
        return session.scalars(select(Account.id)).one()


def account_of(worker: Worker, account_id: UUID) -> Account:
    with transaction(worker.engine) as session:
        return session.get_one(Account, account_id)


def conflict_of(worker: Worker, account_id: UUID) -> AccountConflict | None:
    with transaction(worker.engine) as session:
        return session.get(AccountConflict, account_id)


def meet(worker: Worker, fake: FakeKeycloak, account_id: UUID, **about: object) -> str:
    """Somebody has the address; the job fails on them. Gives their subject."""
    email = account_of(worker, account_id).email
    subject = fake.add_person(**{"username": "luca.ferri", "email": email, **about})  # type: ignore[arg-type]
    worker.work_off()
    return subject


def link(worker: Worker, account_id: UUID, subject: str, by: Principal = ADELE) -> None:
    with transaction(worker.engine) as session:
        link_existing(session, account_id, seen=subject, by=by)
    worker.work_off()


def test_stranger_is_kept_for_the_page_and_nothing_is_written_at_keycloak(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID
) -> None:
    subject = meet(worker, fake_keycloak, account_id)
    found = conflict_of(worker, account_id)
    assert found is not None
    assert (found.subject, found.username, found.is_enabled, found.is_staff, found.marker, found.groups) == (
        subject, "luca.ferri", True, False, None, []
    )  # fmt: skip
    assert account_of(worker, account_id).state == AccountState.FAILED
    assert fake_keycloak.people[subject]["attributes"] == {}
    assert fake_keycloak.mails == []


def test_link_outside_the_group_says_who_adds_them_and_retrying_then_links(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID
) -> None:
    subject = meet(worker, fake_keycloak, account_id)
    link(worker, account_id, subject)
    assert "gruppo /fornitori: la aggiungono gli amministratori" in (account_of(worker, account_id).failure or "")
    assert fake_keycloak.people[subject]["attributes"] == {}
    fake_keycloak.people[subject]["_groups"].append(GROUP)
    with transaction(worker.engine) as session:
        retry(session, account_id, by=MARCO)
    worker.work_off()
    account = account_of(worker, account_id)
    assert (account.state, account.subject, account.username) == (AccountState.ACTIVE, subject, "luca.ferri")
    assert fake_keycloak.people[subject]["attributes"]["proactive_account_id"] == [str(account_id)]
    assert [mail["subject"] for mail in fake_keycloak.mails] == [subject]
    assert conflict_of(worker, account_id) is None
    with transaction(worker.engine) as session:
        told = {one.type: one.by_name for one in list_events(session, account_id)}
    assert told["account.link_confirmed"] == "Adele Conti"
    assert "account.linked" in told


@pytest.mark.parametrize(
    ("about", "words"),
    [({"roles": ("reviewer",)}, "personale ICRI"), ({"email": "altra@example.com"}, "altro indirizzo")],
    ids=["staff", "other address"],
)
def test_link_is_refused_where_it_can_never_be_right(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID, about: dict[str, object], words: str
) -> None:
    name = {"username": account_of(worker, account_id).username} if "email" in about else {}
    subject = meet(worker, fake_keycloak, account_id, **about, **name)
    with pytest.raises(NotLinkableError, match=words):
        link(worker, account_id, subject)
    assert fake_keycloak.people[subject]["attributes"] == {}


@pytest.mark.parametrize("change", ["marker", "disabled", "staff"])
def test_link_looks_at_all_of_it_again_before_it_writes(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID, change: str
) -> None:
    subject = meet(worker, fake_keycloak, account_id, groups=(GROUP,))
    person = fake_keycloak.people[subject]
    if change == "marker":
        person["attributes"] = {"proactive_account_id": ["di un'altra"]}
    elif change == "disabled":
        person["enabled"] = False
    else:
        person["_roles"] = ["approver"]
    link(worker, account_id, subject)
    assert account_of(worker, account_id).state == AccountState.FAILED
    assert person["attributes"].get("proactive_account_id") != [str(account_id)]
    assert fake_keycloak.mails == []


def test_link_of_somebody_else_than_was_seen_or_by_no_admin_is_refused(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID
) -> None:
    subject = meet(worker, fake_keycloak, account_id)
    with pytest.raises(NotLinkableError, match="un’altra persona"):
        link(worker, account_id, "un-altro")
    with pytest.raises(ForbiddenError):
        link(worker, account_id, subject, MARCO)


def test_link_that_lost_its_answer_is_repeated_without_harm(
    worker: Worker, fake_keycloak: FakeKeycloak, account_id: UUID
) -> None:
    subject = meet(worker, fake_keycloak, account_id, groups=(GROUP,))
    with fake_keycloak.fault(r"PUT .*/users/[^/]+$", "after", status=503):
        link(worker, account_id, subject)
    with transaction(worker.engine) as session:
        job = session.scalars(select(Job).where(Job.kind == "account.provision")).one()
        job.run_at = job.created_at
    worker.work_off()
    assert account_of(worker, account_id).state == AccountState.ACTIVE
    assert len(fake_keycloak.mails) == 1
