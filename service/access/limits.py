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
    lock(session, what, key)
    if not has_room(session, what, key, *limits):
        return False
    count(session, what, key)
    return True


def lock(session: Session, what: str, key: str = "") -> None:
    """Let one after the other look and count, until the transaction ends: two must not both see the last place."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_hashed(what, key), 0))))


def has_room(session: Session, what: str, key: str, *limits: tuple[int, timedelta]) -> bool:
    """Say whether every (count, window) allows one more use; the caller holds a lock."""
    hashed, now = _hashed(what, key), utc_now()
    return all(
        (session.scalar(select(func.count(LimitHit.id)).where(LimitHit.key == hashed, LimitHit.at > now - window)) or 0)
        < most
        for most, window in limits
    )


def count(session: Session, what: str, key: str) -> None:
    """Count one use."""
    session.add(LimitHit(key=_hashed(what, key), at=utc_now()))
    session.flush()


def _hashed(what: str, key: str) -> str:
    return hashlib.sha256(f"{what}:{key.lower()}".encode()).hexdigest()


def forget(session: Session, *, older_than: timedelta) -> None:
    """Drop what no window needs any more."""
    session.execute(delete(LimitHit).where(LimitHit.at < utc_now() - older_than))
