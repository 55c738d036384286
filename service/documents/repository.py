"""Reading documents: of an application or a supplier, one file for its owner, what is used of the quota."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, contains_eager, selectinload

from service.access.principal import APPLICANT
from service.config import Settings
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.states import Verdict
from service.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose documents: of exactly one of the two."""

    application_id: UUID | None = None
    supplier_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.application_id is None) == (self.supplier_id is None):
            message = "an owner is an application or a supplier"
            raise ValueError(message)

    @property
    def id(self) -> UUID:
        """The application's or the supplier's."""
        found = self.application_id or self.supplier_id
        assert found is not None  # noqa: S101
        return found

    @property
    def owns(self) -> ColumnElement[bool]:
        """The condition on a document."""
        if self.application_id is not None:
            return Document.application_id == self.application_id
        return Document.supplier_id == self.supplier_id

    @property
    def sent(self) -> ColumnElement[bool]:
        """The condition on a version.

        An application has what its applicant sent: once it is approved the document goes on as the supplier's, and
        what the supplier adds is none of the application's.
        """
        return true() if self.application_id is None else DocumentVersion.uploaded_by == APPLICANT.subject


@dataclass(frozen=True, slots=True)
class Usage:
    """What counts against the quota."""

    files: int
    bytes: int


def list_documents(session: Session, owner: Owner) -> list[Document]:
    """Give the documents with the owner's versions and their files, by type and slot, as the database has them now."""
    return list(session.scalars(_with_versions(owner).order_by(Document.type, Document.slot)))


def find_document(session: Session, owner: Owner, *, type: str, slot: str) -> Document | None:  # noqa: A002
    """Find the one document of a type and slot, as the database has it now."""
    return session.scalar(_with_versions(owner).where(Document.type == type, Document.slot == slot))


def latest(document: Document, *, since: datetime | None = None) -> DocumentVersion | None:
    """Give the version of the last upload, whatever staff said of it; `since`: only of those given from then on."""
    found = max(document.versions, key=lambda version: version.number, default=None)
    return found if found is None or since is None or found.created_at >= since else None


def get_file(session: Session, file_id: UUID, *, owner: Owner | None = None) -> DocumentFile:
    """Read a file with its version and document; with `owner`, only of this one. Raises NotFoundError."""
    query = (
        select(DocumentFile)
        .join(DocumentFile.version)
        .join(DocumentVersion.document)
        .where(DocumentFile.id == file_id)
        .options(contains_eager(DocumentFile.version).contains_eager(DocumentVersion.document))
    )
    found = session.scalar(query if owner is None else query.where(owner.owns, owner.sent))
    if found is None:
        raise NotFoundError
    return found


def usage(session: Session, owner: Owner) -> Usage:
    """Count what the quota bounds: all of an application; of a supplier what it sent since and nobody judged yet."""
    query = (
        select(func.count(), func.coalesce(func.sum(func.greatest(DocumentFile.size, DocumentFile.stored_size)), 0))
        .select_from(DocumentFile)
        .join(DocumentFile.version)
        .join(DocumentVersion.document)
        .where(owner.owns, owner.sent)
    )
    if owner.supplier_id is not None:
        query = query.where(
            DocumentVersion.verdict == Verdict.TO_CHECK, DocumentVersion.uploaded_by != APPLICANT.subject
        )
    files, size = session.execute(query).one()
    return Usage(files, int(size))


def has_room(session: Session, owner: Owner, *, files: int, size: int, settings: Settings) -> bool:
    """Tell whether so many files of so many bytes together fit in the quota; none always do."""
    if not files:
        return True
    used = usage(session, owner)
    return used.files + files <= settings.files_per_application and used.bytes + size <= settings.application_bytes


def known_hashes(session: Session, owner: Owner) -> set[str]:
    """Give the SHA-256 of every file received from an owner: what comes again needs no room."""
    query = select(DocumentFile.sha256).join(DocumentFile.version).join(DocumentVersion.document)
    return set(session.scalars(query.where(owner.owns, owner.sent)))


def preview_key(file_id: UUID, page: int) -> str:
    """Name the drawing of a page, from 1."""
    return f"previews/{file_id.hex}/{page}.png"


def stored_keys(files: Iterable[DocumentFile]) -> list[str]:
    """Give every key that belongs to these files in the store."""
    return [
        key
        for file in files
        for key in (file.key, *(preview_key(file.id, page) for page in range(1, file.preview_pages + 1)))
    ]


def describe_documents(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Give what a snapshot keeps: the latest version of each document; hashes and sizes of what was received."""
    described = []
    for document in documents:
        version = latest(document)
        if version is None:
            continue
        described.append(
            {
                "type": document.type,
                "slot": document.slot,
                "version": version.number,
                "details": version.details,
                "expires_on": version.expires_on.isoformat() if version.expires_on else None,
                "not_due_reason": version.not_due_reason,
                "verdict": version.verdict.value,
                "given_at": version.created_at.isoformat(),
                "judged_at": version.judged_at.isoformat() if version.judged_at else None,
                "judged_by": version.judged_by_name,
                "reason_code": version.reason_code,
                "reason_text": version.reason_text,
                "files": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in version.files],
            }
        )
    return described


def _with_versions(owner: Owner) -> Select[Document]:
    """Load the owner's versions alone: read anew each time, for the same document may have been read as another's."""
    versions = selectinload(Document.versions.and_(owner.sent)).selectinload(DocumentVersion.files)
    return select(Document).where(owner.owns).options(versions).execution_options(populate_existing=True)
