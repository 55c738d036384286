"""An account whose way in begins anew: its person is gone at Keycloak, or comes back after the account had ended."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.endings import ended_accounts
from service.accounts.joining import end_memberships
from service.accounts.models import Account, Membership
from service.accounts.repository import provision_key
from service.accounts.states import next_state
from service.audit.trail import record
from service.clock import utc_now
from service.jobs.queue import enqueue, retry_now

AGAIN = "again"  # says of a job that was forgotten and is made anew that it is not the first
# how far the person was before
FORGOTTEN = (
    "person_created_at", "person_verified_at", "access_sent_at", "temporary_password_until", "failure",
    "link_opened_at", "dead_link_at", "password_set_at", "access_checked_at", "first_sign_in_at", "last_sign_in_at",
    "reminded_at",
)  # fmt: skip


def find_ended(session: Session, email: str, *, by: Principal) -> Account | None:
    """Find the ended account of an address, the newest of several, when `by` may have its person back.

    Keycloak has the person still, switched off, so that nobody else is created with that address. Whom ICRI shut out a
    company does not let in again: staff do.
    """
    query = ended_accounts(email)
    if by.is_supplier:
        query = query.where(Account.is_ended_by_company)
    return session.scalar(query.limit(1).with_for_update())


def readmit(
    session: Session, account: Account, supplier_number: str, *, is_admin: bool, by: Principal, reason: str = ""
) -> None:
    """Give a person the same account again, from `revoked`, for one supplier and no other, with no old password.

    Leaves `account.readmitted`, job `account.provision`. The caller holds the account's lock.
    """
    told = {"reason": reason} if reason else {}
    account.state, account.readmitted_at = next_state("readmit", account.state), utc_now()
    account.is_ended_by_company = False
    end_memberships(session, account.id)
    session.add(Membership(account_id=account.id, supplier_number=supplier_number, is_admin=is_admin))
    record(session, "account.readmitted", account.id, by=by, username=account.username, number=supplier_number,
           **told)  # fmt: skip
    begin_again(session, account)


def begin_again(session: Session, account: Account) -> None:
    """Have the job do all of it once more, as if nothing had been."""
    for name in FORGOTTEN:
        setattr(account, name, None)
    provision_again(session, account.id)


def provision_again(session: Session, account_id: UUID) -> None:
    """Put the same job back, or make it where it was forgotten: done jobs go after 90 days."""
    key = provision_key(account_id)
    if not retry_now(session, key, is_again=True):
        enqueue(session, "account.provision", key, {"account_id": str(account_id), AGAIN: "1"})
