"""The delivery log: one row a letter, kept 90 days."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Identity, Index, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.clock import utc_now
from service.database import Base, enum_column
from service.mail.port import Letter


class DeliveryStatus(StrEnum):
    """`sending` is written before the mail server is asked; found again it means: maybe sent."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Delivery(Base):
    """A letter about an application, invitation or account, and what became of it."""

    __tablename__ = "mail_delivery"
    __table_args__ = (Index("ix__mail_delivery__about", "about"),)

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


def list_deliveries(session: Session, *about: UUID) -> list[Delivery]:
    """Give the letters about these things, oldest first."""
    return list(session.scalars(select(Delivery).where(Delivery.about.in_(about)).order_by(Delivery.id)))


def list_sent(session: Session, about: Iterable[UUID], people: Iterable[str], *, limit: int) -> list[Delivery]:
    """Give the letters that have left about these things for these addresses, newest first."""
    query = select(Delivery).where(
        Delivery.about.in_(list(about)),
        func.lower(Delivery.to_address).in_([address.lower() for address in people]),
        Delivery.sent_at.is_not(None),
    )
    return list(session.scalars(query.order_by(Delivery.id.desc()).limit(limit)))


def note_sending(session: Session, job_key: str, message: str, about: UUID, letter: Letter) -> None:
    """Write, before the mail server is asked, that a letter is on its way; a second try finds its row there."""
    if session.scalar(select(Delivery.id).where(Delivery.job_key == job_key)) is None:
        delivery = Delivery(job_key=job_key, message=message, about=about, to_address=letter.to, subject=letter.subject)
        delivery.status, delivery.started_at = DeliveryStatus.SENDING, utc_now()
        session.add(delivery)


def note(session: Session, job_key: str, *, status: DeliveryStatus, error: str | None = None) -> None:
    """Write what became of a letter."""
    delivery = session.scalar(select(Delivery).where(Delivery.job_key == job_key))
    if delivery is None:
        return
    delivery.status, delivery.error = status, error
    if status == DeliveryStatus.SENT:
        delivery.sent_at = utc_now()


def forget_deliveries(session: Session, *, days: int) -> None:
    """Drop the log of letters after a while: it holds addresses."""
    session.execute(delete(Delivery).where(Delivery.started_at < utc_now() - timedelta(days=days)))
