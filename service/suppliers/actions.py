"""The verbs of a supplier."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.actions import Contact, create_account
from service.audit.trail import record
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.database import violated
from service.errors import ConflictError
from service.questionnaire import CATEGORIES
from service.suppliers.models import NUMBERS, Qualification, Supplier, SupplierCategory


class AlreadySupplierError(ConflictError):
    """A supplier with this identity key exists."""

    code = "already_supplier"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What an accepted application says about the company and its first contact."""

    identity_key: str
    legal_category: str
    supply_types: list[str]
    name: str
    tax_code: str | None
    vat_number: str | None
    email: str
    first_name: str
    last_name: str
    locale: str
    leaves: tuple[str, ...]
    answers: dict[str, Any]


def qualify(session: Session, candidate: Candidate, *, by: Principal, settings: Settings) -> Supplier:
    """Admit a company: supplier with categories, `supplier.qualified`, and the account of its contact, if it has any.

    Raises: AlreadySupplierError.
    """
    today = local_date()
    supplier = Supplier(
        number=f"F{session.scalar(NUMBERS):05d}",
        identity_key=candidate.identity_key,
        qualification=Qualification.QUALIFIED,
        qualified_at=utc_now(),
        valid_until=add_months(today, settings.qualification_months),
        legal_category=candidate.legal_category,
        supply_types=candidate.supply_types,
        name=candidate.name,
        tax_code=candidate.tax_code,
        vat_number=candidate.vat_number,
        contact_email=candidate.email,
        locale=candidate.locale,
        answers=candidate.answers,
        categories=[SupplierCategory(leaf=leaf, since=today) for leaf in candidate.leaves],
    )
    try:
        with session.begin_nested():
            session.add(supplier)
    except IntegrityError as error:
        # Two applications of one company approved at once: the second finds the first's supplier.
        if violated(error) != "uq__supplier__identity_key":
            raise
        raise AlreadySupplierError from error
    record(session, "supplier.qualified", supplier.id, by=by, number=supplier.number, leaves=list(candidate.leaves))
    if CATEGORIES[candidate.legal_category].has_account:
        contact = Contact(
            email=candidate.email,
            first_name=candidate.first_name,
            last_name=candidate.last_name,
            locale=candidate.locale,
        )
        create_account(session, supplier.number, contact, by=by)
    return supplier
