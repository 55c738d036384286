"""Documents of a supplier in the state a test wants, written straight into the tables."""

from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.clock import local_date, utc_now
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.states import Preview, Scan, Verdict
from service.questionnaire import RequiredDocument
from service.suppliers.documents import list_asked
from service.suppliers.models import Supplier
from tests.support.staff_portal import ANNA, Portal


def in_days(days: int) -> date:
    """A day from today on."""
    return local_date() + timedelta(days=days)


def version(
    verdict: Verdict = Verdict.VALID,
    expires_on: date | None = None,
    *,
    reason: str = "",
    text: str = "",
    scan: Scan = Scan.CLEAN,
    name: str = "documento.pdf",
) -> DocumentVersion:
    """One version with a file, judged unless it waits."""
    now = utc_now()
    judged = {} if verdict == Verdict.TO_CHECK else {
        "judged_at": now, "judged_by_subject": ANNA.subject, "judged_by_name": ANNA.name,
    }  # fmt: skip
    file = DocumentFile(
        id=uuid4(), key=f"files/ab/{uuid4().hex}", name=name, media_type="application/pdf", size=2048, stored_size=2048,
        sha256="a" * 64, stored_sha256="a" * 64, flags=[], pages=1, scan=scan, preview=Preview.NONE, created_at=now,
    )  # fmt: skip
    return DocumentVersion(
        details={}, expires_on=expires_on, verdict=verdict, reason_code=reason or None, reason_text=text or None,
        uploaded_by="prova", created_at=now, files=[file], **judged,
    )  # fmt: skip


def give(portal: Portal, supplier: Supplier, type_: str, *versions: DocumentVersion, slot: str = "") -> Document:
    """Give a supplier one document with these versions, the oldest first; whatever it had of it is gone."""

    def write(session: Session) -> Document:
        session.execute(
            delete(Document).where(Document.supplier_id == supplier.id, Document.type == type_, Document.slot == slot)
        )
        document = Document(id=uuid4(), supplier_id=supplier.id, type=type_, slot=slot, created_at=utc_now())
        for number, one in enumerate(versions, 1):
            one.number = number
            document.versions.append(one)
        session.add(document)
        return document

    found: Document = portal.run(write)
    return found


def asked(portal: Portal, supplier: Supplier) -> dict[tuple[str, str], RequiredDocument]:
    """The documents asked of a supplier, by type and slot."""

    def read(session: Session) -> dict[tuple[str, str], RequiredDocument]:
        found = session.get_one(Supplier, supplier.id)
        due = list_asked(session, found, settings=portal.settings, today=local_date()).required
        return {one.key: one for one in due}

    due: dict[tuple[str, str], RequiredDocument] = portal.run(read)
    return due


def complete(portal: Portal, supplier: Supplier, until: date) -> None:
    """Give a supplier every mandatory document, verified and good until a day."""
    for one in asked(portal, supplier).values():
        if one.is_mandatory:
            give(portal, supplier, one.type.code, version(expires_on=until), slot=one.slot)
