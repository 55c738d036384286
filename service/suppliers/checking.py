"""Versions that suppliers have sent and nobody has judged yet, and those that end soon: asked for, and counted."""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session

from service.database import COUNT_CAP
from service.documents.models import Document, DocumentVersion
from service.documents.presence import has_its_end
from service.documents.states import Verdict
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification

OUT = (Qualification.REVOKED, Qualification.EXPIRED)


def waiting_versions(*columns: Any) -> Select[Any]:
    """Ask for the newest version of suppliers' documents while it has no verdict; one without files is none."""
    later = select(DocumentVersion.number).where(DocumentVersion.document_id == Document.id).correlate(Document)
    newest = later.order_by(DocumentVersion.number.desc()).limit(1).scalar_subquery()
    return _of_suppliers(*columns).where(
        DocumentVersion.verdict == Verdict.TO_CHECK,
        DocumentVersion.number == newest,
        or_(DocumentVersion.files.any(), DocumentVersion.not_due_reason.is_not(None)),
        Supplier.qualification != Qualification.REVOKED,
    )


def count_waiting(session: Session) -> int:
    """Count what waits for a verdict, at most one more than 1,000."""
    return _some(session, waiting_versions(literal(1)))


def count_ending(session: Session, *, since: date, until: date) -> int:
    """Count the documents of suppliers that are not out whose version that counts ends between two days, as above."""
    query = _of_suppliers(literal(1)).where(
        has_its_end(), DocumentVersion.expires_on.between(since, until), Supplier.qualification.not_in(OUT)
    )
    return _some(session, query)


def _of_suppliers(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(DocumentVersion)
        .join(DocumentVersion.document)
        .join(Supplier, Supplier.id == Document.supplier_id)
    )


def _some(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.limit(COUNT_CAP + 1).subquery())) or 0
