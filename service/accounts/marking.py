"""What the creation of a person at Keycloak leaves on its account, step by step.

Nothing is read before it is written, and the statements are composed once: a thousand accounts at once feel both.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Update, bindparam, func, update
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.models import Account
from service.accounts.states import AccountState, next_state
from service.audit.trail import record
from service.clock import utc_now
from service.errors import NotFoundError

_account = Account.metadata.tables[Account.__tablename__]
_now = bindparam("now", type_=_account.c.created_at.type)


def _marking(*conditions: Any, **values: object) -> Update:
    changed = update(_account).where(_account.c.id == bindparam("account_id"), *conditions).values(**values)
    return changed.returning(_account.c.state)


CREATED = _marking(subject=bindparam("person"), person_created_at=func.coalesce(_account.c.person_created_at, _now))
VERIFIED = _marking(person_verified_at=func.coalesce(_account.c.person_verified_at, _now))
PROVISIONED = _marking(
    _account.c.state == AccountState.PENDING,
    state=next_state("mark_provisioned", AccountState.PENDING),
    access_sent_at=_now,
    failure=None,
)


def mark_person_created(session: Session, account_id: UUID, *, subject: str) -> bool:
    """The person is there; a repeat keeps the first instant. Gives whether the account is still wanted."""
    return _mark(session, CREATED, account_id, person=subject) == AccountState.PENDING


def mark_person_verified(session: Session, account_id: UUID) -> None:
    """Group and attributes were read and are right; a repeat keeps the first instant."""
    _mark(session, VERIFIED, account_id)


def _mark(session: Session, statement: Update, account_id: UUID, **values: str) -> AccountState:
    state: AccountState | None = session.scalar(statement, {"account_id": account_id, "now": utc_now(), **values})
    if state is None:
        raise NotFoundError
    return state


def mark_provisioned(session: Session, account_id: UUID, *, mode: str) -> None:
    """The person exists and the access mail was handed over; one that is no longer pending stays as it is.

    Leaves `account.access_sent`.
    """
    if session.scalar(PROVISIONED, {"account_id": account_id, "now": utc_now()}) is not None:  # else revoked meanwhile
        record(session, "account.access_sent", account_id, by=SYSTEM, mode=mode)
