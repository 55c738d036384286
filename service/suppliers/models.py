"""Tables of the supplier."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.database import Base, enum_column
from service.suppliers.states import Qualification

NUMBERS = Sequence("supplier_number", metadata=Base.metadata)


class Supplier(Base):
    """An organisation, with the data as they were accepted."""

    __tablename__ = "supplier"
    __table_args__ = (
        Index("ix__supplier__name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        Index("ix__supplier__identity_key", "identity_key"),
        # a revoked company that is admitted again becomes another supplier, with another number; the old one stays
        Index("uq__supplier__live", "identity_key", unique=True, postgresql_where=text("qualification <> 'revoked'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(unique=True)
    identity_key: Mapped[str]
    qualification: Mapped[Qualification] = mapped_column(enum_column(Qualification, "qualification"))
    qualified_at: Mapped[datetime]
    valid_until: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)

    legal_category: Mapped[str]
    supply_types: Mapped[list[str]]
    name: Mapped[str]
    tax_code: Mapped[str | None]
    vat_number: Mapped[str | None]
    contact_email: Mapped[str]
    locale: Mapped[str]
    answers: Mapped[dict[str, Any]]

    suspended_at: Mapped[datetime | None]
    suspended_by: Mapped[str | None]  # the subject; `system` may be undone by the system alone
    suspension_reason: Mapped[str | None]
    suspension_text: Mapped[str | None]
    reserve_text: Mapped[str | None]  # what was asked for at an approval with reserve; null once it is lifted
    reserve_until: Mapped[date | None]
    # with four eyes one asks for the revocation, another confirms it
    revocation_asked_by_subject: Mapped[str | None]
    revocation_asked_by_name: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str | None]
    revocation_reason: Mapped[str | None]
    revocation_text: Mapped[str | None]
    reapply_from: Mapped[date | None]
    suspended_from: Mapped[Qualification | None] = mapped_column(enum_column(Qualification, "suspended_from"))

    categories: Mapped[list["SupplierCategory"]] = relationship(
        cascade="all, delete-orphan", order_by="SupplierCategory.leaf"
    )


class SupplierCategory(Base):
    """A merchandise leaf the supplier is qualified for."""

    __tablename__ = "supplier_category"

    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("supplier.id", ondelete="CASCADE"), primary_key=True)
    leaf: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date]
    dropped_on: Mapped[date | None]
    dropped_by: Mapped[str | None]  # the subject; `system` may be undone by the system alone
    drop_reason: Mapped[str | None]
    drop_text: Mapped[str | None]


class CalendarFeed(Base):
    """A person's calendar of a supplier's expiries, behind a token; only its hash is stored."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index(
            "uq__calendar_feed__live",
            "supplier_id",
            "subject",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("supplier.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Handover(Base):
    """Somebody else becomes the administrator of a company of which nobody can be reached, as its PEC asks.

    `note` says which message asked for it; one is open at a time.
    """

    __tablename__ = "handover"
    __table_args__ = (
        Index(
            "uq__handover__open",
            "supplier_id",
            unique=True,
            postgresql_where=text("confirmed_at is null and ended_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("supplier.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    locale: Mapped[str]
    note: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_subject: Mapped[str]
    asked_by_name: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
