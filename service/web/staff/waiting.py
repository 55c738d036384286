"""Versions that suppliers have sent and nobody has judged yet: how many, of whom, the oldest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Session, contains_eager

from service.documents.models import Document, DocumentVersion
from service.questionnaire import document_anchor
from service.suppliers.checking import waiting_versions
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from service.web.document_views import title_words

MOST = 300
SUPPLIERS = "/gestione/fornitori"


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One version that waits for a verdict."""

    sent_at: datetime
    supplier: str
    is_suspended: bool
    document: str
    url: str


def list_waiting(session: Session) -> Sequence[WaitingLine]:
    """Give what waits for a verdict, oldest first."""
    query = waiting_versions(DocumentVersion, Supplier).options(contains_eager(DocumentVersion.document))
    found = session.execute(query.order_by(DocumentVersion.created_at, DocumentVersion.id).limit(MOST))
    return [_line(version, supplier) for version, supplier in found]


def waiting_counts(session: Session, suppliers: Collection[UUID]) -> dict[UUID, int]:
    """Count what waits of each of a page of suppliers."""
    query = waiting_versions(Supplier.id, func.count())
    return {row[0]: row[1] for row in session.execute(query.where(Supplier.id.in_(suppliers)).group_by(Supplier.id))}


def waiting_documents(session: Session, documents: Collection[UUID]) -> dict[UUID, int]:
    """Give, of those documents that have one, the number of the version that waits."""
    query = waiting_versions(Document.id, DocumentVersion.number)
    return {row[0]: row[1] for row in session.execute(query.where(Document.id.in_(documents)))}


def _line(version: DocumentVersion, supplier: Supplier) -> WaitingLine:
    document = version.document
    return WaitingLine(
        sent_at=version.created_at,
        supplier=supplier.name,
        is_suspended=supplier.qualification == Qualification.SUSPENDED,
        document=title_words(document.type, document.slot),
        url=f"{SUPPLIERS}/{supplier.number}#doc-{document_anchor(document.type, document.slot)}",
    )
