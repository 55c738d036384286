"""A confirmed login address on its way to Keycloak: repeated, refused, overtaken; both sides end alike."""

from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.sessions import count_by_subject
from service.accounts.actions import Contact, create_account
from service.accounts.email_changing import find_failed_email_change
from service.accounts.joining import find_live
from service.accounts.models import Account, EmailChange
from service.accounts.port import UnavailableError
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.suppliers import people
from service.worker.email_tasks import change_email
from service.worker.loop import Worker
from tests.factories.applications import make_approved
from tests.fakes import FakeKeycloak
from tests.support.provisioning import fake_keycloak, worker, worker_settings
from tests.support.staff_portal import ANNA

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
NEW = "laura.nuova@ferri.example.com"


def run(worker: Worker, action: Any) -> Any:
    with transaction(worker.engine) as session:
        return action(session)


@pytest.fixture
def change(worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak) -> UUID:
    """A person at Keycloak, signed in there, whose new address was confirmed."""
    run(worker, lambda s: make_approved(s, worker_settings, n=1))
    worker.work_off()

    def wish(session: Session) -> UUID:
        account, now = session.scalars(select(Account)).one(), utc_now()
        fake_keycloak.open_session(account.subject or "", "proactive-web")
        made = EmailChange(account_id=account.id, old_email=account.email, new_email=NEW, asked_at=now, expires_at=now,
                           confirmed_at=now)  # fmt: skip
        session.add(made)
        session.flush()
        args = {"account_id": str(account.id), "change_id": str(made.id)}
        enqueue(session, "account.change_email", f"account.change_email:{made.id}", args)
        return made.id

    return run(worker, wish)  # type: ignore[no-any-return]


def account(worker: Worker) -> Account:
    found: Account = run(worker, lambda s: s.scalars(select(Account)).one())
    return found


def wish(worker: Worker, change: UUID) -> EmailChange:
    found: EmailChange = run(worker, lambda s: s.get_one(EmailChange, change))
    return found


def last_event(worker: Worker) -> str:
    return str(run(worker, lambda s: list_events(s, s.scalars(select(Account.id)).one())[-1].type))


def person(worker: Worker, fake: FakeKeycloak) -> dict[str, Any]:
    return fake.people[account(worker).subject or ""]


def test_confirmed_address_reaches_keycloak_and_ends_all_sessions(
    worker: Worker, fake_keycloak: FakeKeycloak, change: UUID
) -> None:
    username = person(worker, fake_keycloak)["username"]
    worker.work_off()
    there = person(worker, fake_keycloak)
    assert (there["email"], there["username"], there["_sessions"], there["enabled"]) == (NEW, username, [], True)
    assert account(worker).email == NEW
    assert wish(worker, change).applied_at is not None
    assert run(worker, lambda s: count_by_subject(s, account(worker).subject or "")) == 0
    assert last_event(worker) == "account.email_changed"


def test_address_that_is_a_strangers_there_ends_the_wish_and_changes_nothing(
    worker: Worker, fake_keycloak: FakeKeycloak, change: UUID
) -> None:
    fake_keycloak.add_person("anna.verdi", NEW)
    before = account(worker).email
    worker.work_off()
    assert account(worker).email == person(worker, fake_keycloak)["email"] == before
    assert len(person(worker, fake_keycloak)["_sessions"]) == 1
    assert wish(worker, change).ended_at is not None
    assert last_event(worker) == "account.email_change_refused"
    (told,) = run(
        worker, lambda s: s.scalars(select(Job).where(Job.args["message"].astext == "login_change_refused")).all()
    )
    assert told.status == JobStatus.DONE
    failed = run(worker, lambda s: find_failed_email_change(s, account(worker).id))
    assert failed is not None
    assert failed.new_email == NEW
    assert not run(worker, lambda s: s.scalars(select(Job.key).where(Job.status == JobStatus.STUCK)).all())


def test_suspended_before_the_worker_looked_keeps_the_old_address(
    worker: Worker, fake_keycloak: FakeKeycloak, change: UUID
) -> None:
    before = account(worker)
    run(worker, lambda s: people.suspend_account(s, before.id, reason="A2", by=ANNA))
    worker.work_off()
    assert account(worker).email == person(worker, fake_keycloak)["email"] == before.email
    assert wish(worker, change).ended_at is not None


def test_suspended_while_keycloak_was_told_leaves_both_sides_alike(
    worker: Worker, fake_keycloak: FakeKeycloak, change: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = account(worker).id

    def overtaken(point: str) -> None:
        if point == "email.changed":
            run(worker, lambda s: people.suspend_account(s, identity, reason="A2", by=ANNA))

    monkeypatch.setitem(change_email.__globals__, "crash_point", overtaken)
    worker.work_off()
    there = person(worker, fake_keycloak)
    assert account(worker).email == there["email"] == NEW
    assert not there["enabled"]
    assert wish(worker, change).applied_at is not None


@pytest.mark.parametrize("is_over", [True, False], ids=["over", "under-way"])
def test_suppliers_written_beside_the_new_address_never_bring_the_old_one_back(
    worker: Worker, fake_keycloak: FakeKeycloak, change: UUID, monkeypatch: pytest.MonkeyPatch, *, is_over: bool
) -> None:
    """The writing of the suppliers reads all it needs, the new address reaches Keycloak, and only then it writes."""
    has_read, may_write, write = Event(), Event(), worker.provider._write_person  # type: ignore[attr-defined]
    sync = Thread(target=worker.do_one, args=("suppliers",))

    def late(*body: Any) -> None:
        monkeypatch.setattr(worker.provider, "_write_person", write)
        has_read.set()
        may_write.wait(5)
        write(*body)

    def let_write(point: str) -> None:
        if point == "email.changed" and not is_over:
            may_write.set()
            sync.join()

    this, args = Job.key.endswith(str(change)), {"account_id": str(account(worker).id)}
    run(worker, lambda s: s.execute(update(Job).where(this).values(status=JobStatus.CANCELLED)))
    run(worker, lambda s: enqueue(s, "account.sync_suppliers", "account.sync_suppliers:x", args))
    monkeypatch.setattr(worker.provider, "_write_person", late)
    sync.start()
    assert has_read.wait(5)
    run(worker, lambda s: s.execute(update(Job).where(this).values(status=JobStatus.READY)))
    monkeypatch.setitem(change_email.__globals__, "crash_point", let_write)
    assert worker.do_one("address")
    may_write.set()
    sync.join()
    run(worker, lambda s: s.execute(update(Job).values(run_at=utc_now())))
    worker.work_off()
    assert account(worker).email == person(worker, fake_keycloak)["email"] == NEW
    assert not run(worker, lambda s: s.scalars(select(Job.key).where(Job.status == JobStatus.READY)).all())


@pytest.mark.parametrize("is_lost", [False, True], ids=["at once", "after a crash"])
def test_address_that_another_account_has_by_then_is_refused_and_given_back(
    worker: Worker, fake_keycloak: FakeKeycloak, change: UUID, monkeypatch: pytest.MonkeyPatch, *, is_lost: bool
) -> None:
    before, losses = account(worker), iter([True] if is_lost else [])

    def overtaken(point: str) -> None:
        if point == "email.changed":
            run(worker, lambda s: create_account(s, "F00001", Contact(NEW, "Rita", "Riva", "it"), by=ANNA)
                if find_live(s, NEW) is None else None)  # fmt: skip

    def lost(subject: str, email: str) -> None:
        set_email(subject, email)
        if email == before.email and next(losses, False):
            raise UnavailableError("Keycloak non risponde")

    set_email, worker.provider.set_email = worker.provider.set_email, lost  # type: ignore[method-assign]
    monkeypatch.setitem(change_email.__globals__, "crash_point", overtaken)
    worker.work_off()
    if is_lost:
        run(worker, lambda s: s.execute(update(Job).values(run_at=utc_now())))
        worker.work_off()
    emails = run(worker, lambda s: s.scalars(select(Account.email).order_by(Account.username)).all())
    assert emails == [before.email, NEW]
    assert fake_keycloak.people[before.subject or ""]["email"] == before.email
    assert wish(worker, change).ended_at is not None
    (event,) = [one for one in run(worker, lambda s: list_events(s, before.id)) if one.type.endswith("change_refused")]
    theirs = "A Keycloak l'indirizzo è di un'altra persona"  # who was created there meanwhile
    assert event.data["reason"] == (theirs if is_lost else "Nel frattempo l'indirizzo è di un'altra utenza del portale")


def test_lost_answer_is_tried_again(worker: Worker, fake_keycloak: FakeKeycloak, change: UUID) -> None:
    set_email, tries = worker.provider.set_email, iter([True])

    def lost(subject: str, email: str) -> None:
        set_email(subject, email)
        if next(tries, False):
            raise UnavailableError("Keycloak non risponde")

    worker.provider.set_email = lost  # type: ignore[method-assign]
    worker.work_off()
    run(worker, lambda s: s.execute(update(Job).values(run_at=utc_now())))
    worker.work_off()
    assert account(worker).email == person(worker, fake_keycloak)["email"] == NEW
