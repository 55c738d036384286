"""Addresses that have sent a letter of ours back: no further one goes there until somebody has mended it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.clock import utc_now
from service.database import Base
from service.mail.models import Delivery, DeliveryStatus
from service.mail.port import MailRefusedError

BEGIN = "L'indirizzo ha respinto un messaggio"
CAUGHT = (DeliveryStatus.BOUNCED, DeliveryStatus.HELD, DeliveryStatus.FAILED)


class AddressStoppedError(MailRefusedError):
    """The letter is held: its address has sent one back."""


class StoppedAddress(Base):
    """In small letters; it goes with the letter that came back, when that is erased with what it was about."""

    __tablename__ = "stopped_address"
    __table_args__ = (Index("ix__stopped_address__delivery_id", "delivery_id"),)

    address: Mapped[str] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("mail_delivery.id", ondelete="CASCADE"))
    reason: Mapped[str]
    stopped_at: Mapped[datetime]


def stop(session: Session, delivery: Delivery, *, reason: str) -> None:
    """Send nothing more to a letter's address; a second letter that came back changes nothing."""
    values = {"address": delivery.to_address.lower(), "delivery_id": delivery.id, "reason": reason}
    wanted = pg_insert(StoppedAddress).values(**values, stopped_at=utc_now())
    session.execute(wanted.on_conflict_do_nothing(index_elements=["address"]))


def find_stop(session: Session, address: str) -> StoppedAddress | None:
    """Look an address up."""
    return session.get(StoppedAddress, address.strip().lower(), populate_existing=True)


def list_stops(
    session: Session, *, addresses: Iterable[str] | None = None, about: Collection[UUID] = (), limit: int = 100
) -> list[StoppedAddress]:
    """Give the stopped ones, the latest first: all, or of these addresses and those written to about these things."""
    query = select(StoppedAddress).order_by(StoppedAddress.stopped_at.desc(), StoppedAddress.address).limit(limit)
    if addresses is not None:
        written_to = select(func.lower(Delivery.to_address)).where(Delivery.about.in_(about))
        named = {one.strip().lower() for one in addresses}
        query = query.where(or_(StoppedAddress.address.in_(named), StoppedAddress.address.in_(written_to)))
    return list(session.scalars(query))


def count_stops(session: Session) -> int:
    """Count the addresses nothing goes to."""
    return session.scalar(select(func.count()).select_from(StoppedAddress)) or 0


def require_open(session: Session, address: str) -> None:
    """Refuse an address that has sent a letter back. Raises: AddressStoppedError."""
    found = find_stop(session, address)
    if found is not None:
        raise AddressStoppedError(f"{BEGIN}: {found.reason}")


def lift(session: Session, address: str) -> bool:
    """Let letters go there again; says whether it was stopped."""
    gone = delete(StoppedAddress).where(StoppedAddress.address == address.strip().lower())
    return session.scalar(gone.returning(StoppedAddress.address)) is not None


def list_caught(session: Session, address: str, *, about: UUID | None = None) -> Sequence[Delivery]:
    """Give what came back from an address, was refused there or held, the oldest first; of one thing, or of all."""
    query = select(Delivery).where(
        func.lower(Delivery.to_address) == address.strip().lower(), Delivery.status.in_(CAUGHT)
    )
    query = query.where(Delivery.about == about) if about else query
    return session.scalars(query.order_by(Delivery.id)).all()
