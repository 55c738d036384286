"""What we know of accounts, as the comparing wants it: a page at a time, with what is under way."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from service.accounts.drift.comparing import Finding, Known
from service.accounts.drift.states import DriftKind
from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.jobs.models import Job, JobStatus

# these change nothing that is compared: a mail again, a password tomorrow, the putting right itself
NO_CHANGE = ("account.send_access", "account.expire_password", "account.reconcile")


def known_by(session: Session, *, subjects: Iterable[str] = (), ids: Iterable[UUID] = ()) -> list[Known]:
    """Give the accounts of these subjects or ids."""
    return _known(session, or_(Account.subject.in_(list(subjects)), Account.id.in_(list(ids))))


def known_page(session: Session, *, after: UUID | None, most: int) -> list[Known]:
    """Give the next active accounts in the order of their ids."""
    where = Account.state == AccountState.ACTIVE
    return _known(session, where if after is None else where & (Account.id > after), most=most)


def count_accounts(session: Session) -> int:
    """Count the accounts we answer for."""
    query = select(func.count()).select_from(Account).where(Account.state != AccountState.FAILED)
    return session.scalar(query) or 0


def marker(raw: str | None) -> UUID | None:
    """Read a marker as an account's id; what is none names no account."""
    try:
        return UUID(raw) if raw else None
    except ValueError:
        return None


def _known(session: Session, where: ColumnElement[bool], *, most: int | None = None) -> list[Known]:
    numbers = (
        select(func.array_agg(Membership.supplier_number))
        .where(Membership.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )
    query = (
        select(Account.id, Account.state, Account.subject, Account.username, Account.email, numbers)
        .where(where)
        .order_by(Account.id)
        .limit(most)
    )
    rows = session.execute(query).all()
    busy = _under_way(session, [row[0] for row in rows])
    return [
        Known(id_, state, subject, username, email, frozenset(suppliers or ()), is_under_way=str(id_) in busy)
        for id_, state, subject, username, email, suppliers in rows
    ]


def _under_way(session: Session, ids: Sequence[UUID]) -> set[str]:
    """Say which of them a job will still change: one that waits or is tried again, not one that is stuck."""
    account = Job.args["account_id"].as_string()
    query = select(account).where(
        Job.status == JobStatus.READY,
        Job.kind.like("account.%"),
        Job.kind.not_in(NO_CHANGE),
        account.in_([str(one) for one in ids]),
    )
    return set(session.scalars(query))


def list_without_job(session: Session) -> list[Finding]:
    """Give a drift for each account that is to be created and that no job will create: none, or one that ended."""
    key = literal("account.provision:") + cast(Account.id, String)
    open_job = select(Job.id).where(Job.key == key, Job.status.in_([JobStatus.READY, JobStatus.STUCK])).exists()
    query = select(Account.id, Account.username, Account.email).where(Account.state == AccountState.PENDING, ~open_job)
    return [
        Finding(DriftKind.GHOST, username, account_id=id_, ours=email)
        for id_, username, email in session.execute(query.order_by(Account.username))
    ]
