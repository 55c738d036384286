"""Bringing one person at Keycloak to what our row wants. Every function may be repeated (keycloak.md section 5)."""

import secrets
import string
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from service.accounts.models import Account, Membership
from service.accounts.port import (
    IdentityProvider,
    NewPerson,
    Person,
    PersonExistsError,
    RefusedError,
    UnavailableError,
)
from service.accounts.repository import get_account, list_supplier_numbers
from service.accounts.states import AccountState
from service.accounts.strangers import StrangerError, find_stranger
from service.crash import crash_point
from service.database import Straight, rows
from service.jobs.models import Job, JobStatus

# the subject of Keycloak's access mail, by the person's language: `executeActionsSubject` of our theme
ACCESS_SUBJECTS = {
    "it": "[ICRI ProActive] Dati di accesso a ICRI ProActive",
    "en": "[ICRI ProActive] Your access to ICRI ProActive",
}
PASSWORD_LENGTH = 16
PASSWORD_HOURS = 24
# Letters and digits that are not mistaken for each other when a password is typed from a mail.
PASSWORD_LETTERS = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lIo")
# composed once, as `marking` does; on the table, for the rows are read and not kept
_account, _membership = (Account.metadata.tables[one.__tablename__] for one in (Account, Membership))
_numbers = select(_membership.c.supplier_number).where(_membership.c.account_id == _account.c.id)
_numbers = _numbers.order_by(_membership.c.supplier_number)
WANTED = select(
    *(_account.c[name] for name in ("state", "username", "email", "first_name", "last_name", "locale")),
    func.array(_numbers.scalar_subquery()).label("supplier_ids"),
).where(_account.c.id == bindparam("account_id"))


def wanted_person(by: Session | Straight, account_id: UUID, *states: AccountState) -> NewPerson | None:
    """Read what Keycloak should have; None when the account is gone or no longer in one of the states."""
    found = rows(by, WANTED, {"account_id": account_id})
    if not found or found[0].state not in states:
        return None
    (account,) = found
    return NewPerson(
        account_id=str(account_id),
        username=account.username,
        email=account.email,
        first_name=account.first_name,
        last_name=account.last_name,
        locale=account.locale,
        supplier_ids=tuple(account.supplier_ids),
    )


def ensure_person(
    provider: IdentityProvider, wanted: NewPerson, *, tried_before: bool, before_create: Callable[[], None]
) -> str:
    """Give the subject of our person: found by our marker, else created, else adopted if the marker is ours.

    `before_create` may still stop what would begin too late.

    Raises: StrangerError when the user name or the address is somebody else's; UnavailableError.
    """
    if tried_before:
        ours = _find_ours(provider, wanted)
        if ours is not None:
            return ours.subject
    before_create()
    try:
        return provider.create_person(wanted)
    except PersonExistsError:
        ours = _find_ours(provider, wanted)
        if ours is not None:
            return ours.subject
        raise StrangerError(find_stranger(provider, wanted), wanted) from None


def verify_person(
    provider: IdentityProvider,
    wanted: NewPerson,
    subject: str,
    *,
    before_write: Callable[[], None],
    is_readmitted: Callable[[], bool] = lambda: False,
    renews: bool = False,
) -> bool:
    """Read the person once, see that Keycloak stored what counts, and bring suppliers and address up to date.

    Gives whether these were written: `require_as_written` is then due. Whoever is outside the suppliers' group is not
    shown at all. The suppliers are other ones when the person was found, or acts for one more since. Whom we had
    switched off comes back with a password nobody knows; with `renews` also whom the switching off had not reached yet.

    Raises: RefusedError, UnavailableError.
    """
    person = provider.find_member(subject)
    if person is None:
        raise UnavailableError("L'utenza appena creata non si legge ancora")
    if person.account_id != wanted.account_id:
        raise RefusedError("Il realm non conserva l'attributo proactive_account_id: esegui «proactive realm apply»")
    if not person.is_enabled and not is_readmitted():
        raise RefusedError("L'utenza è disabilitata a Keycloak")
    if renews or not person.is_enabled:
        before_write()
        provider.set_temporary_password(subject, secrets.token_urlsafe(32))
    if not person.is_enabled:
        before_write()
        provider.set_enabled(subject, enabled=True)
    if sorted(person.supplier_ids) == sorted(wanted.supplier_ids) and person.email == wanted.email.lower():
        return False
    before_write()
    provider.set_attributes(subject, account_id=wanted.account_id, supplier_ids=wanted.supplier_ids, email=wanted.email)
    return True


def require_as_written(session: Session, written: NewPerson) -> None:
    """See, under the account's lock, that the suppliers and the address written at Keycloak are still its own.

    Whoever changes them holds that lock. A new address is Keycloak's before it is ours: while its job is not over, the
    old one may have been written over it. Raises UnavailableError: another try writes what is right by then.
    """
    account = get_account(session, UUID(written.account_id), lock=True)
    is_same = (account.email, tuple(list_supplier_numbers(session, account.id))) == (
        written.email,
        written.supplier_ids,
    )
    on_its_way = select(Job.id).where(
        Job.kind == "account.change_email",
        Job.status == JobStatus.READY,
        Job.args["account_id"].as_string() == str(account.id),
    )
    if not is_same or session.scalar(on_its_way.limit(1)) is not None:
        raise UnavailableError("Le imprese o l'indirizzo dell'utenza cambiano in questo momento")


def hand_over_link(
    provider: IdentityProvider, subject: str, *, since: datetime | None, hours: int, before_send: Callable[[], None]
) -> None:
    """Have the access mail sent unless it left since then; `since` is None where nobody can have sent it yet.

    `before_send` may still stop what would begin too late.
    """
    if since is None or not provider.access_mail_sent_since(subject, since):
        before_send()
        provider.send_access_mail(subject, hours=hours)


def new_password() -> str:
    """Make a password for one mail; it is never stored."""
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_LENGTH))


def has_own_password(provider: IdentityProvider, subject: str) -> bool:
    """Say whether the person has chosen a password: it must never be overwritten."""
    return provider.has_password(subject) and not provider.must_change_password(subject)


def expire_password(provider: IdentityProvider, subject: str) -> bool:
    """Replace a temporary password that was never changed by one nobody knows; gives whether it was needed."""
    if not provider.must_change_password(subject):
        return False
    provider.set_temporary_password(subject, secrets.token_urlsafe(32))
    return True


def shut_out(
    provider: IdentityProvider, wanted: NewPerson, subject: str | None, *, before_write: Callable[[], None]
) -> str | None:
    """Switch a person off and end its sessions everywhere; gives its subject, None when it was never created.

    An account revoked while it was being created has no subject yet: it is found by our marker. `before_write` may
    still stop what would begin too late.
    """
    if subject is None:
        ours = _find_ours(provider, wanted)
        subject = ours.subject if ours else None
    if subject is not None and provider.find_person(subject) is not None:
        before_write()
        provider.set_enabled(subject, enabled=False)
        crash_point("switch.disabled")  # switched off alone ends no session (keycloak.md section 9)
        before_write()
        provider.end_sessions(subject)
    return subject


def _find_ours(provider: IdentityProvider, wanted: NewPerson) -> Person | None:
    for found in (provider.find_by_username(wanted.username), provider.find_by_email(wanted.email)):
        if found is not None and found.account_id == wanted.account_id:
            return found
    return None
