"""Reads across features that only the staff's pages need: what a job is about, whose account, what looks alike."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.applications.models import Application
from service.applications.states import OPEN_STATES
from service.errors import NotFoundError
from service.invitations.models import Invitation
from service.suppliers.models import Supplier, SupplierCategory
from service.suppliers.repository import find_by_identity_key

TWINS = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What a job or a letter is about, with the address of its page (empty: none)."""

    text: str
    url: str = ""


def subjects(session: Session, ids: Iterable[UUID], principal: Principal) -> dict[UUID, Subject]:
    """Name applications, accounts and invitations by their ids, in three queries for a whole page.

    Only what this person may open has an address.
    """
    wanted = set(ids)
    applications = select(Application.id, Application.number, Application.name).where(Application.id.in_(wanted))
    accounts = (
        select(Account.id, Account.username, func.min(Membership.supplier_number))
        .join(Membership)
        .where(Account.id.in_(wanted))
        .group_by(Account.id)
    )
    invitations = select(Invitation.id, Invitation.company_name).where(Invitation.id.in_(wanted))
    found: dict[UUID, Subject] = {}
    for id_, number, name in session.execute(applications):
        url = f"/gestione/richieste/{number}" if number and may(principal, "application:read") else ""
        found[id_] = Subject(f"{number} {name}" if number else name, url)
    for id_, username, supplier in session.execute(accounts):
        found[id_] = Subject(username, f"/gestione/fornitori/{supplier}" if may(principal, "supplier:read") else "")
    for id_, name in session.execute(invitations):
        found[id_] = Subject(name, "/gestione/inviti" if may(principal, "invitation:list") else "")
    return found


def suppliers_of_accounts(session: Session, ids: Iterable[UUID], principal: Principal) -> dict[UUID, Subject]:
    """Name the companies of accounts by their ids, each account's first; with the page of whoever may open it."""
    acts = Membership.supplier_number == Supplier.number
    query = select(Membership.account_id, Supplier.number, Supplier.name).join(Supplier, acts)
    rows = session.execute(query.where(Membership.account_id.in_(set(ids))).order_by(Supplier.number.desc()))
    is_read = may(principal, "supplier:read")
    return {
        id_: Subject(f"{number} {name}", f"/gestione/fornitori/{number}" if is_read else "")
        for id_, number, name in rows
    }


def get_supplier_by_number(session: Session, number: str) -> Supplier:
    """Read one. Raises NotFoundError."""
    supplier = None if "\0" in number else session.scalar(select(Supplier).where(Supplier.number == number))
    if supplier is None:
        raise NotFoundError
    return supplier


def find_supplier(session: Session, application: Application) -> Supplier | None:
    """Find the supplier an accepted application became."""
    return session.get(Supplier, application.supplier_id) if application.supplier_id else None


def list_applications_of(session: Session, supplier: Supplier) -> Sequence[Application]:
    """Give the applications that led to a supplier, oldest first."""
    query = select(Application).where(Application.supplier_id == supplier.id).order_by(Application.sequence)
    return list(session.scalars(query))


def account_states(session: Session, numbers: Sequence[str]) -> dict[str, list[AccountState]]:
    """Give the states of the accounts of a page of suppliers."""
    query = select(Membership.supplier_number, Account.state).join(Account, Account.id == Membership.account_id)
    found: dict[str, list[AccountState]] = defaultdict(list)
    for number, state in session.execute(query.where(Membership.supplier_number.in_(numbers))):
        found[number].append(state)
    return found


def leaf_counts(session: Session, suppliers: Sequence[UUID]) -> dict[UUID, int]:
    """Count the merchandise leaves of a page of suppliers, without those that fell."""
    query = select(SupplierCategory.supplier_id, func.count()).where(
        SupplierCategory.supplier_id.in_(suppliers), SupplierCategory.dropped_on.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(SupplierCategory.supplier_id))}


def list_twins(session: Session, application: Application) -> Sequence[Application]:
    """Give the other applications sent for the same company, newest first."""
    if application.identity_key is None:
        return []
    same = select(Application).where(
        Application.identity_key == application.identity_key,
        Application.id != application.id,
        Application.number.is_not(None),
    )
    return list(session.scalars(same.order_by(Application.sequence.desc()).limit(TWINS)))


def find_open_twin(session: Session, application: Application) -> str:
    """Give the number of the open application that keeps a parked one from being unlocked; empty when none does."""
    if application.hold is None or application.identity_key is None:
        return ""
    query = select(Application.number).where(
        Application.identity_key == application.identity_key,
        Application.id != application.id,
        Application.state.in_(OPEN_STATES),
        Application.hold.is_(None),
        Application.kind == application.kind,
    )
    return session.scalar(query) or ""


def find_registered(session: Session, application: Application) -> Supplier | None:
    """Find the supplier of the same company."""
    return find_by_identity_key(session, application.identity_key or "")


def list_same_company(session: Session, identity_key: str) -> list[Subject]:
    """Give what the portal has of a company, with its pages: its supplier, and what it sent, the newest first."""
    supplier = find_by_identity_key(session, identity_key)
    found = (
        [Subject(f"{supplier.number} {supplier.name}", f"/gestione/fornitori/{supplier.number}")] if supplier else []
    )
    sent = select(Application.number, Application.name).where(
        Application.identity_key == identity_key, Application.number.is_not(None)
    )
    for number, name in session.execute(sent.order_by(Application.sequence.desc()).limit(TWINS)):
        found.append(Subject(f"{number} {name}", f"/gestione/richieste/{number}"))
    return found
