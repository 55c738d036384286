"""A supplier's documents in view of what it was admitted for: what is asked, what has ended, whom that concerns."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.config import Settings
from service.documents.asking import AskedDocuments, read_asked
from service.documents.models import Document, DocumentVersion
from service.documents.presence import last_days
from service.documents.repository import Owner
from service.documents.states import Verdict
from service.suppliers.effects import Effects, effects
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification

# so long after an end nothing is announced any more
LATEST_REMINDER_DAYS = 30
OF_AN_APPLICATION = frozenset({"self_declaration", "identity_document"})
HELD = (Qualification.QUALIFIED, Qualification.RENEWING, Qualification.SUSPENDED)


def list_asked(session: Session, supplier: Supplier, *, settings: Settings, today: date) -> AskedDocuments:
    """Give what is asked of a supplier, and the documents it has.

    The signed declaration and who signed it belong to an application and come again with the renewal.
    """
    asked = read_asked(
        session,
        Owner(supplier_id=supplier.id),
        category=supplier.legal_category,
        answers=supplier.answers,
        settings=settings,
        today=today,
    )
    return replace(asked, required=tuple(one for one in asked.required if one.type.code not in OF_AN_APPLICATION))


def present_effects(session: Session, supplier: Supplier, *, settings: Settings, today: date) -> Effects:
    """Give what the ends of its documents do to a supplier's qualification today."""
    return effects_of(list_asked(session, supplier, settings=settings, today=today), settings=settings, today=today)


def effects_of(asked: AskedDocuments, *, settings: Settings, today: date) -> Effects:
    """Give the same from what was read already."""
    return effects(asked.required, last_days(asked.documents), today=today, grace_days=settings.suspension_grace_days)


def list_suppliers_past_grace(session: Session, *, today: date, grace_days: int) -> Sequence[UUID]:
    """Give the suppliers of which some document found good has ended, grace included."""
    query = (
        select(Supplier.id)
        .join(Document, Document.supplier_id == Supplier.id)
        .join(DocumentVersion)
        .where(
            Supplier.qualification.in_(HELD),
            DocumentVersion.verdict == Verdict.VALID,
            DocumentVersion.expires_on < today - timedelta(days=grace_days),
        )
    )
    return session.scalars(query.distinct().order_by(Supplier.id)).all()


def list_suppliers_to_remind(session: Session, *, today: date, days: Sequence[int]) -> Sequence[UUID]:
    """Give the suppliers of which some document ends within the longest threshold, or has lately."""
    query = (
        select(Supplier.id)
        .join(Document, Document.supplier_id == Supplier.id)
        .join(DocumentVersion)
        .where(
            Supplier.qualification.in_(HELD),
            DocumentVersion.verdict.in_([Verdict.VALID, Verdict.TO_CHECK]),
            DocumentVersion.expires_on.between(
                today - timedelta(days=LATEST_REMINDER_DAYS), today + timedelta(days=max(days, default=0))
            ),
        )
    )
    return session.scalars(query.distinct().order_by(Supplier.id)).all()
