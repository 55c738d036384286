"""One append-only row for each thing that happened."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.access.principal import Principal
from service.clock import utc_now
from service.database import Base


class AuditEvent(Base):
    """Past tense types (`application.approved`); `data` holds from, to, reason, never a secret."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix__audit_event__subject", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    type: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    by_subject: Mapped[str]
    by_name: Mapped[str]
    data: Mapped[dict[str, Any]]


def record(session: Session, type_: str, subject: UUID, *, by: Principal, **data: object) -> None:
    """Write what happened; the subject's kind is the word before the dot of the type."""
    session.add(
        AuditEvent(
            at=utc_now(),
            type=type_,
            subject_type=type_.partition(".")[0],
            subject_id=subject,
            by_subject=by.subject,
            by_name=by.name,
            data=data,
        )
    )


def list_events(session: Session, *subjects: UUID) -> list[AuditEvent]:
    """Give the events of these subjects, oldest first."""
    return list(session.scalars(select(AuditEvent).where(AuditEvent.subject_id.in_(subjects)).order_by(AuditEvent.id)))
