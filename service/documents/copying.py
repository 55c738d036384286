"""The documents of a refused application, given to the draft that was copied from it: bytes of its own, judged anew.

The signed declaration stays behind: what is declared is declared anew.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.audit.trail import record
from service.clock import utc_now
from service.documents.actions import delete_later, line_up, lock_owner
from service.documents.errors import DocumentsClosedError
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.repository import Owner, find_document, latest, list_documents
from service.documents.states import Preview
from service.errors import NotFoundError
from service.jobs.queue import enqueue

SIGNED_ANEW = "self_declaration"


def copy_later(session: Session, *, source: UUID, target: UUID) -> None:
    """Have the documents of one application given to a draft; leaves job `documents.copy`."""
    enqueue(session, "documents.copy", f"documents.copy:{target}", {"source": str(source), "target": str(target)})


def list_files(session: Session, source: UUID) -> dict[UUID, str]:
    """Give the files to copy by their rows' ids, with their keys in the store."""
    return {file.id: file.key for version in _sources(session, source) for file in version.files}


def key_for(target: UUID, file_id: UUID) -> str:
    """Give the key of a copy in the store: the same whenever the job is repeated."""
    name = uuid5(target, str(file_id)).hex
    return f"files/{name[:2]}/{name}"


def give(session: Session, *, source: UUID, target: UUID, keys: Mapping[UUID, str]) -> None:
    """Write the copies' rows; `keys` are those in the store by the earlier files' ids.

    What the draft has already stays as it is; one that was sent or discarded meanwhile gets nothing. Leaves
    `document.uploaded`, jobs `document.scan` and `document.preview`, and `file.delete` for what was not used.
    """
    owner = Owner(application_id=target)
    try:
        lock_owner(session, owner)
    except (DocumentsClosedError, NotFoundError):
        delete_later(session, keys.values())
        return
    used = set[str]()
    for version in _sources(session, source):
        type_, slot = version.document.type, version.document.slot
        files = [_copy(one, keys[one.id]) for one in version.files if one.id in keys]
        if not (files or version.not_due_reason) or find_document(session, owner, type=type_, slot=slot):
            continue
        now = utc_now()
        document = Document(application_id=target, type=type_, slot=slot, created_at=now)
        document.versions.append(
            DocumentVersion(
                number=1,
                details=dict(version.details),
                expires_on=version.expires_on,
                not_due_reason=version.not_due_reason,
                uploaded_by=version.uploaded_by,
                created_at=now,
                files=files,
            )
        )
        session.add(document)
        session.flush()
        for one in files:
            line_up(session, one)
        used.update(one.key for one in files)
        record(session, "document.uploaded", document.id, by=SYSTEM, type=type_, slot=slot, number=1,
               files=[str(one.id) for one in files], copied_from=str(version.id))  # fmt: skip
    delete_later(session, [key for key in keys.values() if key not in used])


def _sources(session: Session, source: UUID) -> Iterator[DocumentVersion]:
    for document in list_documents(session, Owner(application_id=source)):
        version = latest(document)
        if version is not None and document.type != SIGNED_ANEW:
            yield version


def _copy(file: DocumentFile, key: str) -> DocumentFile:
    same = ("name", "media_type", "size", "stored_size", "sha256", "stored_sha256", "is_signed", "pages")
    return DocumentFile(
        key=key,
        flags=list(file.flags),
        preview=Preview.NONE if file.preview == Preview.NONE else Preview.PENDING,
        created_at=utc_now(),
        **{name: getattr(file, name) for name in same},
    )
