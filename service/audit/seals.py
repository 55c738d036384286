"""The chain over the committed events: a seal each, in one order, and its head, exported where no database reaches.

Events are recorded without a lock and commit in any order, so the chain is made behind them, by one at a time.
"""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.audit import signing
from service.audit.signing import audit_key, event_mac, seal_hash
from service.audit.trail import AuditEvent
from service.database import Base, database_now

GENESIS = b""
BATCH = 1000
# what signing wants of a row, in its order
SIGNED = (
    "e.nonce, extract(epoch from e.at)::text, e.type, e.subject_type, e.subject_id::text, e.by_subject, e.by_name,"
    " e.data::text"
)
# who commits an hour after another with a later number does not exist: every transaction has its time-outs
FLOOR = text("select event_id from audit_seal where sealed_at < now() - interval '1 hour' order by number desc limit 1")
UNSEALED = text(
    f"select e.id, e.mac, {SIGNED} from audit_event e where e.id > :floor"  # noqa: S608 - a constant
    " and not exists (select from audit_seal s where s.event_id = e.id) order by e.id limit :limit"
)


class AuditSeal(Base):
    """A link: which event, what its signature was, and a signature over that and the link before."""

    __tablename__ = "audit_seal"
    __table_args__ = (Index("uq__audit_seal__event_id", "event_id", unique=True),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit_event.id"))
    event_mac: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class HeadError(Exception):
    """A head that is none, or that the chain does not hold any more; the text says which."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the chain: as many events are sealed, and whoever keeps this knows if one is gone."""

    number: int
    hash: str

    def __str__(self) -> str:
        """Write it as it is exported."""
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, written: str) -> "Head":
        """Read what was exported. Raises: HeadError."""
        found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", written.strip())
        if found is None:
            raise HeadError(f"Non è una testa del registro, come 1234:0f3a…: {written.strip()[:80] or 'vuota'}")
        return cls(int(found[1]), found[2])

    @classmethod
    def read(cls, path: Path) -> "Head | None":
        """Read the file of a head; None when there is none yet. Raises: HeadError."""
        return cls.parse(path.read_text(encoding="utf-8")) if path.exists() else None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a batch did: how many seals, the last event looked at (None: no event was left), forged ones left out."""

    count: int
    last: int | None
    forged: tuple[int, ...]


def seal_batch(session: Session, *, after: int | None = None, limit: int = BATCH) -> Sealed:
    """Seal the next committed events, behind event `after` or where an earlier one may still have come in.

    An event whose signature is not ours is left out, for `verifying` to find. Safe to repeat, one at a time.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("audit.seal", 0))))
    floor = after if after is not None else session.scalar(FLOOR) or 0
    rows = session.execute(UNSEALED, {"floor": floor, "limit": limit}).all()
    if not rows:
        return Sealed(0, None, ())
    number, previous, takes_old = _end(session)
    now, key = database_now(session), audit_key()
    written, seals, forged = signing.seconds(now), [], []
    for row in rows:
        mac = event_mac(key, row.nonce, row[3:])
        if not (is_ours(row.nonce, row.mac, mac) or (takes_old and row.nonce is None and row.mac is None)):
            forged.append(row.id)
            continue
        takes_old = takes_old and row.mac is None
        number += 1
        previous = seal_hash(key, previous, number=number, event_id=row.id, mac=mac, sealed_at=written)
        seals.append({"number": number, "event_id": row.id, "event_mac": mac, "sealed_at": now, "hash": previous})
    if seals:
        session.execute(insert(AuditSeal), seals)
    return Sealed(len(seals), rows[-1].id if len(rows) == limit else None, tuple(forged))


def is_ours(nonce: bytes | None, given: bytes | None, right: bytes) -> bool:
    """Say whether a row carries its own signature; the one in an old row's seal fits no row."""
    return nonce is not None and given == right  # nobody is told how far a guess was right


def find_head(session: Session) -> Head | None:
    """Give the last link; None before the first."""
    found = session.execute(select(AuditSeal.number, AuditSeal.hash).order_by(AuditSeal.number.desc()).limit(1)).first()
    return Head(found.number, found.hash.hex()) if found else None


def export_head(session: Session, path: Path) -> None:
    """Write the head into a file, if the chain still holds the one that is there. Raises: HeadError.

    A head that is not in the chain is the proof of a loss: it stays until a person moves the file away.
    """
    head, kept = find_head(session), Head.read(path)
    if kept is not None and not holds(session, kept):
        raise HeadError(f"Il registro non contiene più la testa esportata {kept.number} ({path}).")
    if head is None or head == kept:
        return
    staging = path.with_name(f"{path.name}.{os.getpid()}")
    with staging.open("w", encoding="utf-8") as file:
        file.write(f"{head}\n")
        file.flush()
        os.fsync(file.fileno())
    staging.replace(path)


def holds(session: Session, head: Head) -> bool:
    """Say whether the chain has this link."""
    found = session.scalar(select(AuditSeal.hash).where(AuditSeal.number == head.number))
    return found is not None and found.hex() == head.hash


def _end(session: Session) -> tuple[int, bytes, bool]:
    """Give the last number, its hash, and whether rows from before there were signatures may still follow."""
    query = (
        select(AuditSeal.number, AuditSeal.hash, AuditEvent.id, AuditEvent.mac.is_(None).label("is_old"))
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .order_by(AuditSeal.number.desc())
        .limit(1)
    )
    last = session.execute(query).first()
    return (last.number, last.hash, last.id is not None and last.is_old) if last else (0, GENESIS, True)
