"""Reading applications: one by id, the applicant's own, and the queue of the staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session

from service.applications.models import (
    Acknowledgement,
    Application,
    ApplicationWarning,
    Snapshot,
)
from service.applications.states import OPEN_STATES, Hold, State
from service.clock import ROME, local_date
from service.errors import NotFoundError

PAGE = 25
COUNT_CAP = 1000


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue shows; `state` may be `open` for all that waits for somebody."""

    state: str = "open"
    category: str = ""
    words: str = ""
    newest_first: bool = False
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue."""

    id: UUID
    sequence: int
    number: str
    name: str
    legal_category: str
    state: State
    hold: Hold | None
    submitted_at: datetime
    assignee_name: str | None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of rows with the cursors of its neighbours, None where there is none."""

    rows: Sequence[QueueRow]
    newer: int | None
    older: int | None


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


COLUMNS = (
    Application.id, Application.sequence, Application.number, Application.name, Application.legal_category,
    Application.state, Application.hold, Application.submitted_at, Application.assignee_name,
)  # fmt: skip
WAITING = (State.SUBMITTED, State.UNDER_REVIEW, State.INFORMATION_REQUESTED)


def list_queue(session: Session, wanted: QueueFilter) -> QueuePage:
    """Give one page of sent applications by keyset: `sequence` rises with submission and never changes."""
    query = select(*COLUMNS).where(*_conditions(wanted))
    backwards = wanted.before is not None
    descending = wanted.newest_first != backwards
    edge = wanted.before if backwards else wanted.after
    if edge is not None:
        query = query.where(Application.sequence < edge if descending else Application.sequence > edge)
    order = Application.sequence.desc() if descending else Application.sequence.asc()
    found = [QueueRow(**row) for row in session.execute(query.order_by(order).limit(PAGE + 1)).mappings()]
    more, rows = len(found) > PAGE, found[:PAGE]
    if backwards:
        rows.reverse()
    has_previous = more if backwards else wanted.after is not None
    has_next = True if backwards else more
    return QueuePage(
        rows=rows,
        newer=rows[0].sequence if rows and has_previous else None,
        older=rows[-1].sequence if rows and has_next else None,
    )


def count_queue(session: Session, wanted: QueueFilter) -> int:
    """Count the rows of a filter, at most one more than 1,000: a full count grows with the table."""
    few = select(literal(1)).select_from(Application).where(*_conditions(wanted)).limit(COUNT_CAP + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _conditions(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    states = (
        WAITING if wanted.state == "open" else tuple(s for s in State if s.value == wanted.state and s != State.DRAFT)
    )
    conditions: list[ColumnElement[bool]] = [Application.state.in_(states), Application.number.is_not(None)]
    if wanted.state == "":
        conditions = [Application.state != State.DRAFT, Application.number.is_not(None)]
    if wanted.category:
        conditions.append(Application.legal_category == wanted.category)
    conditions.extend(Application.search.contains(word.lower(), autoescape=True) for word in wanted.words.split()[:5])
    return conditions
