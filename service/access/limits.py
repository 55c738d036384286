"""How often something may be done: counted in the database, exact between processes, failing closed.

Whoever counts takes a lock first, so that two do not both see the last place. Instants are the database's own: machines
whose clocks differ count the same. What a committed transaction has counted survives every crash; what was not
committed was not done either, and does not count.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Identity, Index, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.database import Base
from service.errors import TooManyError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Limit = tuple[int, timedelta]


class LimitHit(Base):
    """One use of a limited thing; the key is a hash, so no address is kept."""

    __tablename__ = "limit_hit"
    __table_args__ = (Index("ix__limit_hit__key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of `what` by `key`, and how often each window allows it."""

    what: str
    key: str
    limits: tuple[Limit, ...]


def take(session: Session, what: str, key: str, *limits: Limit) -> bool:
    """Count one use of `what` by `key` when every (count, window) allows it; False, and not counted, otherwise."""
    lock(session, what, key)
    if not has_room(session, what, key, *limits):
        return False
    count(session, what, key)
    return True


def demand(session: Session, *uses: Use) -> None:
    """Count all these uses, or none of them; the caller holds a lock that all of them share.

    Raises: TooManyError with the instant from which there is room for all.
    """
    waits = [until for use in uses if (until := wait(session, use.what, use.key, *use.limits)) is not None]
    if waits:
        raise TooManyError(max(waits))
    for use in uses:
        count(session, use.what, use.key)


def lock(session: Session, what: str, key: str = "") -> None:
    """Let one after the other look and count, until the transaction ends: two must not both see the last place."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_hashed(what, key), 0))))


def has_room(session: Session, what: str, key: str, *limits: Limit) -> bool:
    """Say whether every (count, window) allows one more use; the caller holds a lock."""
    return wait(session, what, key, *limits) is None


def wait(session: Session, what: str, key: str, *limits: Limit) -> datetime | None:
    """Give the instant from which every (count, window) allows one more use; None when that is now."""
    hashed = _hashed(what, key)
    ends = [
        oldest + window
        for most, window in limits
        # the newest `most` uses fill the window as long as the oldest of them is inside
        if (
            oldest := session.scalar(
                select(LimitHit.at)
                .where(LimitHit.key == hashed, LimitHit.at > func.clock_timestamp() - window)
                .order_by(LimitHit.at.desc())
                .offset(most - 1)
                .limit(1)
            )
        )
    ]
    return max(ends, default=None)


def count(session: Session, what: str, key: str) -> None:
    """Count one use."""
    session.execute(insert(LimitHit).values(key=_hashed(what, key), at=func.clock_timestamp()))


def forget(session: Session, *, older_than: timedelta) -> None:
    """Drop what no window needs any more."""
    session.execute(delete(LimitHit).where(LimitHit.at < func.clock_timestamp() - older_than))


def _hashed(what: str, key: str) -> str:
    return hashlib.sha256(f"{what}:{key.lower()}".encode()).hexdigest()
