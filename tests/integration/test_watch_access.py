"""What people did to come in is read from Keycloak's events, once for all; where it tells none it is asked."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from service.accounts import watching
from service.accounts.models import Account
from service.accounts.watching import is_only_seen
from service.adapters import keycloak_events
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
EVENTS = r"GET .*/events"


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


def at(worker: Worker, account_id: UUID, hours: float) -> int:
    """An instant after the access mail, in milliseconds."""
    sent = account_of(worker, account_id).access_sent_at
    assert sent is not None
    return int((sent + timedelta(hours=hours)).timestamp() * 1000)


def subject_of(worker: Worker, account_id: UUID) -> str:
    return account_of(worker, account_id).subject or ""


def test_events_are_noted_at_their_true_times_whatever_was_read_before(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    one, other = (subject_of(worker, account_id) for account_id in accounts[:2])
    told = [(one, "EXECUTE_ACTIONS", 1.0), (one, "UPDATE_PASSWORD", 2.0), (one, "LOGIN", 3.0), (one, "LOGIN", 5.0),
            (other, "EXECUTE_ACTIONS", 4.0), (str(uuid4()), "LOGIN", 4.0)]  # fmt: skip
    for subject, kind, hours in told:
        fake_keycloak.happen(subject, kind, at=at(worker, accounts[0], hours))
    fake_keycloak.happen(other, "UPDATE_CREDENTIAL", credential_type="otp")
    for key in ("1", "2"):
        assert watch(worker, key).status == JobStatus.DONE
        found = account_of(worker, accounts[0])
        assert [int(when.timestamp() * 1000) for when in (
            found.link_opened_at, found.password_set_at, found.first_sign_in_at, found.last_sign_in_at) if when
        ] == [at(worker, accounts[0], hours) for hours in (1, 2, 3, 5)]  # fmt: skip
        later = account_of(worker, accounts[1])
        assert later.link_opened_at
        assert later.password_set_at is None
    assert account_of(worker, accounts[2]).link_opened_at is None


def test_events_are_one_question_for_all_and_go_on_from_where_they_were_read(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    fake_keycloak.happen(subject_of(worker, accounts[0]), "LOGIN", at=at(worker, accounts[0], 1))
    asked = len(fake_keycloak.requests)
    watch(worker)
    fake_keycloak.happen(subject_of(worker, accounts[1]), "LOGIN", at=at(worker, accounts[0], -1))  # before the mark
    watch(worker, "2")
    assert [one for one in fake_keycloak.requests[asked:] if "/users/" in one] == []
    assert len([one for one in fake_keycloak.requests[asked:] if one.endswith("/events")]) == 2
    assert account_of(worker, accounts[1]).first_sign_in_at is None


def test_events_of_many_pages_are_all_read(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keycloak_events, "AT_ONCE", 2)
    monkeypatch.setattr(keycloak_events, "QUERY", {**keycloak_events.QUERY, "max": 2})
    for n in range(7):
        fake_keycloak.happen(subject_of(worker, accounts[n % 3]), "LOGIN", at=at(worker, accounts[0], n))
    watch(worker)
    assert all(account_of(worker, one).first_sign_in_at for one in accounts)
    last = account_of(worker, accounts[0]).last_sign_in_at
    assert last is not None
    assert int(last.timestamp() * 1000) == at(worker, accounts[0], 6)


def test_password_only_seen_gets_its_true_instant_from_an_event(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    choose_password(fake_keycloak, worker, accounts[0])
    with fake_keycloak.fault(EVENTS, "before", status=403):
        watch(worker)
    assert is_only_seen(account_of(worker, accounts[0]))
    fake_keycloak.happen(subject_of(worker, accounts[0]), "UPDATE_PASSWORD", at=at(worker, accounts[0], 0))
    watch(worker, "2")
    assert not is_only_seen(account_of(worker, accounts[0]))


def test_events_that_stay_away_are_made_up_for_once_a_day(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    choose_password(fake_keycloak, worker, accounts[0])
    watch(worker)
    assert account_of(worker, accounts[0]).password_set_at is None
    with transaction(worker.engine) as session:
        session.execute(update(Account).values(access_sent_at=utc_now() - timedelta(days=2)))
    watch(worker, "2")
    assert account_of(worker, accounts[0]).password_set_at


def test_password_that_was_set_is_seen_once_and_the_others_are_asked_again(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    choose_password(fake_keycloak, worker, accounts[1])
    choose_password(fake_keycloak, worker, accounts[2], temporary=True)
    with fake_keycloak.fault(EVENTS, "before", status=403):
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
    with (
        fake_keycloak.fault(EVENTS, "before", status=403),
        fake_keycloak.fault(r"GET .*/users/", "before", status=503, times=1000),
    ):
        assert watch(worker).status == JobStatus.DONE
    assert len([one for one in fake_keycloak.requests[asked:] if "/users/" in one]) == 1
    assert account_of(worker, accounts[0]).access_checked_at is None
    with fake_keycloak.fault(EVENTS, "before", status=403):
        watch(worker, "2")
    assert account_of(worker, accounts[0]).password_set_at


def test_person_gone_at_keycloak_holds_up_nobody(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    choose_password(fake_keycloak, worker, accounts[2])
    del fake_keycloak.people[account_of(worker, accounts[0]).subject or ""]
    with fake_keycloak.fault(EVENTS, "before", status=403):
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


def test_keycloak_away_when_the_events_are_asked_for_ends_the_round(
    worker: Worker, fake_keycloak: FakeKeycloak, accounts: list[UUID]
) -> None:
    asked = len(fake_keycloak.requests)
    with fake_keycloak.fault(EVENTS, "before", status=503):
        assert watch(worker).status == JobStatus.DONE
    assert not [one for one in fake_keycloak.requests[asked:] if "/users/" in one]
    assert all(account_of(worker, one).access_checked_at is None for one in accounts)
