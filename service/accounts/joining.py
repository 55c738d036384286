"""A person of ours who comes to act for one more company, or for one less: no second account, a membership."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.models import Account, EndedMembership, Membership
from service.accounts.repository import sync_key
from service.accounts.states import AccountState
from service.audit.trail import record
from service.clock import utc_now
from service.jobs.queue import enqueue, retry_now


def find_live(session: Session, email: str, *, lock: bool = False) -> Account | None:
    """Find the account of an address that was not revoked, the oldest of several.

    `lock` lets nobody else look for, and then create, one of this address before this transaction has ended: two
    companies of one person may be approved at once.
    """
    address = email.lower()
    if lock:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"account:{address}", 0))))
    query = select(Account).where(func.lower(Account.email) == address, Account.state != AccountState.REVOKED)
    query = query.order_by(Account.created_at, Account.id).limit(1).execution_options(populate_existing=lock)
    return session.scalar(query.with_for_update() if lock else query)


def join(session: Session, account: Account, supplier_number: str, *, is_admin: bool, by: Principal) -> None:
    """Have an account act for one more supplier; where it does already, nothing happens.

    No access mail leaves. Leaves `account.membership_added` and the job `account.sync_suppliers`.
    """
    if session.get(Membership, (account.id, supplier_number)) is not None:
        return
    session.add(
        Membership(account_id=account.id, supplier_number=supplier_number, is_admin=is_admin, joined_at=utc_now())
    )
    record(session, "account.membership_added", account.id, by=by, username=account.username, number=supplier_number)
    _tell_keycloak(session, account, supplier_number)


def leave(session: Session, account: Account, supplier_number: str, *, by: Principal) -> None:
    """Have an account act for one supplier less. The caller holds the account's lock.

    Leaves `account.membership_ended` and the job `account.sync_suppliers`.
    """
    end_memberships(session, account.id, Membership.supplier_number == supplier_number)
    record(session, "account.membership_ended", account.id, by=by, username=account.username, number=supplier_number)
    _tell_keycloak(session, account, supplier_number)


def end_memberships(session: Session, account_id: UUID, *which: ColumnElement[bool]) -> None:
    """Take memberships away, and keep that they were: a supplier left alone so was not forgotten at its admission."""
    ended = delete(Membership).where(Membership.account_id == account_id, *which).returning(Membership.supplier_number)
    for number in session.scalars(ended).all():
        session.merge(EndedMembership(account_id=account_id, supplier_number=number, ended_at=utc_now()))
    session.flush()


def _tell_keycloak(session: Session, account: Account, supplier_number: str) -> None:
    """Have all its suppliers written, also where somebody has come, gone and come again."""
    key = sync_key(account.id, supplier_number)
    enqueue(session, "account.sync_suppliers", key, {"account_id": str(account.id)})
    retry_now(session, key, is_again=True)


def find_joined(session: Session, supplier_number: str, email: str) -> Account | None:
    """Give the account that an address had before its company: whom a letter sends to the user name it knows.

    One that Keycloak does not have yet, or never had, is nobody's to sign in with.
    """
    query = select(Account).join(Membership).where(
        Membership.supplier_number == supplier_number, Membership.joined_at.is_not(None),
        func.lower(Account.email) == email.lower(), Account.state.in_([AccountState.ACTIVE, AccountState.SUSPENDED]),
    )  # fmt: skip
    return session.scalar(query.limit(1))


def is_joined(session: Session, account_id: UUID) -> bool:
    """Say whether an account acts for more than one supplier."""
    query = select(func.count()).select_from(Membership).where(Membership.account_id == account_id)
    return (session.scalar(query) or 0) > 1
