"""Tables of the reconciliation: each look at both sides, and what was found to differ."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.accounts.drift.states import DriftEnd, DriftKind
from service.database import Base, enum_column


class Reconciliation(Base):
    """One look, by the clock or because somebody asked; open until it ended, and only one at a time is."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        Index("uq__reconciliation__open", text("(ended_at is null)"), unique=True,
              postgresql_where=text("ended_at is null")),
        Index("ix__reconciliation__asked_at", "asked_at"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    asked_at: Mapped[datetime]
    asked_by_subject: Mapped[str]
    asked_by_name: Mapped[str]
    started_at: Mapped[datetime | None]  # of the try that went through: what is older by then is gone
    ended_at: Mapped[datetime | None]
    people: Mapped[int] = mapped_column(default=0)  # read at Keycloak, staff and strangers too
    accounts: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None]  # our own Italian sentence; null when it went through


class Drift(Base):
    """Something that differs, until it ended; `key` names it the same at every look (`comparing.Finding`).

    `ours` and `theirs` may be addresses: closed ones are forgotten after 90 days.
    """

    __tablename__ = "drift"
    __table_args__ = (
        Index("uq__drift__open", "key", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix__drift__ended_at", "ended_at"),
        CheckConstraint("(ended_at is null) = (ended is null)", name="ended_pair"),
        CheckConstraint("num_nulls(asked_at, asked_by_subject, asked_by_name) in (0, 3)", name="asked_together"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[DriftKind] = mapped_column(enum_column(DriftKind, "kind"))
    key: Mapped[str]
    subject: Mapped[str | None]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    supplier_number: Mapped[str | None]
    username: Mapped[str]
    ours: Mapped[str]
    theirs: Mapped[str]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]  # to be put right, by whom; each asking is a job of its own
    asked_by_subject: Mapped[str | None]
    asked_by_name: Mapped[str | None]
    asks: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    ended: Mapped[DriftEnd | None] = mapped_column(enum_column(DriftEnd, "ended"))
