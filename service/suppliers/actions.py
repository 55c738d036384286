"""The verbs of a supplier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.actions import Contact, create_account
from service.audit.trail import record
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.database import violated
from service.errors import ConflictError
from service.jobs.queue import enqueue
from service.locales import N_, gettext
from service.questionnaire import CATEGORIES, changed_section
from service.suppliers.models import NUMBERS, Supplier, SupplierCategory
from service.suppliers.repository import get_supplier
from service.suppliers.states import Qualification

CHANGED_MEANWHILE = N_(
    "Nel frattempo i dati dell’impresa sono stati cambiati, forse da un’altra scheda o da un collega. "
    "Riapri la pagina: trovi quelli di adesso, e puoi ripetere la modifica."
)


class AlreadySupplierError(ConflictError):
    """A supplier with this identity key exists, and is not revoked."""

    code = "already_supplier"


class DataChangedError(ConflictError):
    """Somebody has changed this supplier since the page was opened."""

    code = "supplier_changed"


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
        if violated(error) != "uq__supplier__live":
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


def change_data(
    session: Session, supplier_id: UUID, section: str, values: Mapping[str, object], *, version: int, by: Principal
) -> tuple[str, ...]:
    """Change the fields of a section that the supplier changes by itself; whatever else `values` holds stays as it was.

    Leaves the answers and `supplier.data_changed` with the names of what has changed, no values; gives those names.
    Nothing changed leaves nothing. Raises: NotFoundError, DataChangedError.
    """
    supplier = get_supplier(session, supplier_id, lock=True)
    if supplier.version != version:
        # Two tabs or two colleagues: the second has not seen what the first has written.
        raise DataChangedError(gettext(CHANGED_MEANWHILE))
    before = supplier.answers.get(section, {})
    after = changed_section(section, values, category=supplier.legal_category, answers=supplier.answers)
    changed = tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
    if changed:
        supplier.answers = {**supplier.answers, section: after}
        supplier.version += 1
        record(session, "supplier.data_changed", supplier.id, by=by, section=section, fields=list(changed))
        # a higher room looks who has the new telephone, too: the job is known here by its name
        enqueue(session, "radar.scan", f"radar.scan:{supplier.id}:{supplier.version}", {"supplier": str(supplier.id)})
    return changed
