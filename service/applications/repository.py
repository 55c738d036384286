"""Reading applications: one by id, the applicant's own; the queue of the staff is in `queue`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.applications.models import (
    Acknowledgement,
    Application,
    ApplicationWarning,
    Snapshot,
)
from service.applications.queue_filter import PAGE, WAITING, QueueFilter
from service.applications.states import OPEN_STATES, State
from service.clock import ROME, local_date
from service.errors import NotFoundError

__all__ = [
    "PAGE", "WAITING", "QueueFilter", "find_application", "find_sent", "find_snapshot", "find_started",
    "get_application", "get_by_number", "list_acknowledgements", "list_drafts_untouched", "list_of_company",
    "list_resumable", "list_warnings", "lock_applications",
]  # fmt: skip


def get_application(session: Session, application_id: UUID, *, lock: bool = False) -> Application:
    """Read one, locked against everybody else when asked. Raises NotFoundError."""
    application = find_application(session, application_id, lock=lock)
    if application is None:
        raise NotFoundError
    return application


def find_application(session: Session, application_id: UUID, *, lock: bool = False) -> Application | None:
    """Find one that may be gone, locked against everybody else when asked."""
    query = select(Application).where(Application.id == application_id).execution_options(populate_existing=lock)
    return session.scalar(query.with_for_update() if lock else query)


def lock_applications(session: Session, ids: Iterable[UUID]) -> dict[UUID, Application]:
    """Lock several and read them again, always in the same order: nobody who wants the same ones waits for ever."""
    query = select(Application).where(Application.id.in_(ids)).order_by(Application.id).with_for_update()
    return {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}


def find_started(session: Session, application_id: UUID) -> Application | None:
    """Find the draft an earlier sending of the same form has opened; a second click waits for the first."""
    key = func.hashtextextended(f"start:{application_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))
    return session.get(Application, application_id)


def get_by_number(session: Session, number: str) -> Application:
    """Read one that was sent. Raises NotFoundError."""
    if "\0" in number:  # PostgreSQL has no such text
        raise NotFoundError
    application = session.scalar(select(Application).where(Application.number == number))
    if application is None:
        raise NotFoundError
    return application


def list_of_company(session: Session, identity_key: str) -> Sequence[Application]:
    """Give all that a company has begun or sent."""
    return session.scalars(select(Application).where(Application.identity_key == identity_key)).all()


def find_sent(session: Session, number: str, email: str) -> Application | None:
    """Find what an applicant asks for by number and address."""
    return session.scalar(
        select(Application).where(
            Application.number == number.strip().upper(), func.lower(Application.contact_email) == email.strip().lower()
        )
    )


def list_resumable(session: Session, email: str) -> list[Application]:
    """Give the drafts and sent applications of an address that still wait, newest first.

    Drafts whose address was never proven only when there is nothing else: anybody may begin some with it.
    """
    is_proven = or_(Application.state != State.DRAFT, Application.email_confirmed_at.is_not(None))
    query = (
        select(Application)
        .where(
            func.lower(Application.contact_email) == email.strip().lower(),
            Application.state.in_([State.DRAFT, *OPEN_STATES]),
        )
        .order_by(Application.created_at.desc())
        .limit(3)
    )
    return list(session.scalars(query.where(is_proven))) or list(session.scalars(query))


def list_warnings(session: Session, application_id: UUID) -> list[ApplicationWarning]:
    """Give what the checks found when it was sent."""
    query = select(ApplicationWarning).where(ApplicationWarning.application_id == application_id)
    return list(session.scalars(query.order_by(ApplicationWarning.id)))


def list_acknowledgements(session: Session, application_id: UUID) -> list[Acknowledgement]:
    """Give the texts read and accepted, each with its version and instant."""
    query = select(Acknowledgement).where(Acknowledgement.application_id == application_id)
    return list(session.scalars(query.order_by(Acknowledgement.text, Acknowledgement.version)))


def find_snapshot(session: Session, application_id: UUID, event: str) -> Snapshot | None:
    """Find what an application was at an event, the first time it happened."""
    query = select(Snapshot).where(Snapshot.application_id == application_id, Snapshot.event == event)
    return session.scalars(query.order_by(Snapshot.id).limit(1)).first()


def list_drafts_untouched(
    session: Session, *, confirmed: timedelta, unconfirmed: timedelta, now: datetime
) -> list[UUID]:
    """Give the drafts whose time has passed; the last day of a confirmed one, as it is written, is still whole."""
    last_day = local_date(now - confirmed)
    edge = datetime.combine(last_day, time(), ROME)
    return list(
        session.scalars(
            select(Application.id)
            .where(
                Application.state == State.DRAFT,
                or_(
                    Application.touched_at < edge,
                    Application.email_confirmed_at.is_(None) & (Application.touched_at < now - unconfirmed),
                ),
            )
            .limit(500)
            .with_for_update(skip_locked=True)  # one that is being saved at this moment is not untouched
        )
    )
