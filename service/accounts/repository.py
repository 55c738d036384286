"""Reading accounts and how far their provisioning is."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.errors import NotFoundError


def get_account(session: Session, account_id: UUID, *, lock: bool = False) -> Account:
    """Read one, locked when asked. Raises NotFoundError."""
    query = select(Account).where(Account.id == account_id).execution_options(populate_existing=lock)
    account = session.scalar(query.with_for_update() if lock else query)
    if account is None:
        raise NotFoundError
    return account


def list_accounts(session: Session, supplier_number: str) -> list[Account]:
    """Give the people of a supplier."""
    query = select(Account).join(Membership).where(Membership.supplier_number == supplier_number)
    return list(session.scalars(query.order_by(Account.username)))


def list_ending(session: Session, supplier_number: str, *, lock: bool = False) -> list[Account]:
    """Give the accounts that end with a supplier: those that act for no other; locked when asked, in one order."""
    others = select(Membership.account_id).where(Membership.supplier_number != supplier_number)
    query = (
        select(Account)
        .join(Membership)
        .where(
            Membership.supplier_number == supplier_number,
            Account.state != AccountState.REVOKED,
            Account.id.not_in(others),
        )
        .order_by(Account.id)
    )
    return list(session.scalars(query.with_for_update(of=Account) if lock else query))


def supplier_number_of(session: Session, account_id: UUID) -> str:
    """Give the first supplier an account acts for."""
    query = select(func.min(Membership.supplier_number)).where(Membership.account_id == account_id)
    return session.scalar(query) or ""


def provision_key(account_id: UUID) -> str:
    """Name the job that creates the account."""
    return f"account.provision:{account_id}"
