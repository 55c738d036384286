"""Table of the invitations."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base, enum_column
from service.invitations.states import InvitationState

OPEN_EMAIL = "uq__invitation__open_email"


class Invitation(Base):
    """A company asked to apply; the address counts as proven once its link was used."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index(
            OPEN_EMAIL,
            text("lower(email)"),
            unique=True,
            postgresql_where=text("state in ('created', 'sent', 'opened')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    state: Mapped[InvitationState] = mapped_column(enum_column(InvitationState, "state"))
    company_name: Mapped[str]
    email: Mapped[str]
    locale: Mapped[str] = mapped_column(default="it")
    message: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="IT", server_default="IT")
    tax_code: Mapped[str | None]
    leaves: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))  # suggested
    reminded_at: Mapped[datetime | None]
    sends: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by_subject: Mapped[str]
    created_by_name: Mapped[str]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
