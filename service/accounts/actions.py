"""The verbs of an account; what happens at Keycloak is done by jobs (`provisioning`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.access import limits
from service.access.permissions import require
from service.access.principal import APPLICANT, SYSTEM, Principal
from service.accounts import switching
from service.accounts.endings import find_bar, require_unbarred
from service.accounts.joining import find_live, join, leave
from service.accounts.models import Account, Membership
from service.accounts.repository import get_account, provision_key, sort_out
from service.accounts.returning import find_ended, readmit
from service.accounts.states import next_state
from service.audit.trail import record
from service.clock import utc_now
from service.errors import ConflictError
from service.jobs.queue import enqueue, retry_now, set_aside
from service.locales import N_, gettext

RESENDS = (3, timedelta(days=1))
BEING_DONE = N_("È in corso proprio adesso: aspetta qualche secondo e ricarica la pagina.")


class BeingDoneError(ConflictError):
    """A worker has the job in hand at this moment."""

    code = "being_done"


class TooManyResendsError(ConflictError):
    """The access mail was sent again often enough for today."""

    code = "too_many_resends"


@dataclass(frozen=True, slots=True)
class Contact:
    """The person an account is made for."""

    email: str
    first_name: str
    last_name: str
    locale: str


def create_account(session: Session, supplier_number: str, contact: Contact, *, by: Principal) -> Account:
    """Choose the user name and have Keycloak create the person. Leaves `account.created`, job `account.provision`.

    Of an address that has an account already, nothing is created but a membership (`joining.join`); a person whose
    account had ended has the same one again (`returning.readmit`). Whom ICRI has shut out a company gets as one that
    is not created: it learns nothing, and staff decide.
    """
    people = session.scalar(
        select(func.count()).select_from(Membership).where(Membership.supplier_number == supplier_number)
    )
    known = find_live(session, contact.email, lock=True)
    if known is not None:
        join(session, known, supplier_number, is_admin=not people, by=by)
        return known
    bar = find_bar(session, contact.email) if by.is_supplier else None
    ended = find_ended(session, contact.email, by=by) if bar is None else None
    if ended is not None:
        ended.first_name, ended.last_name, ended.locale = contact.first_name, contact.last_name, contact.locale
        readmit(session, ended, supplier_number, is_admin=not people, by=by)
        return ended
    account = Account(
        username=_next_username(session, supplier_number),
        email=contact.email.lower(),
        first_name=contact.first_name,
        last_name=contact.last_name,
        locale=contact.locale,
        created_at=utc_now(),
    )
    session.add(account)
    session.flush()
    session.add(Membership(account_id=account.id, supplier_number=supplier_number, is_admin=not people))
    record(session, "account.created", account.id, by=by, username=account.username)
    args = {"account_id": str(account.id)}
    if bar is None:
        enqueue(session, "account.provision", provision_key(account.id), args)
    else:
        reason = bar.bar % {"day": bar.day}
        set_aside(session, "account.provision", provision_key(account.id), args, reason=reason)
        mark_failed(session, account.id, reason=reason)
    return account


def _next_username(session: Session, supplier_number: str) -> str:
    """Count on from the highest: people go, and their names are never given again."""
    prefix = f"{supplier_number.lower()}-"
    taken = session.scalars(select(Account.username).where(Account.username.startswith(prefix))).all()
    numbers = [int(name.removeprefix(prefix)) for name in taken if name.removeprefix(prefix).isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1:02d}"


def note_signed_in(session: Session, subject: str) -> None:
    """Note that a person came in just now; people without an account of ours leave nothing."""
    now = utc_now()
    first = func.coalesce(Account.first_sign_in_at, now)
    session.execute(
        update(Account).where(Account.subject == subject).values(first_sign_in_at=first, last_sign_in_at=now)
    )


def mark_failed(session: Session, account_id: UUID, *, reason: str) -> None:
    """Keycloak refused for good. Leaves `account.failed`; the supplier stays qualified."""
    account = get_account(session, account_id, lock=True)
    account.state = next_state("mark_failed", account.state)
    account.failure = reason
    record(session, "account.failed", account.id, by=SYSTEM, reason=reason)


def retry(session: Session, account_id: UUID, *, by: Principal) -> None:
    """Put the same job back to work at once. Leaves `account.retried`. Raises: BeingDoneError; BarredError."""
    require(by, "account:retry")
    account = get_account(session, account_id, lock=True)
    require_unbarred(session, account)
    account.state = next_state("retry", account.state)
    account.failure = None
    if not retry_now(session, provision_key(account.id)):
        raise BeingDoneError(gettext(BEING_DONE))
    record(session, "account.retried", account.id, by=by)


def revoke_accounts(session: Session, supplier_number: str, *, reason: str = "", by: Principal) -> list[Account]:
    """End the accounts of a supplier that act for no other, and gives them; the others act for it no more.

    Leaves for each `account.revoked` and the job `account.disable`, or what `joining.leave` leaves.
    """
    ending, staying = sort_out(session, supplier_number, lock=True)
    for account in ending:
        switching.revoke(session, account, reason=reason, by=by)
    for account in staying:
        leave(session, account, supplier_number, by=by)
    return ending


def resend_access(session: Session, account_id: UUID, *, seen: int, by: Principal) -> None:
    """Send the access mail again, at most three times a day. Leaves `account.access_resent`, job `account.send_access`.

    `seen` is the counter on the page, so that a double click makes one. Raises: TooManyResendsError.
    """
    require(by, "account:retry")
    account = get_account(session, account_id, lock=True)
    next_state("resend_access", account.state)
    if account.access_sends != seen:
        return
    if not send_again(session, account, by=by):
        raise TooManyResendsError("Oggi l'e-mail di accesso è già stata inviata di nuovo tre volte.")


def ask_access_again(session: Session, account_id: UUID) -> datetime | None:
    """Do the same for the person itself, from the status page: nothing happens when it was sent often enough today.

    Gives then the instant from which it may be, else None. Leaves `account.access_resent`, job `account.send_access`.
    """
    account = get_account(session, account_id, lock=True)
    next_state("resend_access", account.state)
    if send_again(session, account, by=APPLICANT):
        return None
    return limits.wait(session, "access_mail", str(account.id), RESENDS)


def send_again(session: Session, account: Account, *, by: Principal) -> bool:
    """Have the access mail sent again unless it left three times today. The caller has the row and the right to it."""
    if not limits.take(session, "access_mail", str(account.id), RESENDS):
        return False
    account.access_sends += 1
    number = account.access_sends
    record(session, "account.access_resent", account.id, by=by, number=number)
    enqueue(
        session, "account.send_access", f"account.send_access:{account.id}:{number}", {"account_id": str(account.id)}
    )
    return True
