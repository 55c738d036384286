"""The proposal that is open for an application: looked up and ended. Proposing itself is `actions.proposing`."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.applications.desk.models import Proposal
from service.clock import utc_now

APPROVE, REJECT = "approve", "reject"


def find_proposal(session: Session, application_id: UUID) -> Proposal | None:
    """Find the one that is open; there is one at most."""
    query = select(Proposal).where(Proposal.application_id == application_id, Proposal.ended_at.is_(None))
    return session.scalar(query)


def end_proposal(session: Session, application_id: UUID) -> None:
    """End the open one, if there is any: decided, taken back, replaced, or the review is over."""
    session.execute(
        update(Proposal)
        .where(Proposal.application_id == application_id, Proposal.ended_at.is_(None))
        .values(ended_at=utc_now())
    )
