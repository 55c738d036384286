"""Suspending, reinstating and revoking one account, and what the job that follows reads and writes.

Who may do it, and to whom, is said by `suppliers.people`. The jobs `account.disable` and `account.enable` do the same:
they bring Keycloak to what the row wants when they look, so neither their order nor a repeat matters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM, Principal
from service.access.sessions import end_by_subject
from service.accounts.email_changing import end_email_change
from service.accounts.models import Account
from service.accounts.port import IdentityProvider, NewPerson, RefusedError, UnavailableError
from service.accounts.provisioning import wanted_person
from service.accounts.repository import get_account, provision_key
from service.accounts.states import AccountState, next_state
from service.audit.trail import record
from service.clock import utc_now
from service.database import database_now
from service.errors import NotFoundError
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue

SHUT = frozenset({AccountState.SUSPENDED, AccountState.REVOKED})


def suspend(session: Session, account: Account, *, reason: str, text: str = "", by: Principal) -> None:
    """Shut a person out, from `active`, until it is reinstated; its sessions here end with this transaction.

    Leaves `account.suspended`, job `account.disable`. The caller holds the row's lock.
    Raises: InvalidAccountTransitionError.
    """
    account.state = next_state("suspend", account.state)
    account.suspended_at, account.suspended_by_name = utc_now(), by.name
    account.suspension_reason, account.suspension_text = reason, text or None
    record(session, "account.suspended", account.id, by=by, reason=reason)
    switch_later(session, account)


def reinstate(session: Session, account: Account, *, by: Principal) -> None:
    """Let a suspended person in again. Leaves `account.reinstated`, job `account.enable`.

    Raises: InvalidAccountTransitionError.
    """
    account.state = next_state("reinstate", account.state)
    _forget_suspension(account)
    record(session, "account.reinstated", account.id, by=by)
    switch_later(session, account)


def revoke(session: Session, account: Account, *, reason: str = "", by: Principal, is_by_company: bool = False) -> None:
    """End an account, from any state but `revoked`. Leaves `account.revoked`, job `account.disable`.

    Raises: InvalidAccountTransitionError.
    """
    account.state = next_state("revoke", account.state)
    account.is_ended_by_company = is_by_company
    _forget_suspension(account)
    told = {"reason": reason} if reason else {}
    record(session, "account.revoked", account.id, by=by, username=account.username, **told)
    switch_later(session, account)


def keep_out(session: Session, account: Account, *, reason: str, by: Principal) -> None:
    """Shut out for ICRI whom a company has removed, and could invite again. Leaves `account.revoked`.

    The account has ended already: its person is switched off at Keycloak, or a job does it.
    """
    account.is_ended_by_company = False
    record(session, "account.revoked", account.id, by=by, username=account.username, reason=reason)


def _forget_suspension(account: Account) -> None:
    account.suspended_at = account.suspended_by_name = account.suspension_reason = account.suspension_text = None


def switch_key(account: Account) -> str:
    """Name the last job that lets the account in or shuts it out."""
    return f"account.switch:{account.id}:{account.switches}"


def switch_later(session: Session, account: Account) -> None:
    """Have Keycloak brought to the state of now; a person shut out is out of the portal at once."""
    account.switches += 1
    if account.state in SHUT:
        end_email_change(session, account.id)
        if account.subject:
            end_by_subject(session, account.subject)
    kind = "account.disable" if account.state in SHUT else "account.enable"
    enqueue(session, kind, switch_key(account), {"account_id": str(account.id)})


@dataclass(frozen=True, slots=True)
class Switch:
    """What Keycloak is to be brought to."""

    person: NewPerson
    subject: str | None
    is_on: bool


def read_switch(session: Session, account_id: UUID) -> Switch | None:
    """Read what is wanted now, and end the sessions here of whoever is shut out. None: nothing is to be done.

    An account shut out before it was ever created is still waited for: a worker may be creating it at this moment, and
    would give access to somebody revoked. Raises: UnavailableError, worth another try once that worker's lease is over.
    """
    try:
        account = get_account(session, account_id, lock=True)
    except NotFoundError:
        return None
    person = wanted_person(session, account_id, AccountState.ACTIVE, *SHUT)
    if person is None:
        return None
    if account.state in SHUT:
        if account.subject:
            end_by_subject(session, account.subject)
        _stop_provisioning(session, account_id)
    return Switch(person, account.subject, account.state not in SHUT)


def _stop_provisioning(session: Session, account_id: UUID) -> None:
    job = session.scalar(select(Job).where(Job.key == provision_key(account_id)).with_for_update())
    if job is None or job.status not in {JobStatus.READY, JobStatus.STUCK}:
        return
    now = database_now(session)
    if job.lease_until > now:
        raise UnavailableError("La creazione dell'utenza è ancora in corso")
    values = {"status": JobStatus.CANCELLED, "done_at": now, "last_error": "L'utenza non è più da creare"}
    session.execute(update(Job).where(Job.id == job.id).values(lease_owner=None, **values))


def require_switched(session: Session, account_id: UUID) -> None:
    """Let whoever brings a person back begin only when no job has it in hand to shut it out.

    That one has read the row before, and would switch the person off after it was found to be on; one that begins
    later sees that the person is wanted. Raises UnavailableError, worth another try.
    """
    in_hand = select(Job.id).where(
        Job.key.startswith(f"account.switch:{account_id}:"),
        Job.status == JobStatus.READY,
        Job.lease_until > database_now(session),
    )
    if session.scalar(in_hand.limit(1)) is not None:
        raise UnavailableError("La disattivazione dell'utenza è ancora in corso")


def let_in(provider: IdentityProvider, subject: str | None, *, before_write: Callable[[], None]) -> None:
    """Let a person sign in again. Safe to repeat. Raises RefusedError when Keycloak no longer has it."""
    if subject is None or provider.find_person(subject) is None:
        raise RefusedError("L'utenza non esiste più in Keycloak")
    before_write()
    provider.set_enabled(subject, enabled=True)


def note_switched(session: Session, account_id: UUID, *, was_on: bool, subject: str | None) -> None:
    """Write what was done. Leaves `account.enabled` or `account.disabled`, none when there is nobody at Keycloak.

    When the wish has changed meanwhile (a reinstatement overtook a slow worker) another job follows: whoever ends last
    sees it, so Keycloak ends as the row says.
    """
    account = get_account(session, account_id, lock=True)
    if subject and not was_on:
        end_by_subject(session, subject)  # somebody may have signed in meanwhile
        account.subject = account.subject or subject
    if subject:
        record(session, "account.enabled" if was_on else "account.disabled", account_id, by=SYSTEM)
    if (account.state not in SHUT) != was_on:
        switch_later(session, account)
