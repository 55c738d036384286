"""What the system does to a qualification by itself: suspend, drop a category, and undo just that once it is cured.

What a person of ours has suspended or dropped the system never gives back.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.audit.trail import record
from service.clock import local_date, utc_now
from service.config import Settings
from service.documents.models import DocumentVersion
from service.documents.states import Verdict
from service.suppliers.documents import present_effects
from service.suppliers.effects import Effects
from service.suppliers.models import Supplier
from service.suppliers.recipients import post_to_all
from service.suppliers.repository import get_supplier
from service.suppliers.states import Qualification, may_happen, next_qualification, reinstated

REASON = "R04"  # mandatory documents are out of date or not valid


def apply_expiry(session: Session, supplier_id: UUID, *, settings: Settings, today: date | None = None) -> Supplier:
    """Give the ends of a supplier's documents their effect, grace days over (job `documents.expire`).

    Leaves `supplier.suspended` with mail `supplier_suspended`, `supplier.category_dropped` with mail
    `category_dropped`. Safe to repeat: what is suspended or dropped already is left alone. Raises: NotFoundError.
    """
    today = today or local_date()
    supplier = get_supplier(session, supplier_id, lock=True)
    if not may_happen("drop_category", supplier.qualification):
        return supplier
    found = present_effects(session, supplier, settings=settings, today=today)
    _drop(session, supplier, found, today)
    if found.suspending and may_happen("suspend", supplier.qualification):
        _suspend(session, supplier, found)
    session.flush()
    return supplier


def cure(session: Session, supplier_id: UUID, *, settings: Settings, today: date | None = None) -> Supplier:
    """Give back what the system took and no document stops any more.

    Leaves `supplier.reinstated` with mail `supplier_reinstated` (not past `valid_until`), and
    `supplier.category_restored`. Safe to repeat. Raises: NotFoundError.
    """
    today = today or local_date()
    supplier = get_supplier(session, supplier_id, lock=True)
    if not may_happen("restore_category", supplier.qualification):
        return supplier
    found = present_effects(session, supplier, settings=settings, today=today)
    _restore(session, supplier, found)
    is_ours = supplier.qualification == Qualification.SUSPENDED and supplier.suspended_by == SYSTEM.subject
    if is_ours and not found.suspending and today <= supplier.valid_until:
        _reinstate(session, supplier)
    session.flush()
    return supplier


def follow_verdict(session: Session, supplier_id: UUID, version_id: UUID, *, settings: Settings) -> None:
    """Do what a verdict on a supplier's document leads to: the cure, or the letter that asks for another.

    Safe to repeat. Raises: NotFoundError.
    """
    version = session.get(DocumentVersion, version_id)
    if version is None:
        return
    if version.verdict == Verdict.REJECTED:
        supplier = get_supplier(session, supplier_id)
        post_to_all(session, supplier, "document_rejected", version.id, once="1", supplier=str(supplier.id))
        return
    cure(session, supplier_id, settings=settings)


def suspension_name(supplier: Supplier) -> str:
    """Name a suspension by its instant."""
    return supplier.suspended_at.strftime("%Y%m%dT%H%M%S%f") if supplier.suspended_at else ""


def _suspend(session: Session, supplier: Supplier, found: Effects) -> None:
    before = supplier.qualification
    supplier.qualification, supplier.suspended_from = next_qualification("suspend", before), before
    supplier.suspended_at, supplier.suspended_by, supplier.suspension_reason = utc_now(), SYSTEM.subject, REASON
    supplier.version += 1
    documents = [one.type.code for one in found.suspending]
    _record(session, supplier, "suspended", before, reason=REASON, documents=documents)
    post_to_all(
        session, supplier, "supplier_suspended", supplier.id, once=suspension_name(supplier), with_pec=True,
        since=suspension_name(supplier),
    )  # fmt: skip


def _reinstate(session: Session, supplier: Supplier) -> None:
    before, since = supplier.qualification, suspension_name(supplier)
    supplier.qualification = reinstated(before, supplier.suspended_from)
    supplier.suspended_from = None
    supplier.suspended_at = supplier.suspended_by = supplier.suspension_reason = supplier.suspension_text = None
    supplier.version += 1
    _record(session, supplier, "reinstated", before)
    post_to_all(session, supplier, "supplier_reinstated", supplier.id, once=since, day=local_date().isoformat())


def _drop(session: Session, supplier: Supplier, found: Effects, today: date) -> None:
    falling = [row for row in supplier.categories if row.dropped_on is None and row.leaf in found.fallen]
    if not falling:
        return
    for row in falling:
        row.dropped_on, row.dropped_by, row.drop_reason = today, SYSTEM.subject, REASON
    supplier.version += 1
    leaves = [row.leaf for row in falling]
    documents = sorted({one.type.code for leaf in leaves for one in found.fallen[leaf]})
    _record(session, supplier, "category_dropped", reason=REASON, leaves=leaves, documents=documents)
    # one letter for all that fall on a day, however often that happens on it
    once = f"{today.isoformat()}:{'+'.join(leaves)}"
    post_to_all(session, supplier, "category_dropped", supplier.id, once=once, day=today.isoformat())


def _restore(session: Session, supplier: Supplier, found: Effects) -> None:
    rising = [row for row in supplier.categories if row.dropped_by == SYSTEM.subject and row.leaf not in found.fallen]
    if not rising:
        return
    for row in rising:
        row.dropped_on = row.dropped_by = row.drop_reason = row.drop_text = None
    supplier.version += 1
    _record(session, supplier, "category_restored", leaves=[row.leaf for row in rising])


def _record(
    session: Session, supplier: Supplier, event: str, before: Qualification | None = None, **data: object
) -> None:
    moved = {"from_state": before, "to_state": supplier.qualification} if before else {}
    record(session, f"supplier.{event}", supplier.id, by=SYSTEM, **moved, **data)
