"""What a company's administrator does with its people: invite, suspend, remove, hand over (domain.md section 12).

Nothing here tells an administrator who is registered elsewhere: a colleague who has an account already joins the
company without a second one, and until the first sign-in after the invitation looks like everybody who was invited.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Never
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import limits
from service.access.limits import DAY, Use
from service.access.principal import Principal
from service.accounts import switching
from service.accounts.actions import RESENDS, Contact, create_account, send_again
from service.accounts.joining import find_live, leave
from service.accounts.models import Account, Membership
from service.accounts.states import AccountState, next_state
from service.audit.trail import record
from service.clock import utc_now
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.jobs.outbox import post
from service.locales import N_, gettext
from service.suppliers.models import Supplier
from service.suppliers.repository import get_supplier
from service.suppliers.states import Qualification

INVITATIONS_A_DAY = 10
LETTERS_A_DAY = (3, DAY)  # to somebody who has an account already
REQUESTED = "A3"  # the company asks for it


class NotAdministratorError(ForbiddenError):
    """Only the company's administrator changes its people."""

    code = "not_administrator"
    title = N_("Lo fa il referente amministratore")


class OwnAccountError(ConflictError):
    """Nobody suspends or removes the own account, so the last administrator stays."""

    code = "own_account"


class ColleagueExistsError(InvalidError):
    """The address is already among the people of this company."""

    code = "colleague_exists"


class NotByYouError(ConflictError):
    """The account acts for other companies too: ICRI suspends it, a company does not."""

    code = "not_by_you"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person of the company as its people see it."""

    id: UUID
    name: str
    email: str
    state: AccountState
    is_admin: bool
    invited_at: datetime | None
    entered_at: datetime | None
    seen: int

    @property
    def is_awaited(self) -> bool:
        """Say whether the person was invited and has not come in since, whatever account it has."""
        return self.invited_at is not None and (self.entered_at is None or self.entered_at < self.invited_at)

    @property
    def has_come_in(self) -> bool:
        """Say whether the access mail has been of use: another would not be sent."""
        return self.entered_at is not None and not self.is_awaited


def list_colleagues(session: Session, supplier: Supplier) -> list[Colleague]:
    """Give the people of a company whose accounts have not ended, the administrators first."""
    query = (
        select(Account, Membership)
        .join(Membership)
        .where(Membership.supplier_number == supplier.number, Account.state != AccountState.REVOKED)
        .order_by(Membership.is_admin.desc(), Membership.invited_at.nulls_first(), Account.username)
    )
    return [_colleague(account, membership) for account, membership in session.execute(query)]


def find_own(session: Session, supplier: Supplier, subject: str) -> tuple[Account, Membership] | None:
    """Find the person signed in among those of the company."""
    query = (
        select(Account, Membership)
        .join(Membership)
        .where(
            Membership.supplier_number == supplier.number,
            Account.subject == subject,
            Account.state == AccountState.ACTIVE,
        )
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None


def get_colleague(session: Session, supplier: Supplier, account_id: UUID) -> Colleague:
    """Read one. Raises NotFoundError, the same for another company's person and for nobody's id."""
    return next((one for one in list_colleagues(session, supplier) if one.id == account_id), None) or _missing()


def require_administrator(session: Session, supplier: Supplier, *, by: Principal) -> Account:
    """Give the account of the company's administrator. Raises NotAdministratorError."""
    found = find_own(session, supplier, by.subject)
    if found is None or not found[1].is_admin:
        raise NotAdministratorError(gettext("Solo il referente amministratore cambia le persone dell’impresa."))
    return found[0]


def invite(session: Session, supplier_id: UUID, contact: Contact, *, by: Principal) -> None:
    """Have a colleague act for the company: with a new account, or with the one it has.

    Leaves `supplier.colleague_invited` and, for a new account, `account.created` with job `account.provision`, which
    hands over `access_data`; for an existing one the letter `colleague_added`. The answer is the same.
    Raises: NotAdministratorError; ColleagueExistsError; TooManyError, ten invitations of a company in a day.
    """
    supplier = _lead(session, supplier_id, by=by)
    email = contact.email.lower()
    if any(one.email.lower() == email for one in list_colleagues(session, supplier)):
        raise ColleagueExistsError(gettext("Questo indirizzo è già di una persona della tua impresa."))
    limits.demand(session, Use("colleague", supplier.number, ((INVITATIONS_A_DAY, DAY),)))
    join(session, supplier, contact, by=by)


def join(session: Session, supplier: Supplier, contact: Contact, *, by: Principal) -> Membership:
    """Have a person act for the company: as one of its people already, with another company's account, or a new one.

    Leaves what `invite` leaves; nothing for somebody who is there already. The caller has the company's lock.
    """
    email = contact.email.lower()
    known = find_live(session, email, lock=True)
    present = session.get(Membership, (known.id, supplier.number)) if known else None
    if present is not None:
        return present
    account = create_account(session, supplier.number, contact, by=by)
    session.flush()
    membership = session.get_one(Membership, (account.id, supplier.number))
    membership.invited_at = utc_now()
    membership.invited_name = f"{contact.first_name} {contact.last_name}"
    record(session, "supplier.colleague_invited", supplier.id, by=by, username=account.username)
    if acts_elsewhere(session, supplier, account.id):
        _tell_added(session, supplier, account, "1")
    return membership


def suspend(session: Session, supplier_id: UUID, account_id: UUID, *, by: Principal) -> None:
    """Shut a colleague out; ICRI alone reinstates it. Leaves `account.suspended`, job `account.disable`.

    Raises: NotAdministratorError, NotFoundError, OwnAccountError, NotByYouError, InvalidAccountTransitionError.
    """
    supplier = _lead(session, supplier_id, by=by)
    account, _membership = _other(session, supplier, account_id, by=by)
    require_suspendable(session, supplier, account_id)
    switching.suspend(session, account, reason=REQUESTED, by=by)


def require_suspendable(session: Session, supplier: Supplier, account_id: UUID) -> None:
    """Raise NotByYouError for somebody who acts for another company too: it would be shut out of that one as well."""
    if acts_elsewhere(session, supplier, account_id):
        raise NotByYouError(gettext("Questa persona la sospende ICRI: scrivici. Puoi toglierla dalla tua impresa."))


def remove(session: Session, supplier_id: UUID, account_id: UUID, *, by: Principal) -> None:
    """End a colleague's access to the company: its account, or only the membership when it acts for others too.

    Leaves `supplier.colleague_removed` and, with the account, `account.revoked` and job `account.disable`.
    Raises: NotAdministratorError, NotFoundError, OwnAccountError.
    """
    supplier = _lead(session, supplier_id, by=by)
    account, _membership = _other(session, supplier, account_id, by=by)
    record(session, "supplier.colleague_removed", supplier.id, by=by, username=account.username)
    if acts_elsewhere(session, supplier, account_id):
        leave(session, account, supplier.number, by=by)
    else:
        is_free = account.state != AccountState.SUSPENDED  # else removing and inviting would undo what ICRI reinstates
        switching.revoke(session, account, reason=REQUESTED, by=by, is_by_company=is_free)


def hand_over(session: Session, supplier_id: UUID, account_id: UUID, *, by: Principal) -> None:
    """Make a colleague the administrator in the own place; it must have come in already.

    Leaves `supplier.administration_passed`. Raises: NotAdministratorError, NotFoundError, OwnAccountError;
    ConflictError for somebody who is suspended or has not come in yet.
    """
    supplier = _lead(session, supplier_id, by=by)
    account, membership = _other(session, supplier, account_id, by=by)
    if account.state != AccountState.ACTIVE or _colleague(account, membership).is_awaited:
        raise ConflictError(gettext("Il ruolo si passa a una persona attiva che è già entrata."))
    own = find_own(session, supplier, by.subject)
    assert own is not None  # noqa: S101 - `_lead` has looked
    own[1].is_admin, membership.is_admin = False, True
    record(session, "supplier.administration_passed", supplier.id, by=by, username=account.username)


def resend(session: Session, supplier_id: UUID, account_id: UUID, *, seen: int, by: Principal) -> bool:
    """Have a colleague written to again, at most three times a day; False when that was today's last.

    `seen` is the counter on the page: a double click makes one. What leaves is `access_data`, or `colleague_added` to
    somebody who has an account already; while an account is being made nothing more is needed. Raises: as `remove`;
    ConflictError for somebody who has come in.
    """
    supplier = _lead(session, supplier_id, by=by)
    account, membership = _other(session, supplier, account_id, by=by)
    person = _colleague(account, membership)
    if account.state == AccountState.SUSPENDED and not person.is_awaited:
        next_state("resend_access", account.state)
    if person.has_come_in:
        raise ConflictError(gettext("È già entrata: se ha perso la password, la recupera dalla pagina di accesso."))
    if membership.letters != seen:
        return True
    if not limits.take(session, "colleague_letter", f"{supplier.number}:{account_id}", RESENDS):
        return False
    membership.letters += 1
    if membership.invited_at is not None and acts_elsewhere(session, supplier, account_id):
        _tell_added(session, supplier, account, str(membership.letters + 1))
        return True
    return account.state != AccountState.ACTIVE or send_again(session, account, by=by)


def _lead(session: Session, supplier_id: UUID, *, by: Principal) -> Supplier:
    """Take the company's lock first: two administrators must not remove each other at once."""
    supplier = get_supplier(session, supplier_id, lock=True)
    if supplier.qualification == Qualification.REVOKED:
        raise ConflictError(gettext("La qualifica dell’impresa è revocata."))
    require_administrator(session, supplier, by=by)
    return supplier


def _other(session: Session, supplier: Supplier, account_id: UUID, *, by: Principal) -> tuple[Account, Membership]:
    query = (
        select(Account, Membership)
        .join(Membership)
        .where(
            Account.id == account_id,
            Membership.supplier_number == supplier.number,
            Account.state != AccountState.REVOKED,
        )
        .with_for_update(of=Account)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).first()
    if found is None:
        _missing()
    if found[0].subject == by.subject:
        raise OwnAccountError(gettext("Per la tua utenza: passa prima il ruolo di amministratore a un collega."))
    return found[0], found[1]


def _missing() -> Never:
    raise NotFoundError


def acts_elsewhere(session: Session, supplier: Supplier, account_id: UUID) -> bool:
    """Say whether an account acts for another company too."""
    others = select(Membership.account_id).where(
        Membership.account_id == account_id, Membership.supplier_number != supplier.number
    )
    return session.scalar(others.limit(1)) is not None


def _tell_added(session: Session, supplier: Supplier, account: Account, once: str) -> None:
    """Write unless others have had that address written to often enough today; nobody is told which."""
    if limits.take(session, "colleague_added", account.email, LETTERS_A_DAY):
        suffix = f"{account.id}:{int(utc_now().timestamp())}:{once}"
        post(session, "colleague_added", supplier.id, suffix=suffix, account=str(account.id))


def _colleague(account: Account, membership: Membership) -> Colleague:
    return Colleague(
        id=account.id,
        name=membership.invited_name or f"{account.first_name} {account.last_name}",
        email=account.email,
        state=account.state,
        is_admin=membership.is_admin,
        invited_at=membership.invited_at,
        entered_at=account.last_sign_in_at,
        seen=membership.letters,
    )
