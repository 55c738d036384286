"""People who have not come in: who they are, and the one reminder each of them gets."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.chain import remind_key
from service.accounts.models import Account
from service.accounts.repository import get_account
from service.accounts.states import AccountState
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.jobs.queue import enqueue
from service.mail.stops import StoppedAddress


def is_never_used(settings: Settings) -> ColumnElement[bool]:
    """Say in SQL that somebody has had the access mail for so many days, or a reminder, and was not seen to use it."""
    return and_(_is_unused(), or_(Account.reminded_at.is_not(None), _is_old(settings)))


def list_to_remind(session: Session, *, settings: Settings) -> list[UUID]:
    """Give the accounts whose reminder is due; one whose address sends letters back waits until that is mended."""
    is_stopped = select(StoppedAddress.address).where(StoppedAddress.address == func.lower(Account.email)).exists()
    query = select(Account.id).where(_is_unused(), Account.reminded_at.is_(None), _is_old(settings), ~is_stopped)
    return list(session.scalars(query.order_by(Account.access_sent_at)))


def ask_reminder(session: Session, account_id: UUID) -> None:
    """Have the reminder sent. Leaves job `account.remind`; the same account again changes nothing."""
    account = get_account(session, account_id)
    enqueue(session, "account.remind", remind_key(account), {"account_id": str(account_id)})


def may_be_reminded(account: Account) -> bool:
    """Say whether the reminder still makes sense: the conditions, looked at again when it leaves."""
    return (
        account.state == AccountState.ACTIVE
        and account.subject is not None
        and account.reminded_at is None
        and account.password_set_at is None
        and account.first_sign_in_at is None
    )


def mark_reminded(session: Session, account_id: UUID) -> None:
    """The new link was handed over. Leaves `account.reminded`."""
    account = get_account(session, account_id, lock=True)
    account.reminded_at = account.access_sent_at = utc_now()
    record(session, "account.reminded", account.id, by=SYSTEM)


def _is_unused() -> ColumnElement[bool]:
    return and_(
        Account.state == AccountState.ACTIVE,
        Account.subject.is_not(None),
        Account.password_set_at.is_(None),
        Account.first_sign_in_at.is_(None),
    )


def _is_old(settings: Settings) -> ColumnElement[bool]:
    return Account.access_sent_at < utc_now() - timedelta(days=settings.access_reminder_days)
