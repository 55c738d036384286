"""Filters of the queue that a person keeps under a name: own ones only, and nobody else's business (no audit)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.desk.models import SavedView
from service.applications.queue_filter import QueueFilter
from service.clock import utc_now
from service.errors import InvalidError, NotFoundError

MOST = 20
LONGEST_NAME = 60


class ViewNameError(InvalidError):
    """The name is missing, too long, or another view of the same person has it."""

    code = "view_name"
    title = "Il nome della vista non va bene"


class TooManyViewsError(InvalidError):
    """There are as many views as one person may keep."""

    code = "too_many_views"
    title = "Hai già 20 viste salvate"


def list_views(session: Session, *, by: Principal) -> Sequence[Row[UUID, str, str]]:
    """Give the person's own views by name: id, name, query."""
    query = select(SavedView.id, SavedView.name, SavedView.query).where(SavedView.subject == by.subject)
    return session.execute(query.order_by(func.lower(SavedView.name)).limit(MOST)).all()


def get_view(session: Session, view_id: UUID, *, by: Principal) -> SavedView:
    """Read an own view. Raises NotFoundError: somebody else's is as missing as none."""
    view = session.get(SavedView, view_id)
    if view is None or view.subject != by.subject:
        raise NotFoundError
    return view


def save_view(session: Session, name: str, query: str, *, by: Principal) -> SavedView:
    """Keep a filter under a name, the page left out. Raises: ViewNameError, TooManyViewsError."""
    named = _checked(session, name, by=by)
    if len(list_views(session, by=by)) >= MOST:
        raise TooManyViewsError
    wanted = QueueFilter.from_query(query, by).to_query()
    view = SavedView(subject=by.subject, name=named, query=wanted, created_at=utc_now())
    session.add(view)
    session.flush()
    return view


def rename_view(session: Session, view_id: UUID, name: str, *, by: Principal) -> SavedView:
    """Give an own view another name. Raises: NotFoundError, ViewNameError."""
    view = get_view(session, view_id, by=by)
    view.name = _checked(session, name, by=by, but=view)
    session.flush()
    return view


def delete_view(session: Session, view_id: UUID, *, by: Principal) -> None:
    """Forget an own view. Raises: NotFoundError."""
    session.delete(get_view(session, view_id, by=by))
    session.flush()


def _checked(session: Session, name: str, *, by: Principal, but: SavedView | None = None) -> str:
    """Give the name as it is kept; two windows of one person wait for each other, so that both rules hold."""
    named = " ".join(name.split())
    if not named:
        raise ViewNameError("Scrivi un nome per la vista.")
    if len(named) > LONGEST_NAME:
        raise ViewNameError(f"Il nome può avere al massimo {LONGEST_NAME} caratteri.")
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"views:{by.subject}", 0))))
    same = select(SavedView.id).where(SavedView.subject == by.subject, func.lower(SavedView.name) == func.lower(named))
    taken = session.scalar(same)
    if taken is not None and (but is None or taken != but.id):
        raise ViewNameError("Hai già una vista con questo nome.")
    return named
