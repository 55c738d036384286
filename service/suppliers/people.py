"""What an approver does to the accounts of a supplier: suspend, reinstate, revoke (domain.md section 9.4).

Suspending the qualification is another thing and leaves the accounts alone, so that the company can cure it.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts import switching
from service.accounts.models import Account, Membership
from service.accounts.reasons import require_reason
from service.accounts.repository import get_account
from service.accounts.states import AccountState
from service.errors import ConflictError
from service.locales import gettext
from service.suppliers.impartiality import require_stranger_to
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification


class SupplierRevokedError(ConflictError):
    """The company the account acts for is revoked: there is nothing to let the person into."""

    code = "supplier_revoked"


def suspend_account(session: Session, account_id: UUID, *, reason: str, text: str = "", by: Principal) -> Account:
    """Shut one person out until it is reinstated, from `active`, for one of the codes A1-A9.

    Leaves `account.suspended`, job `account.disable`; the company's qualification and its other people stay.
    Raises: ForbiddenError, OwnCompanyError, AccountReasonError, InvalidAccountTransitionError.
    """
    account = _load(session, account_id, by=by)
    switching.suspend(session, account, reason=reason, text=require_reason(reason, text), by=by)
    return account


def reinstate_account(session: Session, account_id: UUID, *, by: Principal) -> Account:
    """Let a suspended person in again, when a company it acts for is not revoked.

    Leaves `account.reinstated`, job `account.enable`.
    Raises: ForbiddenError, OwnCompanyError, SupplierRevokedError, InvalidAccountTransitionError.
    """
    account = _load(session, account_id, by=by)
    if all(one.qualification == Qualification.REVOKED for one in list_suppliers_of(session, account_id)):
        raise SupplierRevokedError(gettext("La qualifica dell’impresa è revocata: l’utenza non si riattiva."))
    switching.reinstate(session, account, by=by)
    return account


def revoke_account(session: Session, account_id: UUID, *, reason: str, text: str = "", by: Principal) -> Account:
    """End one person's account for good, from any state but `revoked`, for one of the codes A1-A9.

    Also of somebody whom a company has removed: it cannot invite the person again then.
    Leaves `account.revoked`, job `account.disable`. The text is checked and not kept: the trail has the code.
    Raises: ForbiddenError, OwnCompanyError, AccountReasonError, InvalidAccountTransitionError.
    """
    account = _load(session, account_id, by=by)
    require_reason(reason, text)
    if is_removed(account):
        switching.keep_out(session, account, reason=reason, by=by)
    else:
        switching.revoke(session, account, reason=reason, by=by)
    return account


def is_removed(account: Account) -> bool:
    """Say whether a company has removed the person, and may have it back by itself."""
    return account.state == AccountState.REVOKED and account.is_ended_by_company


def list_suppliers_of(session: Session, account_id: UUID) -> list[Supplier]:
    """Give the companies an account acts for, by number."""
    query = select(Supplier).join(Membership, Membership.supplier_number == Supplier.number)
    return list(session.scalars(query.where(Membership.account_id == account_id).order_by(Supplier.number)))


def is_shut(supplier: Supplier, accounts: Iterable[Account]) -> bool:
    """Say whether a supplier in force has no way in any more: each of its accounts was cancelled or revoked.

    Somebody decided that, so it is no admission that was forgotten (`ghosts`): only a handover opens it again.
    """
    states = {one.state for one in accounts}
    return supplier.qualification != Qualification.REVOKED and states == {AccountState.REVOKED}


def _load(session: Session, account_id: UUID, *, by: Principal) -> Account:
    require(by, "account:govern")
    return get_of_strangers(session, account_id, by=by)


def get_of_strangers(session: Session, account_id: UUID, *, by: Principal) -> Account:
    """Read and lock the account of people `by` is not bound to. Raises: NotFoundError, OwnCompanyError."""
    account = get_account(session, account_id, lock=True)
    for supplier in list_suppliers_of(session, account_id):
        require_stranger_to(session, supplier, by=by)
    return account
