"""Table of the exports of the queue that a job makes."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from service.applications.exporting.states import ExportFormat, ExportState
from service.database import Base, enum_column


class Export(Base):
    """A file of the queue that a person has asked for; only that person fetches it, until `expires_at`."""

    __tablename__ = "export"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[ExportState] = mapped_column(enum_column(ExportState, "state"), default=ExportState.WAITING)
    format: Mapped[ExportFormat] = mapped_column(enum_column(ExportFormat, "format"))
    filter: Mapped[dict[str, Any]]  # a QueueFilter
    asked_at: Mapped[datetime]
    asked_by_subject: Mapped[str] = mapped_column(index=True)
    asked_by_name: Mapped[str]
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int] = mapped_column(default=0)  # as far as it is counted
    file: Mapped[str | None]  # in the file store
    bytes: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(index=True)
