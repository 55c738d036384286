"""The seven steps of an access: what is done, under way, awaited, skipped or ended, from plain rows."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from service.accounts.chain import ChainStep, StepState, chain_of
from service.accounts.models import Account
from service.accounts.repository import provision_key, sync_key
from service.accounts.states import AccountState
from service.jobs.models import JobStatus
from service.jobs.repository import JobRow

AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
DONE, WORK, AWAITED, PAUSED, LATER, SKIPPED, ENDED = (
    StepState.DONE, StepState.AT_WORK, StepState.AWAITED, StepState.PAUSED, StepState.LATER, StepState.SKIPPED,
    StepState.ENDED,
)  # fmt: skip
MADE = {"subject": "s", "person_created_at": AT}
MAILED = {**MADE, "person_verified_at": AT, "access_sent_at": AT, "state": AccountState.ACTIVE}


def account(**values: object) -> Account:
    return Account(**{"id": uuid4(), "state": AccountState.PENDING, "access_sends": 0, "created_at": AT, **values})


def job(key: str, status: JobStatus = JobStatus.READY) -> JobRow:
    return JobRow(1, "account.provision", key, {}, status, 2, AT, "Keycloak non risponde", AT, None, False, False)


@pytest.mark.parametrize(
    ("values", "states"),
    [
        ({}, [DONE, WORK, LATER, LATER, LATER, LATER, LATER]),
        (MADE, [DONE, DONE, WORK, LATER, LATER, LATER, LATER]),
        (MADE | {"person_verified_at": AT}, [DONE, DONE, DONE, WORK, LATER, LATER, LATER]),
        (MAILED, [DONE, DONE, DONE, DONE, AWAITED, LATER, LATER]),
        (MAILED | {"link_opened_at": AT}, [DONE, DONE, DONE, DONE, DONE, AWAITED, LATER]),
        (MAILED | {"link_opened_at": AT, "password_set_at": AT}, [DONE, DONE, DONE, DONE, DONE, DONE, AWAITED]),
        (MAILED | {"password_set_at": AT}, [DONE, DONE, DONE, DONE, SKIPPED, DONE, AWAITED]),
        (MAILED | {"first_sign_in_at": AT}, [DONE, DONE, DONE, DONE, SKIPPED, SKIPPED, DONE]),
        (MAILED | {"temporary_password_until": AT}, [DONE, DONE, DONE, DONE, AWAITED, LATER]),
        (MAILED | {"state": AccountState.SUSPENDED}, [DONE, DONE, DONE, DONE, PAUSED, LATER, LATER]),
        (
            MAILED | {"state": AccountState.SUSPENDED, "first_sign_in_at": AT},
            [DONE, DONE, DONE, DONE, SKIPPED, SKIPPED, DONE],
        ),
        ({"state": AccountState.REVOKED}, [DONE, ENDED, ENDED, ENDED, ENDED, ENDED, ENDED]),
        ({"state": AccountState.FAILED}, [DONE, WORK, LATER, LATER, LATER, LATER, LATER]),
    ],
)
def test_chain_of_an_account_says_where_it_is(values: dict[str, object], states: list[StepState]) -> None:
    assert [one.state for one in chain_of(account(**values), {}, decided_at=AT)] == states


def test_chain_tells_each_step_at_its_own_time() -> None:
    times = {name: AT + timedelta(minutes=n) for n, name in enumerate(
        ("person_created_at", "person_verified_at", "access_sent_at", "link_opened_at", "password_set_at",
         "first_sign_in_at"), start=1)}  # fmt: skip
    chain = chain_of(account(subject="s", state=AccountState.ACTIVE, **times), {}, decided_at=AT)
    assert [one.at for one in chain] == [AT, *times.values()]
    assert [one.step for one in chain] == list(ChainStep)


def test_chain_of_an_account_older_than_its_times_counts_what_is_there() -> None:
    old = account(subject="s", access_sent_at=AT, state=AccountState.ACTIVE)
    assert [(one.state, one.at) for one in chain_of(old, {}, decided_at=AT)][1:4] == [
        (DONE, None), (DONE, None), (DONE, AT)
    ]  # fmt: skip


def test_chain_has_the_job_on_the_step_it_does_and_a_repeated_mail_on_that_of_the_mail() -> None:
    one = account()
    key = provision_key(one.id)
    assert [link.job is not None for link in chain_of(one, {key: job(key)}, decided_at=AT)][:3] == [False, True, False]
    sent = account(**MAILED, access_sends=2)
    again = f"account.send_access:{sent.id}:2"
    links = chain_of(sent, {again: job(again, JobStatus.STUCK)}, decided_at=AT)
    assert [link.step for link in links if link.job] == [ChainStep.MAILED]
    assert not [link for link in chain_of(sent, {again: job(again, JobStatus.DONE)}, decided_at=AT) if link.job]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (JobStatus.READY, WORK),
        (JobStatus.STUCK, WORK),
        (JobStatus.DONE, DONE),
        (JobStatus.CANCELLED, LATER),
        (None, DONE),
    ],
)
def test_chain_of_one_more_company_has_its_own_times(status: JobStatus | None, state: StepState) -> None:
    one = account(**MAILED, first_sign_in_at=AT)
    key, later = sync_key(one.id, "F00002"), AT + timedelta(days=3)
    jobs = {key: job(key, status)} if status else {}
    chain = chain_of(one, jobs, decided_at=later, supplier="F00002", joined_at=later)
    assert [(link.step, link.state) for link in chain] == [(ChainStep.DECIDED, DONE), (ChainStep.VERIFIED, state)]
    assert chain[0].at == later


def test_chain_of_one_more_company_of_a_person_who_is_not_there_has_the_job_that_creates_it() -> None:
    one = account(state=AccountState.FAILED)
    key, told = provision_key(one.id), sync_key(one.id, "F00002")
    jobs = {key: job(key, JobStatus.STUCK), told: job(told, JobStatus.DONE)}
    last = chain_of(one, jobs, decided_at=AT, supplier="F00002", joined_at=AT)[1]
    assert (last.state, last.job) == (WORK, jobs[key])


@pytest.mark.parametrize(
    ("values", "status", "state"),
    [
        (MAILED, JobStatus.DONE, AWAITED),
        (MAILED, JobStatus.READY, LATER),
        (MAILED | {"state": AccountState.SUSPENDED}, JobStatus.DONE, PAUSED),
        ({"state": AccountState.PENDING}, JobStatus.DONE, LATER),
    ],
)
def test_chain_of_one_more_company_is_not_over_while_the_person_has_never_come_in(
    values: dict[str, object], status: JobStatus, state: StepState
) -> None:
    one = account(**values)
    key = sync_key(one.id, "F00002")
    chain = chain_of(one, {key: job(key, status)}, decided_at=AT, supplier="F00002", joined_at=AT)
    assert [(link.step, link.state) for link in chain[2:]] == [(ChainStep.SIGNED_IN, state)]
