"""A supplier's documents in view of what it was admitted for: what is asked, what has ended, whom that concerns."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.config import Settings
from service.documents.models import Document, DocumentVersion
from service.documents.presence import last_days, present_of
from service.documents.repository import Owner, list_documents
from service.documents.states import Verdict
from service.questionnaire import RequiredDocument, documents_due
from service.suppliers.effects import Effects, effects
from service.suppliers.models import Qualification, Supplier

# so long after an end nothing is announced any more
LATEST_REMINDER_DAYS = 30
HELD = (Qualification.QUALIFIED, Qualification.RENEWING, Qualification.SUSPENDED)


def list_required(
    session: Session, supplier: Supplier, *, settings: Settings, today: date
) -> tuple[tuple[RequiredDocument, ...], list[Document]]:
    """Give what is asked of a supplier, and the documents it has."""
    documents = list_documents(session, Owner(supplier_id=supplier.id))
    due = documents_due(
        supplier.legal_category,
        supplier.answers,
        present_of(documents),
        with_declaration=settings.signed_declaration_required,
        today=today,
    )
    return due, documents


def present_effects(session: Session, supplier: Supplier, *, settings: Settings, today: date) -> Effects:
    """Give what the ends of its documents do to a supplier's qualification today."""
    due, documents = list_required(session, supplier, settings=settings, today=today)
    return effects(due, last_days(documents), today=today, grace_days=settings.suspension_grace_days)


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
