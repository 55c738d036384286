"""A company that was accepted and whose person signs in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.suppliers.models import Supplier
from tests.factories.accounts import provisioned
from tests.support.staff_portal import Portal


def admit(portal: Portal, n: int, subject: str, category: str = "SC") -> Supplier:
    """Company n is accepted and its person signs in as `subject`."""
    number = portal.approved(n, category)
    supplier_id = portal.application(number).supplier_id
    found: Supplier = portal.rows(select(Supplier).where(Supplier.id == supplier_id))[0]

    def activate(session: Session) -> None:
        account = session.scalars(select(Account).where(Account.username == f"{found.number.lower()}-01")).one()
        account.subject = subject
        provisioned(session, account.id)

    portal.run(activate)
    return found


def fresh(portal: Portal, supplier: Supplier) -> Supplier:
    """The supplier as it is stored now."""
    found: Supplier = portal.rows(select(Supplier).where(Supplier.id == supplier.id))[0]
    return found
