"""An account suspended, reinstated, revoked: what stands here, what Keycloak is brought to, and nothing half."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.access.sessions import Identity, count_by_subject, open_signed_in
from service.accounts.actions import revoke_accounts
from service.accounts.models import Account, Membership
from service.accounts.reasons import AccountReasonError
from service.accounts.states import TRANSITIONS, AccountState, InvalidAccountTransitionError, next_state
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.errors import ForbiddenError
from service.jobs.models import Job, JobStatus
from service.suppliers import governing, people
from service.suppliers.governing import Why
from service.suppliers.impartiality import OwnCompanyError
from service.suppliers.models import Supplier
from service.suppliers.people import SupplierRevokedError
from service.suppliers.states import Qualification
from service.worker.loop import Worker
from service.worker.switch_tasks import switch
from tests.factories.applications import make_approved
from tests.fakes import FakeKeycloak
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
ANNA = Principal("anna", "Anna Bassi", frozenset({Role.APPROVER}))
OTHERS = [Principal("x", "X", frozenset({role})) for role in Role if role != Role.APPROVER]
SUSPEND: Any = partial(people.suspend_account, reason="A1")
REVOKE: Any = partial(people.revoke_account, reason="A1")
REINSTATE: Any = people.reinstate_account
TEXT = "Accessi di notte da un paese dove l'impresa non lavora."


@pytest.fixture
def accept(worker: Worker, worker_settings: Settings) -> None:
    """One company whose approval waits for the worker."""
    with transaction(worker.engine) as session:
        make_approved(session, worker_settings, n=1)


@pytest.fixture
def account(worker: Worker, accept: None) -> Account:
    """Its person, at Keycloak and here."""
    del accept
    worker.work_off()
    return stored(worker)


def run(worker: Worker, action: Callable[[Session], Any]) -> Any:
    with transaction(worker.engine) as session:
        return action(session)


def stored(worker: Worker) -> Account:
    found: Account = run(worker, lambda s: s.scalars(select(Account)).one())
    return found


def types(worker: Worker) -> list[str]:
    return run(worker, lambda s: [one.type for one in list_events(s, s.scalars(select(Account.id)).one())])  # type: ignore[no-any-return]


def sign_in(worker: Worker, subject: str) -> None:
    identity = Identity(subject, "f00001-01", "Luca", "", frozenset({Role.SUPPLIER}), "sid", utc_now(), "")
    run(worker, lambda s: open_signed_in(s, identity))


def live(worker: Worker, subject: str) -> int:
    return int(run(worker, lambda s: count_by_subject(s, subject)))


@pytest.mark.parametrize("state", AccountState)
@pytest.mark.parametrize("action", sorted({action for action, _state in TRANSITIONS}))
def test_next_state_every_cell_is_allowed_or_refused(action: str, state: AccountState) -> None:
    if (action, state) in TRANSITIONS:
        assert next_state(action, state) == TRANSITIONS[action, state]
    else:
        with pytest.raises(InvalidAccountTransitionError):
            next_state(action, state)


def test_suspend_ends_all_sessions_and_reinstate_lets_in_again(
    worker: Worker, account: Account, fake_keycloak: FakeKeycloak
) -> None:
    subject = account.subject or ""
    person = fake_keycloak.people[subject]
    fake_keycloak.open_session(subject, "proactive-web", "icri-other-app")
    sign_in(worker, subject)
    run(worker, lambda s: people.suspend_account(s, account.id, reason="A2", text=TEXT, by=ANNA))
    assert live(worker, subject) == 0
    sign_in(worker, subject)  # Keycloak does not know yet
    worker.work_off()
    assert (person["enabled"], person["_sessions"], live(worker, subject)) == (False, [], 0)
    found = stored(worker)
    assert (found.state, found.suspension_reason, found.suspension_text) == (AccountState.SUSPENDED, "A2", TEXT)
    run(worker, lambda s: people.reinstate_account(s, account.id, by=ANNA))
    worker.work_off()
    assert person["enabled"]
    found = stored(worker)
    assert (found.state, found.suspended_at, found.suspension_reason) == (AccountState.ACTIVE, None, None)
    assert types(worker)[-4:] == ["account.suspended", "account.disabled", "account.reinstated", "account.enabled"]
    assert run(worker, lambda s: s.scalars(select(Supplier)).one().qualification) == Qualification.QUALIFIED


def test_suspend_twice_is_refused_and_does_nothing_more(worker: Worker, account: Account) -> None:
    run(worker, lambda s: people.suspend_account(s, account.id, reason="A1", by=ANNA))
    with pytest.raises(InvalidAccountTransitionError):
        run(worker, lambda s: people.suspend_account(s, account.id, reason="A1", by=ANNA))
    assert types(worker).count("account.suspended") == 1
    assert stored(worker).switches == 1


@pytest.mark.parametrize(("code", "text"), [("", ""), ("R01", ""), ("A5", ""), ("A9", "breve"), ("A1", "x" * 1001)])
def test_suspend_and_revoke_want_a_coded_reason(worker: Worker, account: Account, code: str, text: str) -> None:
    for verb in (people.suspend_account, people.revoke_account):
        with pytest.raises(AccountReasonError):
            run(worker, partial(verb, account_id=account.id, reason=code, text=text, by=ANNA))
    assert stored(worker).state == AccountState.ACTIVE


@pytest.mark.parametrize("by", OTHERS, ids=lambda one: str(*one.roles))
def test_only_an_approver_governs_accounts(worker: Worker, account: Account, by: Principal) -> None:
    for verb in (SUSPEND, REVOKE, REINSTATE):
        with pytest.raises(ForbiddenError):
            run(worker, partial(verb, account_id=account.id, by=by))


def test_nobody_governs_the_accounts_of_the_own_company(worker: Worker, account: Account) -> None:
    of_company = Principal("anna", "Anna", ANNA.roles, email=account.email.upper())
    with pytest.raises(OwnCompanyError):
        run(worker, lambda s: people.suspend_account(s, account.id, reason="A1", by=of_company))


def test_revoke_is_for_good(worker: Worker, account: Account, fake_keycloak: FakeKeycloak) -> None:
    run(worker, lambda s: people.suspend_account(s, account.id, reason="A1", by=ANNA))
    run(worker, lambda s: people.revoke_account(s, account.id, reason="A1", by=ANNA))
    worker.work_off()
    assert not fake_keycloak.people[account.subject or ""]["enabled"]
    for verb in (REINSTATE, SUSPEND):
        with pytest.raises(InvalidAccountTransitionError):
            run(worker, partial(verb, account_id=account.id, by=ANNA))


def test_reinstate_after_the_company_was_revoked_is_refused(worker: Worker, account: Account) -> None:
    run(worker, lambda s: people.suspend_account(s, account.id, reason="A1", by=ANNA))
    run(worker, lambda s: s.execute(update(Supplier).values(qualification=Qualification.REVOKED)))
    with pytest.raises(SupplierRevokedError):
        run(worker, lambda s: people.reinstate_account(s, account.id, by=ANNA))


def test_suspending_the_qualification_leaves_the_accounts_alone(
    worker: Worker, account: Account, fake_keycloak: FakeKeycloak
) -> None:
    subject = account.subject or ""
    sign_in(worker, subject)
    fake_keycloak.open_session(subject, "proactive-web")

    def suspend(session: Session) -> None:
        supplier = session.scalars(select(Supplier)).one()
        governing.suspend(session, supplier.id, version=supplier.version, by=ANNA, why=Why("R13"))

    run(worker, suspend)
    worker.work_off()
    assert stored(worker).state == AccountState.ACTIVE
    assert live(worker, subject) == 1
    person = fake_keycloak.people[subject]
    assert (person["enabled"], len(person["_sessions"])) == (True, 1)


def test_reinstated_before_the_worker_looked_ends_enabled(
    worker: Worker, account: Account, fake_keycloak: FakeKeycloak
) -> None:
    for verb in (SUSPEND, REINSTATE):
        run(worker, partial(verb, account_id=account.id, by=ANNA))
    worker.work_off()
    assert fake_keycloak.people[account.subject or ""]["enabled"]
    assert "account.disabled" not in types(worker)


def test_reinstated_while_a_slow_worker_switches_off_ends_enabled(
    worker: Worker, account: Account, fake_keycloak: FakeKeycloak, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(worker, lambda s: people.suspend_account(s, account.id, reason="A1", by=ANNA))
    once = iter([True])

    def overtaken(_point: str) -> None:
        if next(once, False):
            run(worker, lambda s: people.reinstate_account(s, account.id, by=ANNA))

    monkeypatch.setitem(switch.__globals__, "crash_point", overtaken)
    worker.work_off()
    assert fake_keycloak.people[account.subject or ""]["enabled"]
    assert types(worker)[-1] == "account.enabled"
    assert not run(worker, lambda s: s.scalars(select(Job.key).where(Job.status != JobStatus.DONE)).all())


def test_revoked_before_the_worker_began_is_never_created(
    worker: Worker, accept: None, fake_keycloak: FakeKeycloak
) -> None:
    del accept
    run(worker, lambda s: revoke_accounts(s, s.scalars(select(Supplier.number)).one(), by=ANNA))
    worker.work_off()
    assert not fake_keycloak.people
    assert not fake_keycloak.mails
    jobs = run(worker, lambda s: {one.kind: one.status for one in s.scalars(select(Job))})
    assert jobs["account.provision"] == JobStatus.CANCELLED
    assert jobs["account.disable"] == JobStatus.DONE


def test_revoked_while_a_worker_creates_it_ends_shut_out(
    worker: Worker, accept: None, fake_keycloak: FakeKeycloak, monkeypatch: pytest.MonkeyPatch
) -> None:
    del accept
    create = worker.provider.create_person

    def revoked_meanwhile(person: Any) -> str:
        subject = create(person)
        run(worker, lambda s: people.revoke_account(s, s.scalars(select(Account.id)).one(), reason="A3", by=ANNA))
        return subject

    monkeypatch.setattr(worker.provider, "create_person", revoked_meanwhile)
    worker.work_off()
    (person,) = fake_keycloak.people.values()
    assert not person["enabled"]
    assert not fake_keycloak.mails
    assert stored(worker).state == AccountState.REVOKED
    assert not run(worker, lambda s: s.scalars(select(Job.key).where(Job.status == JobStatus.READY)).all())


def test_shutting_out_waits_for_a_worker_that_is_creating_the_person(
    worker: Worker, accept: None, fake_keycloak: FakeKeycloak
) -> None:
    del accept
    run(worker, lambda s: people.revoke_account(s, s.scalars(select(Account.id)).one(), reason="A3", by=ANNA))
    held = update(Job).where(Job.kind == "account.provision")
    run(worker, lambda s: s.execute(held.values(lease_until=utc_now().replace(year=2099), lease_owner="altro")))
    while worker.do_one("prova"):
        job = run(worker, lambda s: s.scalars(select(Job).where(Job.kind == "account.disable")).one())
        if job.attempts:
            break
    assert (job.status, job.last_error) == (JobStatus.READY, "La creazione dell'utenza è ancora in corso")
    assert not fake_keycloak.people


def test_revoking_the_supplier_spares_who_acts_for_another(
    worker: Worker, account: Account, worker_settings: Settings
) -> None:
    run(worker, lambda s: make_approved(s, worker_settings, n=2))

    def join(session: Session) -> str:
        numbers = session.scalars(select(Supplier.number).order_by(Supplier.number)).all()
        session.add(Membership(account_id=account.id, supplier_number=numbers[1], is_admin=False))
        return str(numbers[0])

    first = run(worker, join)
    assert run(worker, lambda s: revoke_accounts(s, first, by=ANNA)) == []
