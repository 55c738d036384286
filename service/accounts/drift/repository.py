"""Reading looks and drifts for the page, the digest and the command."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts.drift.models import Drift, Reconciliation
from service.accounts.drift.states import DriftKind
from service.database import COUNT_CAP


def list_open(session: Session, kind: DriftKind | None = None, *, most: int | None = None) -> Sequence[Drift]:
    """Give the open drifts, oldest first, of one kind or all."""
    query = select(Drift).where(Drift.ended_at.is_(None)).order_by(Drift.first_seen_at, Drift.id).limit(most)
    if kind is not None:
        query = query.where(Drift.kind == kind)
    return list(session.scalars(query))


def count_by_kind(session: Session) -> dict[DriftKind, int]:
    """Count the open drifts of each kind that has any."""
    query = select(Drift.kind, func.count()).where(Drift.ended_at.is_(None)).group_by(Drift.kind)
    return {row[0]: row[1] for row in session.execute(query)}


def count_open(session: Session) -> int:
    """Count the open drifts, at most one more than 1,000."""
    some = select(Drift.id).where(Drift.ended_at.is_(None)).limit(COUNT_CAP + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def list_ended(session: Session, most: int) -> Sequence[Drift]:
    """Give those that ended last."""
    query = select(Drift).where(Drift.ended_at.is_not(None)).order_by(Drift.ended_at.desc(), Drift.id).limit(most)
    return list(session.scalars(query))


def find_open_run(session: Session) -> Reconciliation | None:
    """Give the look that is under way or waits."""
    return session.scalar(select(Reconciliation).where(Reconciliation.ended_at.is_(None)))


def find_last_run(session: Session) -> Reconciliation | None:
    """Give the last look that ended, well or not."""
    query = select(Reconciliation).where(Reconciliation.ended_at.is_not(None))
    return session.scalar(query.order_by(Reconciliation.ended_at.desc()).limit(1))
