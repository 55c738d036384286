"""Forms that came when their sign-in was too old: kept while the person signs in again, for that person alone.

A browser holds a random 256-bit id, the database its SHA-256. What was typed lives ten minutes and is in no log.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.access.sessions import hashed
from service.clock import utc_now
from service.database import Base

LIFETIME = timedelta(minutes=10)
MOST = 5  # of one person: several tabs, and no store of what is sent again and again


class ParkedForm(Base):
    """One form as it was posted: where to, and its fields by name."""

    __tablename__ = "parked_form"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    path: Mapped[str]
    fields: Mapped[dict[str, Any]]
    parked_at: Mapped[datetime] = mapped_column(index=True)


def park(session: Session, *, subject: str, path: str, fields: Mapping[str, Sequence[str]]) -> str:
    """Keep a form; give the id for the address. The oldest of this person make room."""
    newest = select(ParkedForm.token_hash).where(ParkedForm.subject == subject)
    kept = newest.order_by(ParkedForm.parked_at.desc()).limit(MOST - 1)
    session.execute(delete(ParkedForm).where(ParkedForm.subject == subject, ParkedForm.token_hash.not_in(kept)))
    presented = secrets.token_urlsafe(32)
    plain = {name: list(values) for name, values in fields.items()}
    session.add(ParkedForm(token_hash=hashed(presented), subject=subject, path=path, fields=plain, parked_at=utc_now()))
    session.flush()
    return presented


def find_parked(session: Session, presented: str, *, subject: str) -> ParkedForm | None:
    """Look one up; another person's, like an old one, does not exist."""
    return session.scalar(
        select(ParkedForm).where(
            ParkedForm.token_hash == hashed(presented),
            ParkedForm.subject == subject,
            ParkedForm.parked_at > utc_now() - LIFETIME,
        )
    )


def purge_parked(session: Session) -> int:
    """Delete what has run out; a job calls it, and nothing depends on when. Gives the number of rows."""
    result = session.execute(delete(ParkedForm).where(ParkedForm.parked_at <= utc_now() - LIFETIME))
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount
