"""ICRI decides to have back a person whom it had shut out: the new decision that the page of a revocation names."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts.cancelling import check_reason, give_up
from service.accounts.endings import Ending, bar_of, ending_of
from service.accounts.joining import find_live, join
from service.accounts.models import Account, Membership
from service.accounts.repository import get_account
from service.accounts.returning import readmit
from service.accounts.states import AccountState, next_state
from service.errors import ConflictError
from service.locales import gettext
from service.suppliers.models import Supplier
from service.suppliers.people import SupplierRevokedError, get_of_strangers
from service.suppliers.states import Qualification


@dataclass(frozen=True, slots=True)
class Return:
    """Who would come back, for which companies, and which account that was never created makes room."""

    ending: Ending
    suppliers: list[Supplier]
    given_up: Account | None


def plan_return(session: Session, account_id: UUID) -> Return:
    """Say what a readmission would do.

    `account_id` is an account that ICRI has ended, or one that a company asked for and that was not created because
    of it; the companies are those this one acts for and that are not revoked.
    Raises: InvalidAccountTransitionError, there is nobody to have back; ConflictError, the address has another account.
    """
    account = get_account(session, account_id)
    ending = bar_of(session, account)
    if ending is None:
        next_state("readmit", account.state)
        ending = ending_of(session, account)
    live = find_live(session, account.email)
    if live is not None and live.id != account.id:
        raise ConflictError(
            gettext("Questo indirizzo ha già un’altra utenza, %(username)s: si decide da lì.", username=live.username)
        )
    query = select(Supplier).join(Membership, Membership.supplier_number == Supplier.number)
    query = query.where(Membership.account_id == account_id, Supplier.qualification != Qualification.REVOKED)
    suppliers = list(session.scalars(query.order_by(Supplier.number)))
    if not suppliers:
        raise SupplierRevokedError(gettext("La qualifica dell’impresa è revocata: l’utenza non si riattiva."))
    return Return(ending, suppliers, account if account.state == AccountState.FAILED else None)


def readmit_person(session: Session, account_id: UUID, *, reason: str, by: Principal) -> Account:
    """Have a person back with the account it had, for approver and admin; what it is for is said by `plan_return`.

    Leaves `account.readmitted` with the reason, job `account.provision`; `account.cancelled` of what makes room.
    Raises: ForbiddenError, OwnCompanyError, ReasonMissingError, BeingDoneError, and what `plan_return` raises.
    """
    require(by, "account:readmit")
    said = check_reason(reason)
    find_live(session, get_account(session, account_id).email, lock=True)
    asked = get_of_strangers(session, account_id, by=by)
    plan = plan_return(session, account_id)
    account = get_of_strangers(session, plan.ending.account.id, by=by)
    wanted = {one.number: session.get_one(Membership, (asked.id, one.number)) for one in plan.suppliers}
    kept = {number: (one.is_admin, one.invited_at, one.invited_name) for number, one in wanted.items()}
    if plan.given_up is not None:
        give_up(session, plan.given_up, reason=said, by=by)
    first = plan.suppliers[0].number
    readmit(session, account, first, is_admin=kept[first][0], reason=said, by=by)
    for number, (is_admin, invited_at, invited_name) in kept.items():
        join(session, account, number, is_admin=is_admin, by=by)
        membership = session.get_one(Membership, (account.id, number))
        membership.invited_at, membership.invited_name = invited_at, invited_name
    return account
