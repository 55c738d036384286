"""The verbs of documents: add, remove, declare not due, erase, hand over to the supplier.

Bytes are put into the store before the transaction and taken out by a job after it: a file can be seen only when its
row is committed, and what a crash leaves in the store is found by the sweep. Verdicts are in `judging`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT, Principal
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.documents.errors import DocumentsClosedError, NotDueReasonError, QuotaError
from service.documents.inspection import Inspected, Received
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.port import FileStore
from service.documents.repository import Owner, find_document, get_file, has_room, latest, list_documents, stored_keys
from service.documents.states import Preview, Verdict
from service.errors import NotFoundError
from service.jobs.queue import enqueue
from service.locales import N_

REASON_MIN = 10
CLOSED = N_("La domanda è già stata inviata: i documenti non si possono più cambiare.")
JUDGED = N_("Il documento è già stato valutato: carica una nuova versione.")
# Both lock the owner's row: two uploads at once are counted one after the other. An upload is a sign of life of a
# draft. `application` and `supplier` are rooms above this one, hence no model.
LOCKS = {
    "application": text(
        "update application set touched_at = clock_timestamp()"
        " where id = :id and state in ('draft', 'information_requested') returning id"
    ),
    "supplier": text("select id from supplier where id = :id for update"),
}


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is in the store and has no row yet."""

    key: str
    received: Received
    inspected: Inspected


def store(files: FileStore, received: Received, inspected: Inspected) -> NewFile:
    """Keep the inspected bytes under a random key, outside any transaction. Raises StoreFullError and the like."""
    name = uuid4().hex
    key = f"files/{name[:2]}/{name}"
    files.put(key, inspected.path)
    return NewFile(key, received, inspected)


def add_files(
    session: Session,
    owner: Owner,
    *,
    type: str,  # noqa: A002
    slot: str,
    details: Mapping[str, Any],
    expires_on: date | None,
    files: Sequence[NewFile],
    by: Principal,
    replace: bool,
    settings: Settings,
    since: datetime | None = None,
) -> DocumentVersion:
    """Add files to the open version of an application's document, or a new version to a supplier's.

    What an application gave before `since` is of an earlier sending: it stays, and a new version is opened. With
    `replace` the open version's earlier files go. Without files only the typed details are kept. A file whose bytes the
    version has already is not added again.
    Leaves `document.uploaded`, jobs `document.scan` and `document.preview`. Raises: QuotaError, DocumentsClosedError.
    """
    version = _open_version(session, owner, type=type, slot=slot, by=by, since=since)
    if replace:
        _take_away(session, version.files)
        version.files = []
    session.flush()
    fresh = _not_there(version, files)
    size = sum(max(one.received.size, one.inspected.size) for one in fresh)
    if fresh and not has_room(session, owner, files=len(fresh), size=size, settings=settings):
        raise QuotaError
    version.details, version.expires_on, version.not_due_reason = dict(details), expires_on, None
    rows = [_row(one) for one in fresh]
    version.files.extend(rows)
    delete_later(session, [one.key for one in files if one not in fresh])
    session.flush()
    for row in rows:
        line_up(session, row)
    if rows:
        ids = [str(row.id) for row in rows]
        _record(session, "document.uploaded", version, by=by, number=version.number, files=ids)
    return version


def remove_file(session: Session, owner: Owner, file_id: UUID, *, by: Principal) -> None:
    """Take one file away; a version without files and its document go with the last. Leaves `document.removed`.

    A supplier takes back only what it sent itself and nobody has judged. Raises: NotFoundError, DocumentsClosedError.
    """
    lock_owner(session, owner)
    file = get_file(session, file_id, owner=owner)
    version = file.version
    is_evidence = owner.supplier_id is not None and version.uploaded_by == APPLICANT.subject
    if version.verdict != Verdict.TO_CHECK or is_evidence:
        raise DocumentsClosedError(JUDGED)
    _record(session, "document.removed", version, by=by, number=version.number, files=[str(file_id)])
    _take_away(session, [file])
    version.files.remove(file)
    if not version.files:
        document = version.document
        document.versions.remove(version)
        if not document.versions:
            session.delete(document)
    session.flush()


def take_back(
    session: Session,
    owner: Owner,
    *,
    type: str,  # noqa: A002
    slot: str,
    since: datetime,
    by: Principal,
) -> None:
    """Take away the version given since an instant, if any: what was there before is the last one again.

    Leaves `document.removed`. Raises: DocumentsClosedError for what staff have judged.
    """
    lock_owner(session, owner)
    document = find_document(session, owner, type=type, slot=slot)
    version = latest(document, since=since) if document else None
    if document is None or version is None:
        return
    if version.verdict != Verdict.TO_CHECK:
        raise DocumentsClosedError(JUDGED)
    _record(session, "document.removed", version, by=by, number=version.number,
            files=[str(one.id) for one in version.files])  # fmt: skip
    _take_away(session, version.files)
    document.versions.remove(version)
    if not document.versions:
        session.delete(document)
    session.flush()


def declare_not_due(
    session: Session,
    owner: Owner,
    *,
    type: str,  # noqa: A002
    slot: str,
    reason: str,
    by: Principal,
    since: datetime | None = None,
) -> DocumentVersion:
    """Say why nothing is due; staff judge it as a document. Files of the open version go; `since` as in `add_files`.

    Leaves `document.not_due_declared`. Raises: NotDueReasonError, DocumentsClosedError.
    """
    said = reason.strip()
    if len(said) < REASON_MIN:
        raise NotDueReasonError(f"Il motivo ha almeno {REASON_MIN} caratteri.")
    version = _open_version(session, owner, type=type, slot=slot, by=by, since=since)
    _take_away(session, version.files)
    version.files = []
    version.details, version.expires_on, version.not_due_reason = {}, None, said
    session.flush()
    _record(session, "document.not_due_declared", version, by=by, number=version.number)
    return version


def erase_documents(session: Session, owner: Owner) -> None:
    """Delete the documents, and by a job their bytes; what the supplier has taken over stays the supplier's."""
    documents = list_documents(session, owner)
    going = [one for one in documents if owner.supplier_id is not None or one.supplier_id is None]
    _take_away(session, [file for document in going for version in document.versions for file in version.files])
    for document in documents:
        if document in going:
            session.delete(document)
        else:
            document.application_id = None
    session.flush()


def hand_over(session: Session, *, application_id: UUID, supplier_id: UUID) -> None:
    """Make the application's documents the supplier's too, at approval; the supplier is new and has none yet."""
    session.execute(update(Document).where(Document.application_id == application_id).values(supplier_id=supplier_id))


def delete_later(session: Session, keys: Iterable[str]) -> None:
    """Have these bytes deleted once the transaction is committed."""
    if found := list(keys):
        enqueue(session, "file.delete", f"file.delete:{uuid4()}", {"keys": found})


def lock_owner(session: Session, owner: Owner) -> None:
    """Lock the owner's row for a change of its documents. Raises: DocumentsClosedError, NotFoundError."""
    kind = "application" if owner.application_id is not None else "supplier"
    if session.execute(LOCKS[kind], {"id": owner.id}).first() is None:
        if (
            kind == "application"
            and session.execute(text("select 1 from application where id = :id"), {"id": owner.id}).first()
        ):
            raise DocumentsClosedError(CLOSED)
        raise NotFoundError


def _open_version(
    session: Session,
    owner: Owner,
    *,
    type: str,  # noqa: A002
    slot: str,
    by: Principal,
    since: datetime | None,
) -> DocumentVersion:
    """Give the version that this upload belongs to; what staff have judged is never changed."""
    lock_owner(session, owner)
    now = utc_now()
    document = find_document(session, owner, type=type, slot=slot)
    if document is None:
        document = Document(
            application_id=owner.application_id, supplier_id=owner.supplier_id, type=type, slot=slot, created_at=now
        )
        session.add(document)
    last, given = latest(document), latest(document, since=since)
    if given is not None and owner.application_id is not None and given.verdict == Verdict.TO_CHECK:
        return given
    version = DocumentVersion(number=last.number + 1 if last else 1, details={}, uploaded_by=by.subject, created_at=now)
    document.versions.append(version)
    session.flush()
    return version


def _not_there(version: DocumentVersion, files: Sequence[NewFile]) -> list[NewFile]:
    """Leave out what the version has already, by its bytes, and what comes twice."""
    known = {file.sha256 for file in version.files}
    by_bytes = {one.received.sha256: one for one in reversed(files)}
    return [one for one in files if one.received.sha256 not in known and by_bytes[one.received.sha256] is one]


def _row(new: NewFile) -> DocumentFile:
    seen = new.inspected
    return DocumentFile(
        id=uuid4(),
        key=new.key,
        name=new.received.name,
        media_type=seen.media_type,
        size=new.received.size,
        stored_size=seen.size,
        sha256=new.received.sha256,
        stored_sha256=seen.stored_sha256,
        flags=list(seen.flags),
        is_signed=seen.is_signed,
        pages=seen.pages,
        preview=Preview.PENDING if seen.has_preview else Preview.NONE,
        created_at=utc_now(),
    )


def line_up(session: Session, file: DocumentFile) -> None:
    """Have a new file scanned and drawn."""
    enqueue(session, "document.scan", f"document.scan:{file.id}", {"file_id": str(file.id)})
    if file.preview == Preview.PENDING:
        enqueue(session, "document.preview", f"document.preview:{file.id}", {"file_id": str(file.id)})


def _take_away(session: Session, files: Sequence[DocumentFile]) -> None:
    delete_later(session, stored_keys(files))


def _record(session: Session, event: str, version: DocumentVersion, *, by: Principal, **data: object) -> None:
    """Write the event with ids only."""
    record(session, event, version.document_id, by=by, type=version.document.type, slot=version.document.slot, **data)
