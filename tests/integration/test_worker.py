"""Approved means it will happen: the worker against a Keycloak and a mail server that go wrong."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError

from service.access.limits import LimitHit
from service.access.principal import Role
from service.access.sessions import Identity, find_signed_in, open_signed_in
from service.accounts import actions as accounts
from service.accounts.models import Account
from service.accounts.provisioning import PASSWORD_LENGTH
from service.accounts.repository import get_account, provision_key
from service.accounts.states import AccountState
from service.administration import in_force
from service.applications.models import Application
from service.audit.trail import list_events
from service.clock import utc_now
from service.config import Settings
from service.database import Base, transaction
from service.invitations.actions import invite
from service.invitations.invitee import Invitee
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.jobs.far_sides import read_trouble
from service.jobs.models import Job, JobStatus
from service.jobs.queue import MAX_CRASHES, LeaseLostError, checkpoint, claim, enqueue, finish, retry_now
from service.mail.models import Delivery, DeliveryStatus
from service.worker.loop import Worker
from service.worker.schedule import DAILY, SCHEDULE, WORKING_DAYS, enqueue_due
from service.worker.tasks import TASKS
from tests.factories.applications import MARCO, make_approved, make_draft
from tests.fakes import FakeKeycloak
from tests.support.mailbox import Mailbox
from tests.support.provisioning import fake_keycloak, worker, worker_settings

__all__ = ["fake_keycloak", "worker", "worker_settings"]
pytestmark = pytest.mark.xdist_group("integration")
CREATE, ACCESS = r"POST .*/users$", r"PUT .*execute-actions-email"


def approve_one(engine: Engine, settings: Settings, n: int = 1) -> UUID:
    """Approve a company and give its account."""
    with transaction(engine) as session:
        approved = make_approved(session, settings, n=n)
        session.flush()
        found = session.scalar(select(Account.id).where(Account.email == approved.contact_email))
        assert found is not None
        return found


def hurry(engine: Engine) -> None:
    """Make what waits for another try due now."""
    with transaction(engine) as session:
        session.execute(update(Job).where(Job.status == JobStatus.READY).values(run_at=text("clock_timestamp()")))


def work_until_quiet(worker: Worker, rounds: int = 8) -> None:
    """Work, and do not wait for the back-off."""
    for _ in range(rounds):
        hurry(worker.engine)
        worker.work_off()


def account_of(engine: Engine, account_id: UUID) -> Account:
    """Read the account as it is now."""
    with transaction(engine) as session:
        account = session.get(Account, account_id)
        assert account is not None
        return account


def job_of(engine: Engine, account_id: UUID) -> Job:
    """Read the job that creates the account."""
    with transaction(engine) as session:
        return session.scalars(select(Job).where(Job.key == f"account.provision:{account_id}")).one()


def test_provision_creates_one_person_with_marker_and_group_and_sends_one_mail(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    worker.work_off()
    account = account_of(worker.engine, account_id)
    (person,) = fake_keycloak.people.values()
    assert account.state == AccountState.ACTIVE
    assert account.subject == person["id"]
    assert person["attributes"]["proactive_account_id"] == [str(account_id)]
    assert person["_groups"] == ["/fornitori"]
    assert [mail["to"] for mail in fake_keycloak.mails] == [account.email]
    with transaction(worker.engine) as session:
        assert [e.type for e in list_events(session, account_id)] == ["account.created", "account.access_sent"]


@pytest.mark.parametrize("match", [CREATE, ACCESS, r"GET .*/users/"])
@pytest.mark.parametrize("kind", ["before", "after", "reset_before", "reset_after", "garbage", "slow"])
def test_provision_survives_every_kind_of_trouble_without_doubles(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, match: str, kind: str
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    with fake_keycloak.fault(match, kind, status=503, seconds=1.3 if kind == "slow" else 0):
        work_until_quiet(worker, rounds=3)
    assert account_of(worker.engine, account_id).state == AccountState.ACTIVE
    assert len(fake_keycloak.people) == 1
    assert len(fake_keycloak.mails) == 1


def test_provision_while_keycloak_is_away_shows_the_next_try(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    with fake_keycloak.fault(r".*", "before", status=500, times=1000):
        worker.work_off()
        job = job_of(worker.engine, account_id)
        assert job.status == JobStatus.READY
        assert job.last_error
        assert account_of(worker.engine, account_id).state == AccountState.PENDING
    with transaction(worker.engine) as session:
        accounts.retry(session, account_id, by=MARCO)
    worker.work_off()
    assert account_of(worker.engine, account_id).state == AccountState.ACTIVE


def test_provision_with_smtp_of_keycloak_down_never_touches_the_account_again(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    fake_keycloak.is_smtp_up = False
    work_until_quiet(worker, rounds=3)
    assert len([r for r in fake_keycloak.requests if r.startswith("POST") and r.endswith("/users")]) == 1
    assert job_of(worker.engine, account_id).step == 2
    fake_keycloak.is_smtp_up = True
    work_until_quiet(worker, rounds=2)
    assert account_of(worker.engine, account_id).state == AccountState.ACTIVE
    assert len(fake_keycloak.mails) == 1


def test_provision_whose_mail_left_unanswered_never_sends_another_even_when_tries_are_counted_anew(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    with fake_keycloak.fault(ACCESS, "reset_after"):
        while not fake_keycloak.mails:
            worker.do_one("first")
    with transaction(worker.engine) as session:  # "Riprova ora": the attempts begin at 0, the fence goes on
        job = select(Job.last_error).where(Job.key == provision_key(account_id))
        assert session.scalar(job)
        assert retry_now(session, provision_key(account_id))
        assert session.scalar(job) is None
    worker.work_off()
    with transaction(worker.engine) as session:
        assert get_account(session, account_id).state == AccountState.ACTIVE
    assert len(fake_keycloak.mails) == 1


def test_provision_of_a_strangers_name_is_stuck_and_never_adopts(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    email = account_of(worker.engine, account_id).email
    fake_keycloak.add_person("impiegato.icri", email)
    worker.work_off()
    account = account_of(worker.engine, account_id)
    assert account.state == AccountState.FAILED
    assert "non nostra" in (account.failure or "")
    assert job_of(worker.engine, account_id).status == JobStatus.STUCK
    assert fake_keycloak.mails == []
    fake_keycloak.people.clear()
    with transaction(worker.engine) as session:
        accounts.retry(session, account_id, by=MARCO)
    worker.work_off()
    assert account_of(worker.engine, account_id).state == AccountState.ACTIVE


def test_temporary_password_is_mailed_once_stored_nowhere_and_ended_after_a_day(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, mailbox: Mailbox
) -> None:
    mailbox.clear()
    worker.settings = worker_settings.model_copy(update={"access_mode": "temporary_password"})
    account_id = approve_one(worker.engine, worker_settings, n=77)
    worker.work_off()
    account = account_of(worker.engine, account_id)
    mail = mailbox.wait_for(account.email, "Dati di accesso")
    (person,) = fake_keycloak.people.values()
    password = person["_password"]
    assert len(password) == PASSWORD_LENGTH
    assert password in mail.text
    assert person["requiredActions"] == ["UPDATE_PASSWORD"]
    assert account.state == AccountState.ACTIVE
    with transaction(worker.engine) as session:
        everything = "".join(str(list(session.execute(table.select()))) for table in Base.metadata.sorted_tables)
    assert password not in everything
    with transaction(worker.engine) as session:
        session.execute(update(Account).values(temporary_password_until=utc_now() - timedelta(minutes=1)))
    hurry(worker.engine)
    worker.work_off()
    assert person["_password"] != password


def test_resend_access_of_a_double_click_sends_one_mail(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    worker.work_off()
    for _ in range(2):
        with transaction(worker.engine) as session:
            accounts.resend_access(session, account_id, seen=0, by=MARCO)
    worker.work_off()
    assert len(fake_keycloak.mails) == 2


def test_resend_access_more_than_three_times_a_day_is_refused(worker: Worker, worker_settings: Settings) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    worker.work_off()
    for seen in range(3):
        with transaction(worker.engine) as session:
            accounts.resend_access(session, account_id, seen=seen, by=MARCO)
    with pytest.raises(accounts.TooManyResendsError), transaction(worker.engine) as session:
        accounts.resend_access(session, account_id, seen=3, by=MARCO)


def test_letters_leave_once_with_their_message_id_and_are_logged(
    worker: Worker, worker_settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.clear()
    approve_one(worker.engine, worker_settings, n=31)
    worker.work_off()
    worker.work_off()
    with transaction(worker.engine) as session:
        deliveries = list(session.scalars(select(Delivery)))
    assert {d.status for d in deliveries} == {DeliveryStatus.SENT}
    sent = [m for m in mailbox.messages() if any(d.subject == m.subject and d.to_address == m.to for d in deliveries)]
    assert sorted((m.to, m.subject) for m in sent) == sorted((d.to_address, d.subject) for d in deliveries)
    identities = {next(v for k, v in m.headers.items() if k.lower() == "message-id") for m in sent}
    assert len(identities) == len(sent)


def test_letter_that_the_server_refuses_for_good_is_shown_as_failed(
    worker: Worker, worker_settings: Settings, mailbox: Mailbox
) -> None:
    with transaction(worker.engine) as session:
        email = make_approved(session, worker_settings, n=32).contact_email
    mailbox.misbehave(recipients={email: 550})
    try:
        worker.work_off()
    finally:
        mailbox.behave()
    with transaction(worker.engine) as session:
        refused = list(session.scalars(select(Delivery).where(Delivery.to_address == email)))
    assert {d.status for d in refused} == {DeliveryStatus.FAILED, DeliveryStatus.HELD}  # after the first the rest wait
    assert all("L'indirizzo non esiste (5.1.1)" in (d.error or "") for d in refused)


def test_letter_while_the_mail_server_is_away_is_sent_later(
    worker: Worker, worker_settings: Settings, mailbox: Mailbox
) -> None:
    account_id = approve_one(worker.engine, worker_settings, n=33)
    email = account_of(worker.engine, account_id).email
    mailbox.clear()
    mailbox.misbehave(refuse_all=True)
    try:
        worker.work_off()
        assert mailbox.messages(email) == []
    finally:
        mailbox.behave()
    work_until_quiet(worker, rounds=2)
    assert {m.subject for m in mailbox.messages(email)} >= {"[ICRI ProActive] Prequalifica accettata"}


def test_claim_by_two_workers_gives_the_job_to_one(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        enqueue(session, "x", "x:1", {})
        enqueue(session, "x", "x:1", {"again": True})
    with transaction(own_engine) as first, transaction(own_engine) as second:
        won = claim(first, owner="a", kinds=["x"], lease_seconds=60)
        assert won is not None
        assert claim(second, owner="b", kinds=["x"], lease_seconds=60) is None
        assert claim(second, owner="b", kinds=["y"], lease_seconds=60) is None


def test_thread_that_is_not_patient_leaves_work_on_files(worker: Worker) -> None:
    with transaction(worker.engine) as session:
        enqueue(session, "file.delete", "file.delete:x", {"key": "x"})
    assert not worker.do_one("hasty", is_patient=False)
    assert worker.do_one("patient")


def test_nothing_is_claimed_while_the_settings_in_force_cannot_be_read(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a period that an admin has made longer would be the installed one, and drafts be erased by it."""
    with transaction(worker.engine) as session:
        enqueue(session, "file.delete", "file.delete:x", {"key": "x"})

    def away(_session: object) -> int:
        raise OperationalError("select", {}, ConnectionError())

    with monkeypatch.context() as patch:
        patch.setattr(in_force, "SECONDS", 0)
        patch.setattr(in_force, "newest_id", away)
        patch.setattr(in_force._process, "seen", {})
        with pytest.raises(OperationalError):
            worker.do_one("first")
        with pytest.raises(OperationalError):
            worker.do_one("second")
    assert worker.do_one("third")


def test_fence_a_worker_that_lost_its_lease_writes_nothing(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        enqueue(session, "x", "x:1", {})
    with transaction(own_engine) as session:
        frozen = claim(session, owner="a", kinds=["x"], lease_seconds=-1)
    with transaction(own_engine) as session:
        successor = claim(session, owner="b", kinds=["x"], lease_seconds=60)
    assert frozen is not None
    assert successor is not None
    assert successor.crashes == 1
    with pytest.raises(LeaseLostError), transaction(own_engine) as session:
        checkpoint(session, frozen, lease_seconds=60)
    with pytest.raises(LeaseLostError), transaction(own_engine) as session:
        finish(session, frozen)
    with transaction(own_engine) as session:
        finish(session, successor)


def test_poison_job_that_kills_ten_workers_is_stuck(worker: Worker, worker_settings: Settings) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    with transaction(worker.engine) as session:
        session.execute(update(Job).where(Job.kind == "account.provision").values(crashes=MAX_CRASHES))
    worker.work_off()
    assert job_of(worker.engine, account_id).status == JobStatus.STUCK
    assert account_of(worker.engine, account_id).state == AccountState.FAILED


def test_unforeseen_error_is_another_try_and_never_the_end_of_the_worker(
    worker: Worker, worker_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = approve_one(worker.engine, worker_settings)

    def explode(_bench: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setitem(TASKS, "account.provision", replace(TASKS["account.provision"], run=explode))
        worker.work_off()
    assert "ZeroDivisionError" in (job_of(worker.engine, account_id).last_error or "")
    work_until_quiet(worker, rounds=2)
    assert account_of(worker.engine, account_id).state == AccountState.ACTIVE


def test_after_72_hours_of_tries_the_job_is_stuck_and_the_account_failed(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    with fake_keycloak.fault(r".*", "before", times=1000):
        worker.work_off()
        long_ago = timedelta(hours=73).total_seconds()
        with transaction(worker.engine) as session:
            job = session.scalars(select(Job).where(Job.kind == "account.provision")).one()
            job.state = {**job.state, "since": float(job.state["since"]) - long_ago}
        hurry(worker.engine)
        worker.work_off()
    assert job_of(worker.engine, account_id).status == JobStatus.STUCK
    assert account_of(worker.engine, account_id).state == AccountState.FAILED


def test_schedule_of_three_workers_gives_one_job_a_period(own_engine: Engine) -> None:
    for _ in range(3):
        with transaction(own_engine) as session:
            enqueue_due(session)
    with transaction(own_engine) as session:
        kinds = sorted(session.scalars(select(Job.kind)))
    assert [kind for kind in kinds if kind not in WORKING_DAYS] == sorted([*SCHEDULE, *DAILY])
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        (["2026-11-25T06:00:00Z"], ["2026-11-25"]),  # 07:00 in Rome
        (["2026-11-25T05:59:59Z"], ["2026-11-24"]),
        (["2026-07-01T05:00:00Z"], ["2026-07-01"]),  # summer time
        (["2026-11-25T06:00:00Z", "2026-11-25T22:59:00Z"], ["2026-11-25"]),
        (["2026-11-20T12:00:00Z", "2026-11-25T12:00:00Z"], ["2026-11-20", "2026-11-25"]),
    ],
)
def test_daily_job_is_asked_for_once_a_day_of_rome_and_missed_days_collapse(
    own_engine: Engine, moments: list[str], days: list[str]
) -> None:
    for moment in moments:
        with transaction(own_engine) as session:
            enqueue_due(session, datetime.fromisoformat(moment))
    with transaction(own_engine) as session:
        keys = sorted(session.scalars(select(Job.key).where(Job.kind == "reminders.send")))
    assert keys == [f"cron:reminders.send:{day}" for day in days]


def test_scheduled_jobs_do_their_work(worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak) -> None:
    subject = fake_keycloak.add_person("anna.bassi", "anna@icri.example", roles=("approver",))
    with transaction(worker.engine) as session:
        old = make_draft(session, worker_settings, n=41)
        old.touched_at = utc_now() - timedelta(days=worker_settings.draft_days + 1)
        late = invite(session, Invitee("Adda", "adda@example.com"), by=MARCO, settings=worker_settings)  # fmt: skip
        late.expires_at = utc_now() - timedelta(minutes=1)
        presented = open_signed_in(session, staff_identity(subject))
        gone = open_signed_in(session, staff_identity("nessuno-piu"))
        session.add(LimitHit(key="x", at=utc_now() - timedelta(days=3)))
        draft_id, invitation_id = old.id, late.id
        enqueue_due(session)
    worker.work_off()
    with transaction(worker.engine) as session:
        assert session.get(Application, draft_id) is None
        invitation = session.get(Invitation, invitation_id)
        assert invitation is not None
        assert invitation.state == InvitationState.EXPIRED
        found = find_signed_in(session, presented)
        assert found is not None
        assert found.principal.roles == {Role.APPROVER}
        assert find_signed_in(session, gone) is None
        assert list(session.scalars(select(LimitHit.key).where(LimitHit.key == "x"))) == []


def test_sessions_refresh_ends_those_of_a_supplier_who_was_disabled_by_hand_and_of_nobody_else(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    approve_one(worker.engine, worker_settings)
    approve_one(worker.engine, worker_settings, n=2)
    worker.work_off()
    presented = {}
    with transaction(worker.engine) as session:
        for subject in fake_keycloak.people:
            who = replace(staff_identity(subject), roles=frozenset({Role.SUPPLIER}))
            presented[subject] = open_signed_in(session, who)
        enqueue(session, "sessions.refresh", "cron:sessions.refresh:1", {})
    locked, free = fake_keycloak.people
    fake_keycloak.people[locked]["enabled"] = False
    worker.work_off()
    with transaction(worker.engine) as session:
        assert find_signed_in(session, presented[locked]) is None
        found = find_signed_in(session, presented[free])
        assert found is not None
        assert found.roles == ["supplier"]


def test_sessions_refresh_with_keycloak_away_changes_nothing_and_is_not_tried_again(
    worker: Worker, fake_keycloak: FakeKeycloak
) -> None:
    with transaction(worker.engine) as session:
        presented = open_signed_in(session, staff_identity("anna"))
        enqueue(session, "sessions.refresh", "cron:sessions.refresh:1", {})
    with fake_keycloak.fault(r".*", "before", times=1000):
        worker.work_off()
    with transaction(worker.engine) as session:
        assert set(session.scalars(select(Job.status))) == {JobStatus.DONE}
        assert find_signed_in(session, presented) is not None


def test_outage_shows_as_late_although_each_try_moves_the_job_on(worker: Worker, worker_settings: Settings) -> None:
    account_id = approve_one(worker.engine, worker_settings)
    with transaction(worker.engine) as session:
        job = session.scalars(select(Job).where(Job.key == f"account.provision:{account_id}")).one()
        job.state = {"since": (utc_now() - timedelta(hours=1)).timestamp()}
        job.run_at = utc_now() + timedelta(minutes=14)
        session.flush()
        assert read_trouble(session).late == 1


def test_resend_of_a_temporary_password_never_overwrites_the_one_chosen(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    worker.settings = worker_settings.model_copy(update={"access_mode": "temporary_password"})
    account_id = approve_one(worker.engine, worker_settings)
    worker.work_off()
    (person,) = fake_keycloak.people.values()
    person["_password"], person["requiredActions"] = "scelta-dal-fornitore", []
    with transaction(worker.engine) as session:
        accounts.resend_access(session, account_id, seen=0, by=MARCO)
    worker.work_off()
    assert person["_password"] == "scelta-dal-fornitore"


def test_expiry_of_the_first_temporary_password_spares_a_later_one(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak
) -> None:
    worker.settings = worker_settings.model_copy(update={"access_mode": "temporary_password"})
    account_id = approve_one(worker.engine, worker_settings)
    worker.work_off()
    with transaction(worker.engine) as session:
        accounts.resend_access(session, account_id, seen=0, by=MARCO)
    worker.work_off()
    (person,) = fake_keycloak.people.values()
    second = person["_password"]
    hurry(worker.engine)
    worker.work_off()
    assert person["_password"] == second
    with transaction(worker.engine) as session:
        letters = select(Delivery.status).where(Delivery.about == account_id)
        assert list(session.scalars(letters)) == [DeliveryStatus.SENT] * 2


def staff_identity(subject: str) -> Identity:
    """Anna, as her ID token said when she signed in."""
    return Identity(subject=subject, username="anna", name="Anna Bassi", email="", roles=frozenset({Role.REVIEWER}),
                    sid=subject, authenticated_at=utc_now(), id_token="")  # fmt: skip
