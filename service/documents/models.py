"""Tables of documents: one record a document, its versions, the files of each version."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.database import Base, enum_column
from service.documents.states import Preview, Scan, Verdict


class Document(Base):
    """One thing to be proven: of an application, and of its supplier once approved.

    `type` is a code of the questionnaire's document rules; `slot` tells several of one type apart (the standard of a
    certification, the year of a balance sheet), else it is empty.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("num_nonnulls(application_id, supplier_id) >= 1", name="has_owner"),
        Index("uq__document__application", "application_id", "type", "slot", unique=True),
        Index("uq__document__supplier", "supplier_id", "type", "slot", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("supplier.id", ondelete="CASCADE"))
    type: Mapped[str]
    slot: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    versions: Mapped[list["DocumentVersion"]] = relationship(
        cascade="all, delete-orphan", order_by="DocumentVersion.number", back_populates="document"
    )


class DocumentVersion(Base):
    """What was given at one time: files with the dates typed for them, or the reason why nothing is due.

    `details` holds the typed values by the names of the document rules (dates as ISO text); `expires_on` is typed or
    computed, the last day on which it is valid. A verdict has its author and instant, a rejection its reason code.
    """

    __tablename__ = "document_version"
    __table_args__ = (
        CheckConstraint("num_nulls(judged_at, judged_by_subject, judged_by_name) in (0, 3)", name="judged_together"),
        CheckConstraint("verdict <> 'rejected' or reason_code is not null", name="rejection_has_reason"),
        Index("uq__document_version__number", "document_id", "number", unique=True),
        Index("ix__document_version__expires_on", "expires_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    number: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expires_on: Mapped[date | None]
    not_due_reason: Mapped[str | None]
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict, "verdict"), default=Verdict.TO_CHECK)
    reason_code: Mapped[str | None]
    reason_text: Mapped[str | None]
    judged_at: Mapped[datetime | None]
    judged_by_subject: Mapped[str | None]
    judged_by_name: Mapped[str | None]
    uploaded_by: Mapped[str]
    files_erased_on: Mapped[date | None]  # the copy of an identity document goes before its record
    created_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="versions")
    files: Mapped[list["DocumentFile"]] = relationship(
        cascade="all, delete-orphan", order_by="DocumentFile.created_at", back_populates="version"
    )


class DocumentFile(Base):
    """One file of a version; `key` names it in the store and says nothing.

    `size` and `sha256` are of the bytes received, `stored_size` and `stored_sha256` of those kept (an image is
    re-encoded). `flags` are codes of what a reviewer should know of a PDF.
    """

    __tablename__ = "document_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    stored_size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    stored_sha256: Mapped[str]
    flags: Mapped[list[str]] = mapped_column(default=list)
    is_signed: Mapped[bool] = mapped_column(default=False)
    pages: Mapped[int | None]
    scan: Mapped[Scan] = mapped_column(enum_column(Scan, "scan"), default=Scan.NOT_SCANNED)
    scan_note: Mapped[str | None]
    preview: Mapped[Preview] = mapped_column(enum_column(Preview, "preview"), default=Preview.PENDING)
    preview_pages: Mapped[int] = mapped_column(default=0)
    lost_at: Mapped[datetime | None]  # the row is here, the bytes are not: found by the sweep
    created_at: Mapped[datetime]

    version: Mapped[DocumentVersion] = relationship(back_populates="files")


class DocumentReminder(Base):
    """A reminder that was sent: at most one for a document, its date of expiry and a threshold in days."""

    __tablename__ = "document_reminder"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    expires_on: Mapped[date] = mapped_column(primary_key=True)
    threshold: Mapped[int] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]
