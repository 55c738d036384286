"""Tables of acts on many applications: the batch and one row for each of them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.applications.bulk.states import BatchState, BulkAction, RowState
from service.database import Base, enum_column


class BulkBatch(Base):
    """What one person does to many; nothing is decided before `starts_at`. `roles` are the person's of that moment."""

    __tablename__ = "bulk_batch"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[BatchState] = mapped_column(enum_column(BatchState, "state"), default=BatchState.WAITING)
    action: Mapped[BulkAction] = mapped_column(enum_column(BulkAction, "action"))
    decision: Mapped[dict[str, Any]] = mapped_column(default=dict)  # reason code, text, note, assignee
    made_at: Mapped[datetime]
    made_by_subject: Mapped[str] = mapped_column(index=True)
    made_by_name: Mapped[str]
    made_by_email: Mapped[str] = mapped_column(default="")  # whoever is a contact of a company does not decide on it
    roles: Mapped[list[str]]
    starts_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class BulkRow(Base):
    """One application of a batch, with the version the person has seen."""

    __tablename__ = "bulk_row"
    __table_args__ = (Index("ix__bulk_row__state", "batch_id", "state", "position"),)

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_batch.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[UUID] = mapped_column(
        ForeignKey("application.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]
    version: Mapped[int]
    state: Mapped[RowState] = mapped_column(enum_column(RowState, "state"), default=RowState.WAITING)
    message: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
