"""How far an access is, from the decision to the person who is really in: seven steps, read from rows and jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.accounts.repository import provision_key, sync_key
from service.accounts.states import AccountState
from service.jobs.models import JobStatus
from service.jobs.repository import JobRow, list_by_keys

OPEN = {JobStatus.READY, JobStatus.STUCK}


class ChainStep(StrEnum):
    """The steps in their order; of the first the office is the author, of the next three a job, then the person."""

    DECIDED = "decided"
    CREATED = "created"
    VERIFIED = "verified"
    MAILED = "mailed"
    OPENED = "opened"
    PASSWORD_SET = "password_set"  # noqa: S105
    SIGNED_IN = "signed_in"


OURS = (ChainStep.CREATED, ChainStep.VERIFIED, ChainStep.MAILED)


class StepState(StrEnum):
    """`at_work`: a job does it or waits; `awaited`: it is the person's turn; `skipped`: the next came without it.

    `paused`: it would be the person's turn, and we have shut the person out.
    """

    DONE = "done"
    AT_WORK = "at_work"
    AWAITED = "awaited"
    PAUSED = "paused"
    LATER = "later"
    SKIPPED = "skipped"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain; `job` does it, or does it once more; `at` is None for what was done and not timed."""

    step: ChainStep
    state: StepState
    at: datetime | None
    job: JobRow | None = None


def chain_of(
    account: Account,
    jobs: Mapping[str, JobRow],
    *,
    decided_at: datetime,
    supplier: str = "",
    joined_at: datetime | None = None,
) -> list[Link]:
    """Give the seven steps of an account; with a temporary password no link is opened, and there are six.

    For a person of ours, `supplier`, its number, is one more company since `joined_at`: there are two steps, its
    attributes are brought up to date; and a third, the sign-in, while the person has never come in.
    """
    if joined_at is not None:
        return _joined(
            account, joined_at, jobs.get(sync_key(account.id, supplier)), jobs.get(provision_key(account.id))
        )
    times = _times(account, decided_at)
    last = max(index for index, (is_done, _at) in enumerate(times.values()) if is_done)
    chain, is_first = list[Link](), True
    for index, (step, (is_done, at)) in enumerate(times.items()):
        if is_done:
            state = StepState.DONE
        elif index < last:
            state = StepState.SKIPPED
        else:
            state = _open_state(account, step, is_first=is_first)
            is_first = False
        chain.append(Link(step, state, at, _job(account, step, state, jobs, supplier)))
    return chain


def _joined(account: Account, at: datetime, job: JobRow | None, creating: JobRow | None) -> list[Link]:
    """Give the chain of one more company; a job that was done long ago is gone."""
    if account.state == AccountState.REVOKED:
        last = Link(ChainStep.VERIFIED, StepState.ENDED, None)
    elif job is not None and job.status in OPEN:
        last = Link(ChainStep.VERIFIED, StepState.AT_WORK, None, job)
    elif account.subject is None:  # whoever creates the person tells all its companies
        last = Link(ChainStep.VERIFIED, StepState.AT_WORK, None, creating)
    elif job is None or job.status == JobStatus.DONE:
        last = Link(ChainStep.VERIFIED, StepState.DONE, job.done_at if job else None)
    else:
        last = Link(ChainStep.VERIFIED, StepState.LATER, None)
    chain = [Link(ChainStep.DECIDED, StepState.DONE, at), last]
    if account.state == AccountState.REVOKED or account.first_sign_in_at is not None:
        return chain
    is_turn = last.state == StepState.DONE and account.access_sent_at is not None
    return [*chain, Link(ChainStep.SIGNED_IN, _open_state(account, ChainStep.SIGNED_IN, is_first=is_turn), None)]


def jobs_of(session: Session, accounts: Sequence[Account], supplier: str) -> dict[str, JobRow]:
    """Read the jobs that the chains of these accounts tell of, by their keys."""
    return {job.key: job for job in list_by_keys(session, [key for one in accounts for key in _keys(one, supplier)])}


def _times(account: Account, decided_at: datetime) -> dict[ChainStep, tuple[bool, datetime | None]]:
    """Say of each step whether it was done and when. Accounts older than the chain have no times for two of them."""
    is_mailed = account.access_sent_at is not None
    is_created = account.subject is not None
    times = {
        ChainStep.DECIDED: (True, decided_at),
        ChainStep.CREATED: (is_created, account.person_created_at),
        ChainStep.VERIFIED: (account.person_verified_at is not None or is_mailed, account.person_verified_at),
        ChainStep.MAILED: (is_mailed, account.access_sent_at),
        ChainStep.OPENED: (account.link_opened_at is not None, account.link_opened_at),
        ChainStep.PASSWORD_SET: (account.password_set_at is not None, account.password_set_at),
        ChainStep.SIGNED_IN: (account.first_sign_in_at is not None, account.first_sign_in_at),
    }
    if account.temporary_password_until is not None:
        del times[ChainStep.OPENED]
    return times


def _open_state(account: Account, step: ChainStep, *, is_first: bool) -> StepState:
    if account.state == AccountState.REVOKED:
        return StepState.ENDED
    if not is_first:
        return StepState.LATER
    if step in OURS:
        return StepState.AT_WORK
    return StepState.PAUSED if account.state == AccountState.SUSPENDED else StepState.AWAITED


def _job(
    account: Account, step: ChainStep, state: StepState, jobs: Mapping[str, JobRow], supplier: str
) -> JobRow | None:
    """Give the job of a step under way; of what was done also the one that does it once more."""
    if state == StepState.AT_WORK:
        return jobs.get(provision_key(account.id))
    once_more = {ChainStep.MAILED: sending_keys(account), ChainStep.VERIFIED: [sync_key(account.id, supplier)]}
    again = (jobs.get(key) for key in once_more.get(step, []) if state == StepState.DONE)
    return next((job for job in again if job is not None and job.status in OPEN), None)


def _keys(account: Account, supplier: str) -> list[str]:
    return [provision_key(account.id), sync_key(account.id, supplier), *sending_keys(account)]


def sending_keys(account: Account) -> list[str]:
    """Name the jobs that send the access mail once more."""
    sends = [f"account.send_access:{account.id}:{account.access_sends}"] if account.access_sends else []
    return [*sends, remind_key(account)]


def remind_key(account: Account) -> str:
    """Name the job that sends the one reminder; whoever was shut out and is let in again has one more."""
    return f"account.remind:{account.id}:{account.switches}"
