"""Server-side sessions of applicants, who have no account: what their browser may open, and for how long; no HTTP.

As in `sessions`, the cookie holds a random id and the database its SHA-256.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.access.sessions import hashed
from service.clock import utc_now
from service.database import Base, enum_column

APPLICANT_LIFETIME = timedelta(hours=12)
LONGEST_LIFE = timedelta(days=7)
PROVEN = "proven"


class ApplicantSessionKind(StrEnum):
    """What an applicant's session opens: the draft, or the status page of a sent application."""

    DRAFT = "draft"
    STATUS = "status"


class ApplicantSession(Base):
    """An applicant's browser. Before the first Salva there is no application: `data` keeps what was chosen by then.

    `data` also keeps the address this browser has proven: it used a link that was mailed there.
    """

    __tablename__ = "applicant_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[ApplicantSessionKind] = mapped_column(enum_column(ApplicantSessionKind, "kind"))
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


def open_applicant(
    session: Session,
    kind: ApplicantSessionKind,
    *,
    application_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> str:
    """Open an applicant's session for 12 hours; give the id for the cookie."""
    presented = secrets.token_urlsafe(32)
    now = utc_now()
    session.add(
        ApplicantSession(
            token_hash=hashed(presented),
            kind=kind,
            application_id=application_id,
            data=data or {},
            created_at=now,
            expires_at=now + APPLICANT_LIFETIME,
        )
    )
    session.flush()
    return presented


def find_applicant(session: Session, presented: str) -> ApplicantSession | None:
    """Look up a live applicant's session. Set `application_id` or a new dict as `data` on what it gives."""
    return session.scalar(
        select(ApplicantSession).where(
            ApplicantSession.token_hash == hashed(presented), ApplicantSession.expires_at > utc_now()
        )
    )


def extend_applicant(found: ApplicantSession) -> None:
    """Give a live session its whole lifetime again from now, as often as its browser asks (WCAG 2.2.1), up to a week.

    WCAG asks for ten times the limit at least; without an end, a browser left open would never need a link again.
    """
    found.expires_at = min(utc_now() + APPLICANT_LIFETIME, found.created_at + LONGEST_LIFE)


def proven_address(found: ApplicantSession | None) -> str:
    """Give the address whose mailbox this browser has shown to read, in small letters; empty when none."""
    return str(found.data.get(PROVEN, "")) if found else ""


def end_applicant(session: Session, presented: str) -> None:
    """End this browser's session ("Chiudi la bozza su questo computer")."""
    session.execute(delete(ApplicantSession).where(ApplicantSession.token_hash == hashed(presented)))


def end_applicants_of(session: Session, application_id: UUID, kind: ApplicantSessionKind, *, but: str = "") -> None:
    """End every browser's session of this kind for an application, for instance the drafts once it is sent.

    `but` is the cookie of a browser that stays.
    """
    session.execute(
        delete(ApplicantSession).where(
            ApplicantSession.application_id == application_id,
            ApplicantSession.kind == kind,
            ApplicantSession.token_hash != hashed(but),
        )
    )


def purge_applicants(session: Session) -> None:
    """Delete what has run out; a job calls it, and nothing depends on when."""
    session.execute(delete(ApplicantSession).where(ApplicantSession.expires_at <= utc_now()))
