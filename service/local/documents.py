"""Plausible documents for the examples: whatever is due, with dates the rules accept and a small real PDF."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from service.access.principal import APPLICANT, Principal
from service.applications.models import Application
from service.clock import local_date, utc_now
from service.config import Settings
from service.documents import judging
from service.documents.actions import NewFile, add_files, store
from service.documents.inspection import Inspected, Received
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.port import FileStore
from service.documents.repository import Owner, latest, list_documents
from service.documents.states import Preview, Scan, Verdict
from service.jobs.queue import enqueue
from service.questionnaire import (
    DetailsOutcome,
    RequiredDocument,
    check_details,
    document_title,
    required_documents,
    suggested_details,
)

# days from today, or a text
_TYPED: dict[str, int | str] = {
    "issued_on": -10, "verified_on": -5, "dated_on": -20, "signed_on": -1, "adopted_on": -400, "registered_on": -30,
    "expires_on": 100, "paid_until": 90, "status": "registered", "prefecture": "Milano",
    "register_category": "categoria 4, classe D", "language": "en",
}  # fmt: skip


def add_example_documents(
    session: Session,
    application: Application,
    *,
    verified: bool = False,
    optional: bool = False,
    files: FileStore | None = None,
    today: date | None = None,
) -> list[Document]:
    """Give a draft what is still missing of its mandatory documents, and of the optional ones if wanted.

    Without a store the rows stand alone. `verified`: as if staff had found them good already.
    """
    today = today or local_date()
    present = {(one.type, one.slot) for one in list_documents(session, Owner(application_id=application.id))}
    due = due_of(application, today=today)
    made = [
        _document(application, one, today=today, verified=verified)
        for one in due
        if (one.is_mandatory or optional) and one.key not in present
    ]
    session.add_all(made)
    session.flush()
    for file in _files_of(made) if files is not None else ():
        assert files is not None  # noqa: S101
        _put(files, file)
        file.preview = Preview.PENDING
        enqueue(session, "document.preview", f"document.preview:{file.id}", {"file_id": str(file.id)})
    session.flush()
    return made


def due_of(application: Application, *, today: date | None = None) -> tuple[RequiredDocument, ...]:
    """Give what the rules ask of an application."""
    answers = application.content.answers
    return required_documents(application.legal_category, answers, today=today or local_date())


def renew_document(
    session: Session,
    supplier_id: UUID,
    required: RequiredDocument,
    *,
    as_of: date,
    by: Principal,
    files: FileStore | None,
    settings: Settings,
) -> DocumentVersion:
    """Upload a new version as the supplier does, with the dates that were good on a day; it waits for a verdict."""
    outcome = example_details(required, today=as_of)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.pdf"
        path.write_bytes(data := example_pdf(str(required.heading)))
        size, digest = len(data), hashlib.sha256(data).hexdigest()
        received = Received(path, f"{required.anchor}.pdf", size, digest)
        seen = Inspected(path, "application/pdf", size, digest, (), is_signed=False, pages=1, has_preview=bool(files))
        new = store(files, received, seen) if files else NewFile(_key(), received, seen)
    type_, slot = required.key
    return add_files(
        session, Owner(supplier_id=supplier_id), type=type_, slot=slot, details=outcome.values,
        expires_on=outcome.expires_on, files=[new], by=by, replace=False, settings=settings,
    )  # fmt: skip


def verify_documents(session: Session, application: Application, *, by: Principal) -> None:
    """Find everything good that waits for a verdict, as staff do; the application is under review."""
    for document in list_documents(session, Owner(application_id=application.id)):
        version = latest(document)
        if version is not None and version.verdict == Verdict.TO_CHECK:
            judging.verify(session, version.id, by=by)


def example_details(
    required: RequiredDocument, *, today: date, answers: Mapping[str, object] | None = None
) -> DetailsOutcome:
    """Give what a careful applicant types, the same as in the answers; a rule that refuses its example: ValueError."""
    told = suggested_details(required, answers or {})
    form = {
        field.name: [str(told[field.name])]
        if field.name in told
        else [value if isinstance(value, str) else (today + timedelta(days=value)).isoformat()]
        for field in required.type.fields
        for value in (_TYPED.get(field.name, ""),)
        if field.missing
    }
    outcome = check_details(required, form, today=today)
    if outcome.errors:
        message = f"{required.anchor}: {outcome.errors}"
        raise ValueError(message)
    return outcome


def example_pdf(words: str) -> bytes:
    """Make a PDF of one page with a line of words."""
    line = words.encode("cp1252", "replace").replace(b"\\", b"").replace(b"(", b"[").replace(b")", b"]")
    content = b"BT /F1 18 Tf 72 760 Td (" + line + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    index = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    return body + index + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))


def _document(application: Application, required: RequiredDocument, *, today: date, verified: bool) -> Document:
    outcome, now = example_details(required, today=today, answers=application.content.answers), utc_now()
    version = DocumentVersion(
        number=1,
        details=outcome.values,
        expires_on=outcome.expires_on,
        verdict=Verdict.VALID if verified else Verdict.TO_CHECK,
        uploaded_by=APPLICANT.subject,
        created_at=now,
        files=[_file(required)],
    )
    if verified:
        version.judged_at, version.judged_by_subject, version.judged_by_name = now, "demo", "Anna Bassi"
    return Document(
        application_id=application.id,
        type=required.type.code,
        slot=required.slot,
        created_at=now,
        versions=[version],
    )


def _key() -> str:
    name = uuid4().hex
    return f"files/{name[:2]}/{name}"


def _file(required: RequiredDocument) -> DocumentFile:
    data = example_pdf(str(required.heading))
    digest = hashlib.sha256(data).hexdigest()
    return DocumentFile(
        id=uuid4(),
        key=_key(),
        name=f"{required.anchor}.pdf",
        media_type="application/pdf",
        size=len(data),
        stored_size=len(data),
        sha256=digest,
        stored_sha256=digest,
        pages=1,
        scan=Scan.NOT_SCANNED,
        preview=Preview.NONE,
        created_at=utc_now(),
    )


def _files_of(documents: list[Document]) -> Iterator[DocumentFile]:
    return (file for document in documents for version in document.versions for file in version.files)


def _put(files: FileStore, file: DocumentFile) -> None:
    document = file.version.document
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.pdf"
        path.write_bytes(example_pdf(str(document_title(document.type, document.slot))))
        files.put(file.key, path)
