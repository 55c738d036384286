"""Reading exports: one's own, and the one a job makes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.exporting.models import Export
from service.clock import utc_now
from service.errors import NotFoundError

MOST = 50


def find_export(session: Session, export_id: UUID, *, lock: bool = False) -> Export | None:
    """Find one that may be gone, locked when asked."""
    query = select(Export).where(Export.id == export_id).execution_options(populate_existing=lock)
    return session.scalar(query.with_for_update() if lock else query)


def get_own(session: Session, export_id: UUID, principal: Principal) -> Export:
    """Read one's own that is not over. Raises NotFoundError: another person's is as missing as none."""
    export = find_export(session, export_id)
    if export is None or export.asked_by_subject != principal.subject or export.expires_at < utc_now():
        raise NotFoundError
    return export


def list_own(session: Session, principal: Principal) -> Sequence[Export]:
    """Give one's own, newest first."""
    query = select(Export).where(Export.asked_by_subject == principal.subject, Export.expires_at >= utc_now())
    return session.scalars(query.order_by(Export.asked_at.desc()).limit(MOST)).all()
