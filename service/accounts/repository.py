"""Reading accounts and how far their provisioning is."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.accounts.models import Account, EndedMembership, Membership
from service.accounts.states import AccountState
from service.errors import NotFoundError


def get_account(session: Session, account_id: UUID, *, lock: bool = False) -> Account:
    """Read one, locked when asked. Raises NotFoundError."""
    query = select(Account).where(Account.id == account_id).execution_options(populate_existing=lock)
    account = session.scalar(query.with_for_update() if lock else query)
    if account is None:
        raise NotFoundError
    return account


def list_accounts(session: Session, supplier_number: str, *, with_left: bool = False) -> list[Account]:
    """Give the people of a supplier; `with_left` also who acted for it once."""
    acts = Account.id.in_(select(Membership.account_id).where(Membership.supplier_number == supplier_number))
    left = Account.id.in_(select(EndedMembership.account_id).where(EndedMembership.supplier_number == supplier_number))
    query = select(Account).where(or_(acts, left) if with_left else acts)
    return list(session.scalars(query.order_by(Account.username)))


def list_supplier_numbers(session: Session, account_id: UUID) -> list[str]:
    """Give for which suppliers an account acts, by their numbers."""
    query = select(Membership.supplier_number).where(Membership.account_id == account_id)
    return list(session.scalars(query.order_by(Membership.supplier_number)))


def list_ending(session: Session, supplier_number: str) -> list[Account]:
    """Give the accounts that end with a supplier as it stands: those that act for no other."""
    return [one for one in list_live(session, supplier_number) if not _others(session, one, supplier_number)]


def list_staying(session: Session, supplier_number: str) -> list[Account]:
    """Give those of a supplier's accounts that act for others too."""
    return [one for one in list_live(session, supplier_number) if _others(session, one, supplier_number)]


def _others(session: Session, account: Account, supplier_number: str) -> bool:
    return any(number != supplier_number for number in list_supplier_numbers(session, account.id))


def list_live(session: Session, supplier_number: str, *, lock: bool = False) -> list[Account]:
    """Give a supplier's accounts that have not ended; locked when asked, in one order.

    Whoever waited for a lock reads anew for whom the account acts: memberships change under it.
    """
    query = select(Account).join(Membership).where(
        Membership.supplier_number == supplier_number, Account.state != AccountState.REVOKED
    ).order_by(Account.id)  # fmt: skip
    return list(session.scalars(query.with_for_update(of=Account) if lock else query))


def provision_key(account_id: UUID) -> str:
    """Name the job that creates the account."""
    return f"account.provision:{account_id}"


def sync_key(account_id: UUID, supplier_number: str) -> str:
    """Name the job that tells Keycloak of a supplier an account has come to act for, or acts for no more."""
    return f"account.sync_suppliers:{account_id}:{supplier_number}"
