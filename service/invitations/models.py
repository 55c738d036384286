"""Table of the invitations."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base, enum_column
from service.invitations.states import InvitationState, RowState, SheetState

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


class InvitationSheet(Base):
    """A spreadsheet somebody has sent: looked at first, and only when confirmed worked off by a job.

    `roles` are the person's of that moment: the job acts with no more.
    """

    __tablename__ = "invitation_sheet"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[SheetState] = mapped_column(enum_column(SheetState, "state"), default=SheetState.SHOWN)
    name: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by_subject: Mapped[str] = mapped_column(index=True)
    made_by_name: Mapped[str]
    roles: Mapped[list[str]]
    ended_at: Mapped[datetime | None]


class InvitationRow(Base):
    """One company of a spreadsheet: an invitee, or why it cannot be one."""

    __tablename__ = "invitation_row"

    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("invitation_sheet.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)  # as the spreadsheet counts it, from 1
    state: Mapped[RowState] = mapped_column(enum_column(RowState, "state"))
    values: Mapped[dict[str, Any]]  # of an Invitee; of a wrong one what was typed
    message: Mapped[str] = mapped_column(default="")
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitation.id", ondelete="SET NULL"), index=True)
