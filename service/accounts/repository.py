"""Reading accounts and how far their provisioning is."""

from uuid import UUID

from sqlalchemy import and_, func, or_, select
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


def find_locale(session: Session, subject: str) -> str | None:
    """Give the language in which a person is written to."""
    return session.scalar(select(Account.locale).where(Account.subject == subject))


def list_accounts(session: Session, supplier_number: str, *, with_left: bool = False) -> list[Account]:
    """Give the people of a supplier, its administrator first; `with_left` also who acted for it once."""
    acts = Account.id.in_(select(Membership.account_id).where(Membership.supplier_number == supplier_number))
    left = Account.id.in_(select(EndedMembership.account_id).where(EndedMembership.supplier_number == supplier_number))
    of_it = and_(Membership.account_id == Account.id, Membership.supplier_number == supplier_number)
    query = select(Account).outerjoin(Membership, of_it).where(or_(acts, left) if with_left else acts)
    return list(session.scalars(query.order_by(Membership.is_admin.desc().nulls_last(), Account.username)))


def list_supplier_numbers(session: Session, account_id: UUID) -> list[str]:
    """Give for which suppliers an account acts, by their numbers."""
    query = select(Membership.supplier_number).where(Membership.account_id == account_id)
    return list(session.scalars(query.order_by(Membership.supplier_number)))


def sort_out(session: Session, supplier_number: str, *, lock: bool = False) -> tuple[list[Account], list[Account]]:
    """Give a supplier's live accounts as (those that act for no other, those that do); locked when asked, in one order.

    Memberships change under the account's lock, so whoever waited for one reads them anew.
    """
    query = select(Account).join(Membership).where(
        Membership.supplier_number == supplier_number, Account.state != AccountState.REVOKED
    ).order_by(Account.id)  # fmt: skip
    wanted = query.with_for_update(of=Account).execution_options(populate_existing=True) if lock else query
    accounts = session.scalars(wanted).all()
    rows = session.execute(
        select(Membership.account_id, func.array_agg(Membership.supplier_number).label("numbers"))
        .where(Membership.account_id.in_([one.id for one in accounts]))
        .group_by(Membership.account_id)
    )
    numbers = {row.account_id: list(row.numbers) for row in rows}
    of_it = [one for one in accounts if supplier_number in numbers.get(one.id, ())]
    ending = [one for one in of_it if numbers[one.id] == [supplier_number]]
    return ending, [one for one in of_it if one not in ending]


def provision_key(account_id: UUID) -> str:
    """Name the job that creates the account."""
    return f"account.provision:{account_id}"


def sync_key(account_id: UUID, supplier_number: str) -> str:
    """Name the job that tells Keycloak of a supplier an account has come to act for, or acts for no more."""
    return f"account.sync_suppliers:{account_id}:{supplier_number}"
