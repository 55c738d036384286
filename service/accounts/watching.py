"""Whether people have set their password, asked at Keycloak one by one: where its events do not tell (`happenings`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.accounts.repository import get_account
from service.accounts.states import AccountState
from service.clock import utc_now

AT_ONCE = 50
ASK_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watched:
    """An account whose password was not seen yet."""

    account_id: UUID
    subject: str


def list_watched(session: Session, *, is_told: bool = False) -> Sequence[Watched]:
    """Give some accounts that have their access mail and no password of their own yet, the longest unasked first.

    `is_told`: events are there to tell of them; asked is then once a day, in case they did not (kept too short a time,
    not written for a while, older than the portal).
    """
    query = (
        select(Account.id, Account.subject)
        .where(
            Account.state == AccountState.ACTIVE,
            Account.subject.is_not(None),
            Account.access_sent_at.is_not(None),
            Account.password_set_at.is_(None),
        )
        .order_by(Account.access_checked_at.nulls_first(), Account.access_sent_at)
        .limit(AT_ONCE)
    )
    if is_told:
        query = query.where(func.coalesce(Account.access_checked_at, Account.access_sent_at) < utc_now() - ASK_AGAIN)
    return [Watched(account_id, subject) for account_id, subject in session.execute(query) if subject]


def note_checked(session: Session, account_id: UUID, *, has_password: bool) -> None:
    """Write what Keycloak said; when it happened it does not say, so the instant is that of the question.

    `password_set_at` is then `access_checked_at`, until an event tells the true one (`is_only_seen`).
    """
    account = get_account(session, account_id, lock=True)
    account.access_checked_at = utc_now()
    if has_password and account.password_set_at is None:
        account.password_set_at = account.access_checked_at


def is_only_seen(account: Account) -> bool:
    """Say whether the password was found there, and no event has told since when."""
    return account.password_set_at is not None and account.password_set_at == account.access_checked_at
