"""Table of the excluded list."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base


class Exclusion(Base):
    """A company or person nobody admits without the approver knowing; erased at `review_on` unless renewed."""

    __tablename__ = "exclusion"
    __table_args__ = (
        Index("uq__exclusion__live", "identity_key", unique=True, postgresql_where=text("ended_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    identity_key: Mapped[str]  # as an application's: country and codice fiscale or foreign number
    name: Mapped[str]
    reason: Mapped[str]
    review_on: Mapped[date]  # at most 24 months away
    created_at: Mapped[datetime]
    created_by_subject: Mapped[str]
    created_by_name: Mapped[str]
    renewed_at: Mapped[datetime | None]  # the last time, with the reason given then
    renewed_by_name: Mapped[str | None]
    renewal_reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
