"""Suppliers that were admitted and that no account is being made for: found, and given what the admission owes them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.actions import Contact, create_account
from service.accounts.drift.comparing import Finding
from service.accounts.drift.states import DriftKind
from service.accounts.endings import find_bar, find_return
from service.accounts.joining import find_live
from service.accounts.models import EndedMembership, Membership
from service.accounts.port import RefusedError
from service.questionnaire import CATEGORIES
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification

WITH_ACCOUNT = [code for code, category in CATEGORIES.items() if category.has_account]


def list_without_account(session: Session) -> list[Finding]:
    """Give a drift for each supplier in force that nobody ever acted for, when its category has accounts."""
    query = select(Supplier.number, Supplier.name, Supplier.contact_email).where(
        Supplier.qualification != Qualification.REVOKED,
        Supplier.legal_category.in_(WITH_ACCOUNT),
        ~select(Membership.account_id).where(Membership.supplier_number == Supplier.number).exists(),
        ~select(EndedMembership.account_id).where(EndedMembership.supplier_number == Supplier.number).exists(),
    )
    return [
        Finding(DriftKind.GHOST, name, supplier_number=number, ours=email)
        for number, name, email in session.execute(query.order_by(Supplier.number))
    ]


def _refuse_return(session: Session, email: str) -> None:
    if find_live(session, email) is not None:
        return
    found = find_bar(session, email) or find_return(session, email)
    if found is not None and not found.account.is_ended_by_company:
        raise RefusedError(
            f"L'utenza {found.account.username} di questa persona è stata chiusa da ICRI il {found.day}: se deve "
            "tornare lo decide una persona, con un passaggio di referente dalla pagina del fornitore"
        )


def give_account(session: Session, number: str, *, by: Principal) -> bool:
    """Make the contact's account as the admission should have; False when somebody acts for the supplier meanwhile.

    Leaves `account.created` and the job `account.provision`. Raises RefusedError when that would bring somebody back
    whom ICRI has shut out: no repair decides that.
    """
    supplier = session.scalars(
        select(Supplier).where(Supplier.number == number).with_for_update(key_share=True)
    ).one_or_none()
    if supplier is None or not any(one.supplier_number == number for one in list_without_account(session)):
        return False
    _refuse_return(session, supplier.contact_email)
    opening = supplier.answers.get("avvio", {})
    contact = Contact(
        email=supplier.contact_email,
        first_name=str(opening.get("contact_first_name", "")),
        last_name=str(opening.get("contact_last_name", "")),
        locale=supplier.locale,
    )
    create_account(session, number, contact, by=by)
    return True
