"""How often something may be done: counted in the database, exact between processes, failing closed."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Identity, Index, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.clock import utc_now
from service.database import Base


class LimitHit(Base):
    """One use of a limited thing; the key is a hash, so no address is kept."""

    __tablename__ = "limit_hit"
    __table_args__ = (Index("ix__limit_hit__key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str]
    at: Mapped[datetime]


def take(session: Session, what: str, key: str, *limits: tuple[int, timedelta]) -> bool:
    """Count one use of `what` by `key` when every (count, window) allows it; False, and not counted, otherwise."""
    hashed = hashlib.sha256(f"{what}:{key.lower()}".encode()).hexdigest()
    # Two requests at once must not both see the last free place: one key, one after the other.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(hashed, 0))))
    now = utc_now()
    for count, window in limits:
        used = session.scalar(
            select(func.count()).select_from(LimitHit).where(LimitHit.key == hashed, LimitHit.at > now - window)
        )
        if (used or 0) >= count:
            return False
    session.add(LimitHit(key=hashed, at=now))
    session.flush()
    return True


def forget(session: Session, *, older_than: timedelta) -> None:
    """Drop what no window needs any more."""
    session.execute(delete(LimitHit).where(LimitHit.at < utc_now() - older_than))
