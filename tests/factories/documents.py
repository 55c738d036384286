"""Documents of approved suppliers, with the dates a test wants."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.clock import utc_now
from service.config import Settings
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.states import Verdict
from service.suppliers.models import Supplier, SupplierCategory
from tests.factories.applications import make_approved


def make_supplier(session: Session, settings: Settings, *, category: str = "SC", n: int = 1) -> Supplier:
    """Make one with its documents verified."""
    return supplier_of(session, make_approved(session, settings, category=category, n=n))


def supplier_of(session: Session, application: Application) -> Supplier:
    """Give the supplier an application has become."""
    session.flush()
    session.expire_all()
    supplier = session.get(Supplier, application.supplier_id)
    assert supplier is not None
    return supplier


def add_leaf(session: Session, supplier: Supplier, leaf: str) -> None:
    """Qualify a supplier for one more leaf."""
    own = supplier.answers["attivita"]
    supplier.answers = {
        **supplier.answers, "attivita": {**own, "merchandise": [*own["merchandise"], leaf]},
    }  # fmt: skip
    supplier.categories.append(SupplierCategory(leaf=leaf, since=date(2026, 1, 1)))
    session.flush()


def document_of(session: Session, supplier: Supplier, code: str, slot: str = "") -> Document:
    """Find one of its documents."""
    query = select(Document).where(Document.supplier_id == supplier.id, Document.type == code, Document.slot == slot)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def add_version(
    session: Session,
    supplier: Supplier,
    code: str,
    *,
    expires_on: date | None,
    verdict: Verdict = Verdict.TO_CHECK,
    slot: str = "",
    **facts: Any,
) -> DocumentVersion:
    """Give a supplier a further version of a document, or the first."""
    query = select(Document).where(Document.supplier_id == supplier.id, Document.type == code, Document.slot == slot)
    document = session.scalar(query) or Document(supplier_id=supplier.id, type=code, slot=slot, created_at=utc_now())
    session.add(document)
    version = DocumentVersion(
        number=len(document.versions) + 1, expires_on=expires_on, verdict=verdict, uploaded_by="contact",
        created_at=utc_now(), details={}, files=[make_file()], **facts,
    )  # fmt: skip
    if verdict in {Verdict.VALID, Verdict.REJECTED}:
        version.judged_at, version.judged_by_subject, version.judged_by_name = utc_now(), "anna", "Anna Bassi"
    document.versions.append(version)
    session.flush()
    return version


def end(session: Session, supplier: Supplier, code: str, on: date | None, slot: str = "") -> DocumentVersion:
    """Let the newest version of a document end on a day."""
    version = document_of(session, supplier, code, slot).versions[-1]
    version.expires_on = on
    session.flush()
    return version


def make_file(**facts: Any) -> DocumentFile:
    """Make the row of a file whose bytes nobody looks for."""
    now = utc_now()
    values: dict[str, Any] = {
        "key": f"files/00/{now.timestamp()}", "name": "documento.pdf", "media_type": "application/pdf", "size": 1,
        "stored_size": 1, "sha256": "0" * 64, "stored_sha256": "0" * 64, "created_at": now,
    }  # fmt: skip
    return DocumentFile(**(values | facts))
