"""The delivery log: one row a letter, kept 90 days."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Identity, Index, Select, delete, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.clock import utc_now
from service.database import Base, enum_column
from service.mail.port import Letter


class DeliveryStatus(StrEnum):
    """`sending` is written before the mail server is asked; found again it means: maybe sent.

    `failed`: the mail server did not take it. `bounced`: it took it, and it came back. `held`: not sent, because its
    address has sent another one back.
    """

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    HELD = "held"


class Delivery(Base):
    """A letter about an application, invitation or account, and what became of it."""

    __tablename__ = "mail_delivery"
    __table_args__ = (
        Index("ix__mail_delivery__about", "about"),
        Index("ix__mail_delivery__to_address", text("lower(to_address)")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    job_key: Mapped[str] = mapped_column(unique=True)
    message: Mapped[str]
    about: Mapped[UUID]
    to_address: Mapped[str]
    subject: Mapped[str]
    status: Mapped[DeliveryStatus] = mapped_column(enum_column(DeliveryStatus, "status"))
    started_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
    message_id: Mapped[str | None] = mapped_column(unique=True)
    report: Mapped[str | None]  # the fingerprint of the last report of it: read again, it counts nothing


def list_deliveries(session: Session, *about: UUID) -> list[Delivery]:
    """Give the letters about these things, oldest first."""
    return list(session.scalars(select(Delivery).where(Delivery.about.in_(about)).order_by(Delivery.id)))


def count_deliveries(session: Session) -> dict[str, int]:
    """Count the letters of the log by what became of them, those that nothing became of included."""
    query = select(Delivery.status, func.count()).group_by(Delivery.status)
    found = {status.value: number for status, number in session.execute(query)}
    return {status.value: found.get(status.value, 0) for status in DeliveryStatus}


def list_sent(
    session: Session, about: Iterable[UUID], people: Iterable[str], *, without: str, limit: int
) -> list[Delivery]:
    """Give the letters that have left about these things for these addresses, but for one kind, newest first."""
    query = select(Delivery).where(
        Delivery.about.in_(list(about)),
        Delivery.message != without,
        func.lower(Delivery.to_address).in_([address.lower() for address in people]),
        Delivery.sent_at.is_not(None),
    )
    return list(session.scalars(query.order_by(Delivery.id.desc()).limit(limit)))


def find_delivery(session: Session, *, job_key: str = "", message_id: str = "") -> Delivery | None:
    """Look a letter up by its job or by its Message-ID, and keep others from changing it."""
    is_it = Delivery.job_key == job_key if job_key else Delivery.message_id == message_id
    return session.scalar(select(Delivery).where(is_it).with_for_update())


def note_sending(
    session: Session, job_key: str, message: str, about: UUID, letter: Letter, *, message_id: str
) -> Delivery:
    """Write, before the mail server is asked, that a letter is on its way; a second try finds its row there.

    A letter that failed or came back may leave again, and to another address: its row says where it goes now.
    """
    delivery = find_delivery(session, job_key=job_key)
    if delivery is None:
        delivery = Delivery(job_key=job_key, message=message, about=about, started_at=utc_now())
        session.add(delivery)
    delivery.to_address, delivery.subject, delivery.message_id = letter.to, letter.subject, message_id
    delivery.status, delivery.error = DeliveryStatus.SENDING, None
    session.flush()
    return delivery


def note(session: Session, job_key: str, *, status: DeliveryStatus, error: str | None = None) -> None:
    """Write what became of a letter."""
    delivery = session.scalar(select(Delivery).where(Delivery.job_key == job_key))
    if delivery is None:
        return
    delivery.status, delivery.error = status, error
    if status == DeliveryStatus.SENT:
        delivery.sent_at = utc_now()


def forget_deliveries(session: Session, *, days: int, keep: Select[int]) -> None:
    """Drop the log of letters after a while: it holds addresses. Those to `keep` stay."""
    old = Delivery.started_at < utc_now() - timedelta(days=days)
    session.execute(delete(Delivery).where(old, Delivery.id.not_in(keep)))
