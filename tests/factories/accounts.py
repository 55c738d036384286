"""Accounts as the worker's steps leave them, without a worker."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.audit.trail import record
from service.clock import utc_now


def created(session: Session, account_id: UUID, *, subject: str) -> None:
    """The person is at Keycloak, and was seen to be right."""
    account = session.get_one(Account, account_id)
    account.subject = subject
    account.person_created_at = account.person_verified_at = utc_now()


def provisioned(session: Session, account_id: UUID) -> None:
    """The access mail was handed over."""
    account = session.get_one(Account, account_id)
    account.state, account.access_sent_at, account.failure = AccountState.ACTIVE, utc_now(), None
    record(session, "account.access_sent", account_id, by=SYSTEM, mode="link")
    session.flush()
