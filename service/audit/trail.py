"""One append-only row for each thing that happened, signed; `seals` chains the rows once they are committed."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.access.principal import Principal
from service.audit import signing
from service.clock import utc_now
from service.database import Base

TRAIL = UUID("5ea15ea1-0000-4000-8000-000000000001")  # the trail itself, as the subject of what happens to it


class AuditEvent(Base):
    """Past tense types (`application.approved`); `data` holds from, to, reason, never a secret.

    `nonce` and `mac` are null in rows from before there were any; a constraint of the migration wants them since.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix__audit_event__subject", "subject_id", "id"),
        Index("ix__audit_event__type", "type", "id"),
        Index("ix__audit_event__by_subject", "by_subject", "id"),
        Index("ix__audit_event__at", "at", postgresql_using="brin"),
        Index("uq__audit_event__nonce", "nonce", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    type: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    by_subject: Mapped[str]
    by_name: Mapped[str]
    data: Mapped[dict[str, Any]]
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


# for a statement that writes more than the event: what `signed` gives are its parameters, FROM follows
INSERT = """
insert into audit_event (at, type, subject_type, subject_id, by_subject, by_name, data, nonce, mac)
select :at, :type, :subject_type, :subject_id, :by_subject, :by_name, cast(:data as jsonb), :nonce, :mac"""


def record(session: Session, type_: str, subject: UUID, *, by: Principal, **data: object) -> None:
    """Write what happened; the subject's kind is the word before the dot of the type.

    Raises: KeyMissingError in a process that does not know the key.
    """
    session.add(AuditEvent(**signed(type_, subject, by=by, **data)))


def signed(type_: str, subject: UUID, *, by: Principal, **data: object) -> dict[str, Any]:
    """Give the columns of an event; `data` stays a dict. Raises: KeyMissingError."""
    at, nonce, kind, kept = utc_now(), signing.new_nonce(), type_.partition(".")[0], signing.plain(data)
    fields = (signing.seconds(at), type_, kind, str(subject), by.subject, by.name, json.dumps(kept))
    mac = signing.event_mac(signing.audit_key(), nonce, fields)
    return {
        "at": at,
        "type": type_,
        "subject_type": kind,
        "subject_id": subject,
        "by_subject": by.subject,
        "by_name": by.name,
        "data": kept,
        "nonce": nonce,
        "mac": mac,
    }


def list_subjects(session: Session, kind: str, subjects: Iterable[UUID]) -> set[UUID]:
    """Give those of these subjects to whom an event of this type has happened."""
    query = select(AuditEvent.subject_id).where(AuditEvent.subject_id.in_(subjects), AuditEvent.type == kind)
    return set(session.scalars(query))


def list_events(session: Session, *subjects: UUID) -> list[AuditEvent]:
    """Give the events of these subjects, oldest first."""
    return list(session.scalars(select(AuditEvent).where(AuditEvent.subject_id.in_(subjects)).order_by(AuditEvent.id)))
