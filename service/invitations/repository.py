"""Reading invitations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.invitations.models import Invitation

PAGE = 50


def get_invitation(session: Session, invitation_id: UUID, *, lock: bool = False) -> Invitation:
    """Read one, locked when asked. Raises NotFoundError."""
    query = select(Invitation).where(Invitation.id == invitation_id).execution_options(populate_existing=lock)
    invitation = session.scalar(query.with_for_update() if lock else query)
    if invitation is None:
        raise NotFoundError
    return invitation


def list_invitations(session: Session, *, before: int | None = None) -> Sequence[Invitation]:
    """Give a page of invitations, newest first, and one more when there are more."""
    query = select(Invitation).order_by(Invitation.sequence.desc()).limit(PAGE + 1)
    return list(session.scalars(query if before is None else query.where(Invitation.sequence < before)))
