"""Tables of the review desk: what staff found, said and asked of each other about one application."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.applications.desk.states import Area, CheckKind, CheckResult, OpinionOutcome, SectionVerdictKind
from service.database import Base, enum_column


class Verification(Base):
    """One check made by staff in an outside or internal source; append-only, the newest of a kind counts."""

    __tablename__ = "verification"
    __table_args__ = (Index("ix__verification__application_kind", "application_id", "kind", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    kind: Mapped[CheckKind] = mapped_column(enum_column(CheckKind, "kind"))
    result: Mapped[CheckResult] = mapped_column(enum_column(CheckResult, "result"))
    checked_on: Mapped[date]
    source: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    document_sha256: Mapped[str | None]  # of the version the check rests on
    made_at: Mapped[datetime]
    made_by_subject: Mapped[str]
    made_by_name: Mapped[str]


class SectionVerdict(Base):
    """What a reviewer says of one section as it reads now; a correction of the section takes it away."""

    __tablename__ = "section_verdict"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[SectionVerdictKind] = mapped_column(enum_column(SectionVerdictKind, "verdict"))
    note: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime]
    given_by_subject: Mapped[str]
    given_by_name: Mapped[str]


class InternalNote(Base):
    """A note among staff, never shown to the company; append-only."""

    __tablename__ = "internal_note"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    written_at: Mapped[datetime]
    written_by_subject: Mapped[str]
    written_by_name: Mapped[str]


class Opinion(Base):
    """What a specialist was asked about the documents of an area, and what was answered."""

    __tablename__ = "opinion"
    __table_args__ = (
        CheckConstraint("(answered_at is null) = (outcome is null)", name="answered_pair"),
        Index(
            "uq__opinion__open",
            "application_id",
            "area",
            unique=True,
            postgresql_where=text("answered_at is null and ended_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)
    area: Mapped[Area] = mapped_column(enum_column(Area, "area"))
    question: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    asked_by_subject: Mapped[str]
    asked_by_name: Mapped[str]
    outcome: Mapped[OpinionOutcome | None] = mapped_column(enum_column(OpinionOutcome, "outcome"))
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by_subject: Mapped[str | None]
    answered_by_name: Mapped[str | None]
    ended_at: Mapped[datetime | None]  # taken back, or the application was decided without it


class Presence(Base):
    """Who has an application before the eyes now; a row older than two minutes says nothing."""

    __tablename__ = "presence"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Proposal(Base):
    """The outcome a reviewer proposes; with four eyes an approver other than the proposer decides."""

    __tablename__ = "proposal"
    __table_args__ = (
        Index("uq__proposal__open", "application_id", unique=True, postgresql_where=text("ended_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str]  # approve or reject
    decision: Mapped[dict[str, Any]]  # the arguments of the decision: leaves with reasons, reserve, code, text
    note: Mapped[str] = mapped_column(default="")
    proposed_at: Mapped[datetime]
    proposed_by_subject: Mapped[str]
    proposed_by_name: Mapped[str]
    ended_at: Mapped[datetime | None]  # decided, taken back, or replaced by another


class SavedView(Base):
    """A filter of the queue that a person keeps under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("uq__saved_view__name", "subject", text("lower(name)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    subject: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]  # the query string of the queue's address
    created_at: Mapped[datetime]
