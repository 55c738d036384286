"""Reading accounts and how far their provisioning is."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
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


def list_supplier_numbers(session: Session, account_id: UUID) -> list[str]:
    """Give for which suppliers an account acts, by their numbers."""
    query = select(Membership.supplier_number).where(Membership.account_id == account_id)
    return list(session.scalars(query.order_by(Membership.supplier_number)))


def list_ending(session: Session, supplier_number: str, *, lock: bool = False) -> list[Account]:
    """Give the accounts that end with a supplier: those that act for no other; locked when asked, in one order."""
    return _list_live(session, supplier_number, ~_acts_elsewhere(supplier_number), lock=lock)


def list_staying(session: Session, supplier_number: str, *, lock: bool = False) -> list[Account]:
    """Give those of a supplier's accounts that act for others too; locked when asked, in one order."""
    return _list_live(session, supplier_number, _acts_elsewhere(supplier_number), lock=lock)


def _acts_elsewhere(supplier_number: str) -> ColumnElement[bool]:
    return Account.id.in_(select(Membership.account_id).where(Membership.supplier_number != supplier_number))


def _list_live(session: Session, supplier_number: str, which: ColumnElement[bool], *, lock: bool) -> list[Account]:
    query = select(Account).join(Membership).where(
        Membership.supplier_number == supplier_number, Account.state != AccountState.REVOKED, which
    ).order_by(Account.id)  # fmt: skip
    return list(session.scalars(query.with_for_update(of=Account) if lock else query))


def provision_key(account_id: UUID) -> str:
    """Name the job that creates the account."""
    return f"account.provision:{account_id}"


def sync_key(account_id: UUID, supplier_number: str) -> str:
    """Name the job that tells Keycloak of a supplier an account has come to act for, or acts for no more."""
    return f"account.sync_suppliers:{account_id}:{supplier_number}"
