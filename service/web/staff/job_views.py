"""The accounts of a supplier with the chain of each, for the panel on application and supplier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.chain import jobs_of
from service.accounts.models import Account, AccountConflict, Membership
from service.accounts.states import LABELS as ACCOUNT_LABELS
from service.config import Settings
from service.web.staff.chain_views import ChainCase, ChainLine, chain_lines
from service.web.staff.words import ACCOUNT_KINDS


@dataclass(frozen=True, slots=True)
class AccountView:
    """A person's account with its chain."""

    id: UUID
    name: str
    username: str
    email: str
    state: str
    kind: str
    chain: list[ChainLine]


def account_views(
    session: Session, accounts: Sequence[Account], principal: Principal, settings: Settings, *, supplier: str
) -> list[AccountView]:
    """Read how far the accounts of one supplier are; `supplier` is its number."""
    jobs, ids = jobs_of(session, accounts, supplier), [one.id for one in accounts]
    conflicts = {one.account_id: one for one in session.scalars(
        select(AccountConflict).where(AccountConflict.account_id.in_(ids)))}  # fmt: skip
    joined = _joined(session, ids, supplier)
    return [
        _view(
            ChainCase(
                one, jobs, joined.get(one.id) or one.created_at, conflicts.get(one.id), principal, settings, supplier
            )
        )
        for one in accounts
    ]


def _joined(session: Session, ids: Sequence[UUID], supplier: str) -> Mapping[UUID, datetime | None]:
    query = select(Membership.account_id, Membership.joined_at)
    rows = session.execute(query.where(Membership.account_id.in_(ids), Membership.supplier_number == supplier))
    return {row.account_id: row.joined_at for row in rows}


def _view(case: ChainCase) -> AccountView:
    account = case.account
    return AccountView(
        id=account.id,
        name=f"{account.first_name} {account.last_name}",
        username=account.username,
        email=account.email,
        state=ACCOUNT_LABELS[account.state],
        kind=ACCOUNT_KINDS.get(account.state, ""),
        chain=chain_lines(case),
    )
