"""Reading suppliers."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.errors import NotFoundError
from service.suppliers.models import Handover, Supplier
from service.suppliers.states import Qualification

PAGE = 50


def find_by_identity_key(session: Session, identity_key: str) -> Supplier | None:
    """Find the supplier of an identity key; of a company admitted again the present one, not one that was revoked."""
    is_revoked = Supplier.qualification == Qualification.REVOKED
    query = select(Supplier).where(Supplier.identity_key == identity_key).order_by(is_revoked, Supplier.number.desc())
    return session.scalar(query.limit(1))


def get_supplier(session: Session, supplier_id: UUID, *, lock: bool = False) -> Supplier:
    """Read one, locked when asked. Raises NotFoundError."""
    # its number never changes, so rows that only point to it need not wait, nor be waited for in a circle
    how = {"key_share": True} if lock else None
    supplier = session.get(Supplier, supplier_id, with_for_update=how, populate_existing=lock)
    if supplier is None:
        raise NotFoundError
    return supplier


def list_own_suppliers(session: Session, subject: str) -> list[Supplier]:
    """Read the companies of the signed-in person: the token says who, our rows say whose."""
    return list(session.scalars(_suppliers_of(subject).order_by(Supplier.name, Supplier.number)))


def find_supplier_of(session: Session, supplier_id: UUID, subject: str) -> Supplier | None:
    """Find a company for which a person acts, if it still does."""
    return session.scalar(_suppliers_of(subject).where(Supplier.id == supplier_id))


def _suppliers_of(subject: str) -> Select[Supplier]:
    return (
        select(Supplier)
        .join(Membership, Membership.supplier_number == Supplier.number)
        .join(Account, Account.id == Membership.account_id)
        .where(Account.subject == subject, Account.state == AccountState.ACTIVE)
    )


def list_suppliers(
    session: Session,
    *,
    words: str = "",
    after: str = "",
    accounts: ColumnElement[bool] | None = None,
    is_handed_over: bool = False,
) -> Sequence[Supplier]:
    """Give a page of suppliers by number; with `accounts` those with an account that is so.

    `is_handed_over`: those of which a new contact waits for an approver.
    """
    query = select(Supplier).where(Supplier.number > after).order_by(Supplier.number).limit(PAGE + 1)
    if accounts is not None:
        numbers = select(Membership.supplier_number).join(Account, Account.id == Membership.account_id).where(accounts)
        query = query.where(Supplier.number.in_(numbers))
    if is_handed_over:
        query = query.where(Supplier.id.in_(select(Handover.supplier_id).where(_is_open())))
    for word in words.split()[:5]:
        query = query.where(Supplier.name.icontains(word, autoescape=True))
    return list(session.scalars(query))


def count_handovers(session: Session) -> int:
    """Count the hand-overs that wait for an approver."""
    return session.scalar(select(func.count()).select_from(Handover).where(_is_open())) or 0


def list_handed_over(session: Session, suppliers: Collection[UUID]) -> set[UUID]:
    """Give those of a page of suppliers of which a new contact waits for an approver."""
    return set(session.scalars(select(Handover.supplier_id).where(Handover.supplier_id.in_(suppliers), _is_open())))


def _is_open() -> ColumnElement[bool]:
    return and_(Handover.confirmed_at.is_(None), Handover.ended_at.is_(None))
