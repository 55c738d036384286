"""Tables of the application: a narrow row for lists, its answers beside it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.applications.states import Hold, State
from service.database import Base, enum_column

OPEN_KEY = "uq__application__open_identity_key"
NUMBERS = Sequence("application_number", metadata=Base.metadata)


class Application(Base):
    """One domanda di prequalifica; `version` is what every action must have seen."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("(decided_at is null) = (decided_by_subject is null)", name="decided_pair"),
        CheckConstraint("(state = 'draft') = (submitted_at is null) or state = 'expired'", name="submitted_state"),
        CheckConstraint("num_nulls(submitted_at, number, sequence) in (0, 3)", name="number_when_sent"),
        Index(
            OPEN_KEY,
            "identity_key",
            unique=True,
            postgresql_where=text(
                "state in ('submitted', 'under_review', 'information_requested') and hold is null and kind = 'first'"
            ),
        ),
        Index("ix__application__state_sequence", "state", "sequence"),
        Index("ix__application__state_category_sequence", "state", "legal_category", "sequence"),
        Index("ix__application__identity_key", "identity_key"),
        Index("ix__application__contact_email", text("lower(contact_email)")),
        Index("ix__application__search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str | None] = mapped_column(unique=True)
    sequence: Mapped[int | None] = mapped_column(BigInteger, unique=True)  # rises with submission: the queue's key
    kind: Mapped[str] = mapped_column(default="first")
    state: Mapped[State] = mapped_column(enum_column(State, "state"), default=State.DRAFT)
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold, "hold"))
    version: Mapped[int] = mapped_column(default=1)

    legal_category: Mapped[str]
    supply_types: Mapped[list[str]]
    name: Mapped[str] = mapped_column(default="")
    tax_code: Mapped[str | None]
    vat_number: Mapped[str | None] = mapped_column(index=True)
    identity_key: Mapped[str | None]
    contact_email: Mapped[str]
    contact_name: Mapped[str]
    locale: Mapped[str] = mapped_column(default="it")
    search: Mapped[str] = mapped_column(default="")

    email_confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    reviewed_since: Mapped[datetime | None]
    assignee_subject: Mapped[str | None]
    assignee_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_subject: Mapped[str | None]
    decided_by_name: Mapped[str | None]
    reason_code: Mapped[str | None]
    reason_text: Mapped[str | None]
    internal_note: Mapped[str | None]
    reapply_from: Mapped[date | None]
    erase_on: Mapped[date | None]

    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitation.id"))
    invited_by: Mapped[str | None]
    supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("supplier.id"), index=True)

    content: Mapped["ApplicationAnswers"] = relationship(cascade="all, delete-orphan", single_parent=True)
    categories: Mapped[list["ApplicationCategory"]] = relationship(
        cascade="all, delete-orphan", order_by="ApplicationCategory.leaf"
    )


class ApplicationAnswers(Base):
    """The answers as domain.md section 2 shapes them; `_raw` holds what was typed and is not right yet."""

    __tablename__ = "application_answers"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    answers: Mapped[dict[str, Any]]


class ApplicationCategory(Base):
    """A merchandise leaf asked for; `is_granted` is decided with the application."""

    __tablename__ = "application_category"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    leaf: Mapped[str] = mapped_column(primary_key=True)
    max_order: Mapped[str | None]
    is_granted: Mapped[bool | None]


class ApplicationWarning(Base):
    """What the checks found for the reviewer at submission."""

    __tablename__ = "application_warning"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)
    field: Mapped[str]
    code: Mapped[str]
    text: Mapped[str]
    found_at: Mapped[datetime]


class Acknowledgement(Base):
    """A versioned text the applicant has read, with the instant; no IP address."""

    __tablename__ = "acknowledgement"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]


class Snapshot(Base):
    """Values and rules as they were when the application was sent or decided."""

    __tablename__ = "application_snapshot"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)
    event: Mapped[str]
    taken_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
