"""Tables of the accounts: the person at Keycloak, for which supplier it acts, and who stands in its way there."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.accounts.states import AccountState
from service.database import Base, enum_column


class Account(Base):
    """`username` is chosen when the request is approved; `subject` comes from Keycloak."""

    __tablename__ = "account"
    __table_args__ = (
        Index("ix__account__email", text("lower(email)")),
        CheckConstraint("(state = 'suspended') = (suspended_at is not null)", name="suspended"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[AccountState] = mapped_column(enum_column(AccountState, "state"), default=AccountState.PENDING)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    locale: Mapped[str]
    subject: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    access_sent_at: Mapped[datetime | None]
    access_sends: Mapped[int] = mapped_column(default=0)
    temporary_password_until: Mapped[datetime | None]
    failure: Mapped[str | None]
    # from Keycloak's events, at their true times; the password also by asking: then it is the instant of the question
    password_set_at: Mapped[datetime | None]
    access_checked_at: Mapped[datetime | None]
    person_created_at: Mapped[datetime | None]
    person_verified_at: Mapped[datetime | None]
    link_opened_at: Mapped[datetime | None]  # at the latest: Keycloak tells it with the password
    dead_link_at: Mapped[datetime | None]  # the last time a link was opened that works no more
    first_sign_in_at: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspended_by_name: Mapped[str | None]
    suspension_reason: Mapped[str | None]
    suspension_text: Mapped[str | None]  # for staff: the person is told nothing by mail
    readmitted_at: Mapped[datetime | None]
    is_ended_by_company: Mapped[bool] = mapped_column(default=False)  # it may have the person back by itself
    switches: Mapped[int] = mapped_column(default=0)  # numbers the jobs that let it in or shut it out


class Membership(Base):
    """For which supplier a person acts, by the supplier's number."""

    __tablename__ = "membership"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    supplier_number: Mapped[str] = mapped_column(ForeignKey("supplier.number"), primary_key=True, index=True)
    is_admin: Mapped[bool]
    joined_at: Mapped[datetime | None]  # of one that was added to an account that existed
    # by the company's administrator, who may not learn whether the person had an account: the name as it was typed
    invited_at: Mapped[datetime | None]
    invited_name: Mapped[str | None]
    letters: Mapped[int] = mapped_column(default=0)  # sent again by the administrator


class EndedMembership(Base):
    """An account acted for a supplier and by somebody's decision does so no more."""

    __tablename__ = "ended_membership"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    supplier_number: Mapped[str] = mapped_column(ForeignKey("supplier.number"), primary_key=True, index=True)
    ended_at: Mapped[datetime]


class AccountConflict(Base):
    """A person at Keycloak with the name or address an account wants, as a job has seen it; and who takes it over.

    The pages do not ask Keycloak: what an admin must know before the two are linked stands here.
    """

    __tablename__ = "account_conflict"
    __table_args__ = (CheckConstraint("(confirmed_at is null) = (confirmed_by is null)", name="confirmed"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str]
    username: Mapped[str]
    email: Mapped[str]
    is_enabled: Mapped[bool]
    is_staff: Mapped[bool]
    marker: Mapped[str | None]
    groups: Mapped[list[str]] = mapped_column(JSONB)
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]


class EventWatermark(Base):
    """Up to which instant events of the identity provider were read, by what is read of them."""

    __tablename__ = "event_watermark"

    name: Mapped[str] = mapped_column(primary_key=True)
    read_until: Mapped[datetime]


class EmailChange(Base):
    """A person's wish for another login address; the account has the old one until Keycloak has taken the new."""

    __tablename__ = "email_change"
    __table_args__ = (
        Index(
            "uq__email_change__open",
            "account_id",
            unique=True,
            postgresql_where=text("applied_at is null and ended_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    old_email: Mapped[str]
    new_email: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
