"""The queue of the staff: a page of rows by keyset, a capped count, who has taken files, what is to be worked on next.

Every statement here costs the same with a thousand and a million applications (performance.md P10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    RowMapping,
    Select,
    String,
    cast,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSON, aggregate_order_by
from sqlalchemy.orm import Session, aliased

from service.access.principal import Principal
from service.applications.models import REVIEWED, Application, InformationRequest
from service.applications.queue_conditions import STANDING, flagged, queue_conditions
from service.applications.queue_filter import ME, NOBODY, OPEN, PAGE, Cursor, QueueFilter, Sort
from service.applications.states import Hold, State
from service.applications.words import has_words_on_a_page
from service.config import Settings
from service.database import COUNT_CAP

__all__ = [
    "PAGE", "Cursor", "QueueFilter", "QueuePage", "QueueRow", "Sort", "count_queue", "find_next",
    "list_queue", "queue_conditions", "work_order",
]  # fmt: skip
MARKS = ("warned", "proposed", "doubtful", "resembling")  # what the row of the table does not tell by itself
MARK_COLUMNS = tuple(STANDING[name].label(name) for name in MARKS)
ROUNDS = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(
                    InformationRequest.asked_at, InformationRequest.deadline, InformationRequest.answered_at,
                    InformationRequest.ended_at,
                ),
                InformationRequest.asked_at.expression,
            ),
            type_=JSON(),
        )
    )
    .where(InformationRequest.application_id == Application.id)
    .correlate(Application)
    .scalar_subquery()
)  # fmt: skip
COLUMNS = (
    Application.id, Application.sequence, Application.number, Application.name, Application.legal_category,
    Application.state, Application.hold, Application.submitted_at, Application.reviewed_since,
    Application.assignee_name, ROUNDS.label("rounds"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowRound:
    """A round of corrections without what was asked and answered."""

    asked_at: datetime
    deadline: date
    answered_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def read(cls, asked: str, deadline: str, *ends: str | None) -> Self:
        """Read what the database wrote as JSON."""
        told = (datetime.fromisoformat(end) if end else None for end in ends)
        return cls(datetime.fromisoformat(asked), date.fromisoformat(deadline), *told)


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
    reviewed_since: datetime | None
    assignee_name: str | None
    rounds: Sequence[RowRound]
    marks: frozenset[str]
    sorted_by: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of rows with the cursors of its neighbours, None where there is none.

    `total` is how many the filter shows, at most one more than 1,000; None where nobody asked.
    """

    rows: Sequence[QueueRow]
    previous: Cursor | None
    following: Cursor | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What rows are sorted by before their `sequence`, and which way."""

    key: ColumnElement[Any] | None = None
    is_descending: bool = False

    @property
    def told(self) -> ColumnElement[str]:
        """Give the key as a cursor carries it."""
        return literal("", String) if self.key is None else cast(self.key, String)

    def columns(self) -> list[ColumnElement[Any]]:
        """Give what the rows are sorted by; `sequence` makes it the order of each single row."""
        return [*([] if self.key is None else [self.key]), Application.sequence.expression]

    def beyond(self, cursor: Cursor, *, is_descending: bool) -> ColumnElement[bool]:
        """Give the condition of what comes after a row."""
        place: list[ColumnElement[Any]] = [literal(cursor.sequence)]
        if self.key is not None:
            place.insert(0, cast(literal(cursor.value, String), self.key.type))
        ours, theirs = tuple_(*self.columns()), tuple_(*place)
        return ours < theirs if is_descending else ours > theirs


_NAME = func.lower(Application.name, type_=String())
ORDERS: Mapping[Sort, Order] = {
    Sort.OLDEST: Order(),
    Sort.NEWEST: Order(is_descending=True),
    Sort.NAME: Order(_NAME),
    Sort.NAME_BACKWARDS: Order(_NAME, is_descending=True),
    Sort.LONGEST: Order(literal_column(REVIEWED, DateTime(timezone=True))),
}


def list_queue(
    session: Session, wanted: QueueFilter, principal: Principal, settings: Settings, *, is_counted: bool = False
) -> QueuePage:
    """Give one page of sent applications by keyset, with all that its lines show, in one statement.

    `sequence` rises with submission and never changes. With `is_counted` the same statement counts as `count_queue`.
    """
    order, cursor = ORDERS[wanted.sort], wanted.cursor
    is_backward = cursor is not None and cursor.is_backward
    is_descending = order.is_descending != is_backward
    conditions = _few(session, wanted, principal, settings)
    total = _capped(conditions).scalar_subquery() if is_counted else literal(0)
    query = select(*COLUMNS, *MARK_COLUMNS, order.told.label("sorted_by"), total.label("total")).where(*conditions)
    if cursor is not None:
        query = query.where(order.beyond(cursor, is_descending=is_descending))
    query = query.order_by(*(one.desc() if is_descending else one.asc() for one in order.columns()))
    # written out: a plan that is kept knows then how few rows are wanted
    query = query.limit(literal_column(str(PAGE + 1)))
    found = session.execute(query).mappings().all()
    has_more, rows = len(found) > PAGE, [_row(one) for one in found[:PAGE]]
    if is_backward:
        rows.reverse()
    has_previous = has_more if is_backward else cursor is not None
    return QueuePage(
        rows=rows,
        previous=_at(rows[0], is_backward=True) if rows and has_previous else None,
        following=_at(rows[-1], is_backward=False) if rows and (is_backward or has_more) else None,
        total=(found[0]["total"] if found else session.scalar(_capped(conditions))) if is_counted else None,
    )


def count_queue(session: Session, wanted: QueueFilter, principal: Principal, settings: Settings) -> int:
    """Count the rows of a filter, at most one more than 1,000: a full count grows with the table."""
    return session.scalar(_capped(_few(session, wanted, principal, settings))) or 0


def _capped(conditions: Sequence[ColumnElement[bool]]) -> Select[int]:
    few = select(literal(1)).select_from(Application).where(*conditions).limit(COUNT_CAP + 1)
    return select(func.count()).select_from(few.subquery())


def _row(found: RowMapping) -> QueueRow:
    told = {name: value for name, value in found.items() if name not in {*MARKS, "rounds", "total"}}
    marks = frozenset(name for name in MARKS if found[name])
    return QueueRow(**told, rounds=[RowRound.read(*one) for one in found["rounds"] or ()], marks=marks)


def work_order(principal: Principal, settings: Settings) -> list[list[ColumnElement[bool]]]:
    """Give what somebody works on, the most urgent first: own late ones, own answered ones, then what nobody has."""
    late = QueueFilter(state=OPEN, assignee=ME, flags=("late",))
    answered = QueueFilter(state=State.UNDER_REVIEW, assignee=ME, flags=("answered",))
    free = QueueFilter(state=State.SUBMITTED, assignee=NOBODY)
    return [
        queue_conditions(late, principal, settings),
        [*queue_conditions(answered, principal, settings), ~flagged("late", settings)],
        [*queue_conditions(free, principal, settings), Application.hold.is_(None)],  # what is parked has its own way
    ]


def find_next(session: Session, principal: Principal, settings: Settings, *, after: str = "") -> str | None:
    """Find the number of what this person works on next; coming from one of them, of the one behind it."""
    stages = work_order(principal, settings)
    tries, number = stages, Application.number
    at = next((n for n, stage in enumerate(stages) if after and _first(session, [*stage, number == after])), None)
    if at is not None:
        here = aliased(Application)
        beyond = Application.sequence > select(here.sequence).where(here.number == after).scalar_subquery()
        tries = [[*stages[at], beyond], *stages[at + 1 :], *stages[: at + 1]]
    found = (_first(session, [*one, number != after]) for one in tries)
    return next((one for one in found if one), None)


def _first(session: Session, conditions: list[ColumnElement[bool]]) -> str | None:
    return session.scalar(select(Application.number).where(*conditions).order_by(Application.sequence).limit(1))


def _few(session: Session, wanted: QueueFilter, principal: Principal, settings: Settings) -> list[ColumnElement[bool]]:
    """Give the conditions where only some rows are wanted."""
    found = queue_conditions(replace(wanted, words=""), principal, settings)
    return [*found, has_words_on_a_page(session, wanted.words)] if wanted.words else found


def _at(row: QueueRow, *, is_backward: bool) -> Cursor:
    return Cursor(row.sorted_by, row.sequence, is_backward)
