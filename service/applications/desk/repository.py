"""Reading the desk of one application: verdicts, notes, opinions. Checks are read in `checks`."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications.desk.models import InternalNote, Opinion, SectionVerdict


def verdicts_of(session: Session, application_id: UUID) -> dict[str, SectionVerdict]:
    """Give the verdicts by section."""
    query = select(SectionVerdict).where(SectionVerdict.application_id == application_id)
    return {one.section: one for one in session.scalars(query)}


def list_notes(session: Session, application_id: UUID) -> Sequence[InternalNote]:
    """Give the internal notes, newest first."""
    query = select(InternalNote).where(InternalNote.application_id == application_id)
    return list(session.scalars(query.order_by(InternalNote.id.desc())))


def list_opinions(session: Session, application_id: UUID) -> Sequence[Opinion]:
    """Give the opinions asked of specialists, oldest first, those that were ended too."""
    query = select(Opinion).where(Opinion.application_id == application_id)
    return list(session.scalars(query.order_by(Opinion.asked_at, Opinion.id)))


def find_opinion(session: Session, application_id: UUID, opinion_id: UUID) -> Opinion | None:
    """Find one opinion of an application."""
    opinion = session.get(Opinion, opinion_id)
    return opinion if opinion is not None and opinion.application_id == application_id else None
