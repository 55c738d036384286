"""Tables of the application: a narrow row for lists, its answers beside it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Sequence, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.applications.states import Hold, ItemKind, LinkWish, State
from service.database import Base, enum_column

OPEN_KEY = "uq__application__open_identity_key"
NUMBERS = Sequence("application_number", metadata=Base.metadata)
REVIEWED = "coalesce(reviewed_since, 'infinity'::timestamp with time zone)"  # what nobody has comes last
OPEN = text("state in ('submitted', 'under_review', 'information_requested')")


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
        Index("ix__application__assignee_sequence", "assignee_subject", "sequence"),
        Index("ix__application__province_sequence", "province", "sequence"),
        Index("ix__application__submitted_at", "submitted_at"),
        Index("ix__application__decided_at", "decided_at"),
        Index("ix__application__identity_key", "identity_key"),
        Index("ix__application__contact_email", text("lower(contact_email)")),
        # the orders of the queue: of the few that are open, of one state, of all
        Index("ix__application__open_sequence", "sequence", postgresql_where=OPEN),
        Index("ix__application__open_submitted", "submitted_at", postgresql_where=OPEN),
        Index("ix__application__open_name", text("lower(name)"), "sequence", postgresql_where=OPEN),
        Index("ix__application__open_reviewed", text(REVIEWED), "sequence", postgresql_where=OPEN),
        Index("ix__application__state_name", "state", text("lower(name)"), "sequence"),
        Index("ix__application__name", text("lower(name)"), "sequence"),
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

    email_confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    reviewed_since: Mapped[datetime | None]
    review_expires_at: Mapped[datetime | None]  # when who has taken it loses it, unless something is done with it
    assignee_subject: Mapped[str | None]
    assignee_name: Mapped[str | None]
    province: Mapped[str] = mapped_column(default="", server_default="")  # of the registered seat (`places.place_of`)
    decided_at: Mapped[datetime | None]
    decided_by_subject: Mapped[str | None]
    decided_by_name: Mapped[str | None]
    reason_code: Mapped[str | None]
    reason_text: Mapped[str | None]
    reserve_text: Mapped[str | None]  # what an approval with reserve asks for
    reserve_until: Mapped[date | None]
    internal_note: Mapped[str | None]
    reapply_from: Mapped[date | None]
    erase_on: Mapped[date | None]
    copied_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("application.id", ondelete="SET NULL"), index=True)
    legal_hold_reason: Mapped[str | None]  # while it is set the erasure of what is no longer kept passes it by
    legal_hold_by: Mapped[str | None]
    legal_hold_review_on: Mapped[date | None]

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
    # section -> field -> [the application's version that changed it, the instant as ISO text]: two devices never
    # overwrite each other
    changed: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))


class ApplicationWords(Base):
    """What a search looks in: beside the row, so that it stays narrow and its changes leave these indexes alone."""

    __tablename__ = "application_words"
    __table_args__ = (
        Index(
            "ix__application_words__search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
        ),
        Index("ix__application_words__words", "words", postgresql_using="gin"),
    )

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    search: Mapped[str]  # number, names, codes and address: any part of them is found
    words: Mapped[str] = mapped_column(TSVECTOR)  # of the answers: whole words are found, in any of their forms


class ApplicationCategory(Base):
    """A merchandise leaf asked for; `is_granted` is decided with the application."""

    __tablename__ = "application_category"

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), primary_key=True)
    leaf: Mapped[str] = mapped_column(primary_key=True, index=True)
    max_order: Mapped[str | None]
    is_granted: Mapped[bool | None]
    reason_code: Mapped[str | None]  # why it was not granted, with the text that the company reads
    reason_text: Mapped[str | None]


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


class InformationRequest(Base):
    """What staff have asked to be corrected, in one round; open until answered, or ended by withdrawal or expiry.

    `answers` is the applicant's working copy of all answers: the application's own stay as sent until the resubmission
    puts it in their place. `differences` is what that changed, kept for the staff.
    """

    __tablename__ = "information_request"
    __table_args__ = (
        CheckConstraint("num_nonnulls(answered_at, ended_at) <= 1", name="ends_once"),
        Index(
            "uq__information_request__open",
            "application_id",
            unique=True,
            postgresql_where=text("answered_at is null and ended_at is null"),
        ),
        Index("ix__information_request__application_id", "application_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    asked_by_subject: Mapped[str]
    asked_by_name: Mapped[str]
    deadline: Mapped[date]
    extended_from: Mapped[date | None]  # the first deadline, once it was extended
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]]
    changed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    differences: Mapped[dict[str, Any]] = mapped_column(default=dict)

    items: Mapped[list["InformationItem"]] = relationship(
        cascade="all, delete-orphan", order_by="InformationItem.id", lazy="selectin"
    )


class InformationItem(Base):
    """One thing asked for: a field, a whole section or a document, with its reason code D… and a sentence."""

    __tablename__ = "information_item"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("information_request.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ItemKind] = mapped_column(enum_column(ItemKind, "kind"))
    section: Mapped[str] = mapped_column(default="")  # of a field or section
    field: Mapped[str] = mapped_column(default="")
    document_type: Mapped[str] = mapped_column(default="")
    slot: Mapped[str] = mapped_column(default="")
    code: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    reply: Mapped[str] = mapped_column(default="")  # the applicant's own words, where nothing is to be changed
    answered_at: Mapped[datetime | None]  # of a field or section: when it was saved; a document has its versions


class AddressChange(Base):
    """Another address wished for a sent application: nothing changes before its link is used."""

    __tablename__ = "address_change"
    __table_args__ = (
        Index(
            "uq__address_change__open",
            "application_id",
            unique=True,
            postgresql_where=text("confirmed_at is null and ended_at is null"),
        ),
        Index("ix__address_change__application_id", "application_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    old_email: Mapped[str]
    new_email: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # superseded by another wish, or given up


class LinkRequest(Base):
    """Somebody asked for a mailed link: the worker looks whether there is anything to send, the page never does.

    Deleted as soon as it is worked on; `token_hash` names a dead link to renew.
    """

    __tablename__ = "link_request"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[LinkWish] = mapped_column(enum_column(LinkWish, "kind"))
    email: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    token_hash: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
