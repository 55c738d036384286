"""How accounts ended, as the trail tells it: whom a decision brings back, and whom a company may not have back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.accounts.models import Account
from service.accounts.states import AccountState
from service.audit.trail import AuditEvent
from service.clock import local_date
from service.errors import ConflictError
from service.locales import N_, gettext

REVOKED, CANCELLED = "account.revoked", "account.cancelled"
BARRED = N_("La persona è stata revocata da ICRI il %(day)s: un’impresa non può farla tornare")
BARRED_SUSPENDED = N_(
    "La persona era sospesa quando la sua impresa l’ha tolta, il %(day)s: solo ICRI può farla tornare"
)


class BarredError(ConflictError):
    """ICRI has shut the person out, and what was asked for would not bring it back: a decision of its own does."""

    code = "barred"


@dataclass(frozen=True, slots=True)
class Ending:
    """An account that has ended; `at` is None where the trail does not tell."""

    account: Account
    at: datetime | None = None
    by_name: str = ""
    reason: str = ""
    is_cancelled: bool = False  # given up before it was created
    is_by_company: bool = False

    @property
    def bar(self) -> str:
        """Why a company may not have the person back, to be translated with the day."""
        return BARRED_SUSPENDED if self.is_by_company else BARRED

    @property
    def day(self) -> str:
        """The day as the bar says it."""
        return local_date(self.at).strftime("%d/%m/%Y") if self.at else "…"


def ended_accounts(email: str) -> Select[Account]:
    """Select the ended accounts of an address: first whom Keycloak still has, then the newest."""
    query = select(Account).where(func.lower(Account.email) == email.lower(), Account.state == AccountState.REVOKED)
    return query.order_by(Account.subject.is_(None), Account.created_at.desc(), Account.id)


def ending_of(session: Session, account: Account) -> Ending:
    """Tell when an account ended, by whom and why."""
    by_company = exists().where(Account.subject == AuditEvent.by_subject)
    query = select(AuditEvent, by_company).where(
        AuditEvent.subject_id == account.id, AuditEvent.type.in_([REVOKED, CANCELLED])
    )
    found = session.execute(query.order_by(AuditEvent.id.desc()).limit(1)).first()
    if found is None:
        return Ending(account, is_by_company=account.is_ended_by_company)
    event: AuditEvent = found[0]
    reason = str(event.data.get("reason") or "")
    is_by_company = account.is_ended_by_company or bool(found[1])
    return Ending(account, event.at, event.by_name, reason, event.type == CANCELLED, is_by_company)


def find_return(session: Session, email: str, *, is_at_keycloak: bool = False) -> Ending | None:
    """Find whom a decision of staff for this address brings back; `is_at_keycloak` leaves out who was never created."""
    query = ended_accounts(email)
    query = query.where(Account.subject.is_not(None)) if is_at_keycloak else query
    account = session.scalar(query.limit(1))
    return ending_of(session, account) if account is not None else None


def find_bar(session: Session, email: str) -> Ending | None:
    """Find the account of an address that ICRI has ended: a company does not have its person back, staff may.

    One that was given up before its person was created keeps nobody out.
    """
    account = session.scalar(ended_accounts(email).where(_bars(Account)).limit(1))
    return ending_of(session, account) if account is not None else None


def bar_of(session: Session, account: Account) -> Ending | None:
    """Find who bars an account that was not created; None for any other."""
    return find_bar(session, account.email) if account.state == AccountState.FAILED else None


def barred_of(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Give those of these accounts that were not created and that somebody bars."""
    failed = aliased(Account)
    barring = exists().where(func.lower(Account.email) == func.lower(failed.email), _bars(Account))
    return set(
        session.scalars(select(failed.id).where(failed.id.in_(ids), failed.state == AccountState.FAILED, barring))
    )


def _bars(ended: type[Account]) -> ColumnElement[bool]:
    cancelled = exists().where(AuditEvent.subject_id == ended.id, AuditEvent.type == CANCELLED)
    return and_(
        ended.state == AccountState.REVOKED,
        ended.is_ended_by_company.is_(False),
        or_(ended.subject.is_not(None), ~cancelled),
    )


def require_unbarred(session: Session, account: Account) -> None:
    """Raise BarredError when trying again, or linking, would not let the person in."""
    if found := bar_of(session, account):
        raise BarredError(gettext(found.bar, day=found.day) + ".")
