"""Another login address: wished for by the person, proven by a link to the new one, told to the old one.

Order: the wish, the link, then Keycloak; the account has the new address only when Keycloak has taken it, so at every
moment both sides know the same one or a job is under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access import limits
from service.access.limits import DAY, Use
from service.access.links import LinkPurpose, consume, find_link, make_link, supersede
from service.access.principal import SYSTEM, Principal
from service.access.sessions import end_by_subject
from service.accounts.bouncing import follow_address
from service.accounts.joining import find_live
from service.accounts.models import Account, EmailChange
from service.accounts.repository import get_account
from service.accounts.states import AccountState
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.errors import ConflictError, ForbiddenError
from service.jobs.outbox import post
from service.jobs.queue import enqueue

WISHES_A_DAY = 5
TAKEN_THERE = "A Keycloak l'indirizzo è di un'altra persona"
TAKEN_HERE = "Nel frattempo l'indirizzo è di un'altra utenza del portale"
LETTERS_A_DAY = (3, DAY)  # to one new address, whoever asks


class AddressTakenError(ConflictError):
    """Another account that is alive has the address by now."""

    code = "address_taken"


def ask_email_change(session: Session, account_id: UUID, new_email: str, *, by: Principal, settings: Settings) -> None:
    """Write down the wish; mail a link to the new address, a notice to the old one. Nothing changes before the link.

    An earlier wish ends. Leaves `account.email_change_asked`. To an address that somebody else has no link leaves, and
    nobody is told: it would show who is registered. Raises: ForbiddenError for another's account; TooManyError.
    """
    account = get_account(session, account_id, lock=True)
    if account.subject != by.subject or account.state != AccountState.ACTIVE:
        raise ForbiddenError
    limits.demand(session, Use("email_change", str(account_id), ((WISHES_A_DAY, DAY),)))
    end_email_change(session, account_id)
    now, lifetime = utc_now(), timedelta(hours=settings.link_hours)
    change = EmailChange(
        account_id=account_id,
        old_email=account.email,
        new_email=new_email.lower(),
        asked_at=now,
        expires_at=now + lifetime,
    )
    session.add(change)
    session.flush()
    secret = settings.secret_key.get_secret_value()
    link = make_link(session, LinkPurpose.LOGIN_ADDRESS, change.id, secret=secret, lifetime=lifetime)
    record(session, "account.email_change_asked", account_id, by=by)
    if not _is_taken(session, change) and limits.take(session, "login_address", change.new_email, LETTERS_A_DAY):
        post(session, "login_change_confirm", change.id, link=str(link.id))
    post(session, "login_change_notice", change.id)


def cancel_email_change(session: Session, account_id: UUID, *, by: Principal) -> bool:
    """Give the open wish up; its link dies. Leaves `account.email_change_cancelled`. False: there was none to end.

    A wish that was confirmed is Keycloak's already and cannot be given up.
    """
    account = get_account(session, account_id, lock=True)
    change = find_open_email_change(session, account.id)
    if change is None or change.confirmed_at is not None:
        return False
    end_email_change(session, account_id)
    record(session, "account.email_change_cancelled", account_id, by=by)
    return True


def confirm_email_change(session: Session, presented: str) -> bool:
    """Use the link: a job brings the new address to Keycloak, and from then on here. False for a dead link.

    Leaves `account.email_change_confirmed`, job `account.change_email`.
    """
    found = find_email_change(session, presented)
    if found is None:
        return False
    change, account = found
    get_account(session, account.id, lock=True)
    if account.state != AccountState.ACTIVE or _is_taken(session, change):
        return False
    if consume(session, presented, LinkPurpose.LOGIN_ADDRESS) is None:
        return False
    change.confirmed_at = utc_now()
    by = Principal(account.subject or "", f"{account.first_name} {account.last_name}")
    record(session, "account.email_change_confirmed", account.id, by=by)
    args = {"account_id": str(account.id), "change_id": str(change.id)}
    enqueue(session, "account.change_email", f"account.change_email:{change.id}", args)
    return True


def find_email_change(session: Session, presented: str) -> tuple[EmailChange, Account] | None:
    """Find the wish of a link that may still be used, with its account."""
    link = find_link(session, presented)
    if link is None or link.purpose != LinkPurpose.LOGIN_ADDRESS or not link.is_alive:
        return None
    change = session.get(EmailChange, link.about, populate_existing=True)
    if change is None or change.ended_at is not None:
        return None
    return change, get_account(session, change.account_id)


def find_open_email_change(session: Session, account_id: UUID) -> EmailChange | None:
    """Find the wish that is neither in force nor ended; when its link has run out it can only be made anew."""
    return open_email_changes(session, [account_id]).get(account_id)


def find_failed_email_change(session: Session, account_id: UUID) -> EmailChange | None:
    """Find the last wish when it was confirmed and came to nothing, until there is another."""
    query = select(EmailChange).where(EmailChange.account_id == account_id).order_by(EmailChange.asked_at.desc())
    last = session.scalar(query.limit(1))
    return last if last and last.confirmed_at and last.ended_at and not last.applied_at else None


def open_email_changes(session: Session, account_ids: Sequence[UUID]) -> dict[UUID, EmailChange]:
    """Find the same of many accounts."""
    query = select(EmailChange).where(
        EmailChange.account_id.in_(account_ids), EmailChange.applied_at.is_(None), EmailChange.ended_at.is_(None)
    )
    return {change.account_id: change for change in session.scalars(query)}


def end_email_change(session: Session, account_id: UUID) -> None:
    """End the open wish and its link, because of a newer one or because the account was shut out."""
    change = find_open_email_change(session, account_id)
    if change is not None:
        change.ended_at = utc_now()
        supersede(session, LinkPurpose.LOGIN_ADDRESS, change.id)
        session.flush()


@dataclass(frozen=True, slots=True)
class ConfirmedChange:
    """What Keycloak is to be told."""

    subject: str
    new_email: str
    old_email: str


def read_confirmed(session: Session, change_id: UUID) -> ConfirmedChange | None:
    """Read what was confirmed; None when it ended meanwhile or is in force."""
    change = session.get(EmailChange, change_id)
    if change is None or change.confirmed_at is None or change.ended_at or change.applied_at:
        return None
    account = get_account(session, change.account_id)
    if account.state != AccountState.ACTIVE or account.subject is None:
        return None
    return ConfirmedChange(account.subject, change.new_email, account.email)


def apply_email_change(session: Session, change_id: UUID) -> None:
    """Write what Keycloak has taken, also when the wish ended while it was being told: both sides must say the same.

    All sessions here end, as they do at Keycloak: the address is the way to a new password. Leaves
    `account.email_changed`.
    Raises AddressTakenError: a company may have named that address since the link, and one has one account.
    """
    change = session.get_one(EmailChange, change_id)
    find_live(session, change.new_email, lock=True)  # nobody else gets an account of that address meanwhile
    if _is_taken(session, change):
        raise AddressTakenError(TAKEN_HERE)
    account = get_account(session, change.account_id, lock=True)
    session.refresh(change)
    account.email, change.applied_at, change.ended_at = change.new_email, utc_now(), None
    follow_address(session, account.id, change.old_email, change.new_email, by=SYSTEM)
    if account.subject:
        end_by_subject(session, account.subject)
    record(session, "account.email_changed", account.id, by=SYSTEM)


def refuse_email_change(session: Session, change_id: UUID, *, reason: str = TAKEN_THERE) -> None:
    """End a wish whose address somebody has, at Keycloak or here; both sides have the old one.

    The person has proven the address and may know. Leaves `account.email_change_refused`, a letter.
    """
    change = session.get_one(EmailChange, change_id)
    account = get_account(session, change.account_id, lock=True)
    end_email_change(session, account.id)
    post(session, "login_change_refused", change.id)
    record(session, "account.email_change_refused", account.id, by=SYSTEM, reason=reason)


def _is_taken(session: Session, change: EmailChange) -> bool:
    others = select(Account.id).where(
        func.lower(Account.email) == change.new_email,
        Account.id != change.account_id,
        Account.state != AccountState.REVOKED,
    )
    return session.scalar(others.limit(1)) is not None
