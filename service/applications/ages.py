"""How waiting applications stand against the promised times, as conditions for the database.

The days are those of `promises` and of the working calendar; the edges are found here once a query, so that the
database compares plain dates. No counts and no words.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import ColumnElement, Date, Integer, and_, cast, func, literal, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from service.applications.models import Application, InformationRequest
from service.applications.states import State
from service.clock import ROME
from service.config import Settings
from service.questionnaire.working_days import is_working_day, working_days_after

CHARGE_NEAR = 1  # working days before the end: today's and tomorrow's
DECISION_NEAR, DEADLINE_NEAR = 5, 3  # days
PROMISED = (State.SUBMITTED, State.UNDER_REVIEW)


class Band(StrEnum):
    """How far something is from its promised end."""

    IN_TIME = "in_time"
    NEAR = "near"
    LATE = "late"


def charge_edges(today: date, settings: Settings) -> tuple[date, date]:
    """Give the last days of submission of what is beyond the time to take charge, and of what is near it or beyond."""
    days = settings.take_charge_days
    soon = working_days_after(today, CHARGE_NEAR)
    return _last_before(today, days), _last_before(soon + timedelta(days=1), days)


def charge_bands(today: date, settings: Settings) -> dict[Band, ColumnElement[bool]]:
    """Give the conditions of those that wait to be taken charge of; what is parked cannot be."""
    beyond, near = (_start(day + timedelta(days=1)) for day in charge_edges(today, settings))
    sent, is_free = Application.submitted_at, Application.hold.is_(None)
    return {
        Band.IN_TIME: and_(is_free, sent >= near),
        Band.NEAR: and_(is_free, sent >= beyond, sent < near),
        Band.LATE: and_(is_free, sent < beyond),
    }


def decision_bands(today: date, settings: Settings) -> dict[Band, ColumnElement[bool]]:
    """Give the conditions by the promised answer (`promises.promised_day`): an answer is due on a working day."""
    days = timedelta(days=settings.decision_days)
    beyond = _last_working_day(today - timedelta(days=1)) - days
    near = _last_working_day(today + timedelta(days=DECISION_NEAR)) - days
    day = local_day(Application.submitted_at)
    counted = type_coerce(day.op("+")(_waited()), Date)
    # nobody has waited less than no days: what was sent later needs no look at its rounds
    return {
        Band.IN_TIME: counted > near,
        Band.NEAR: and_(day <= near, counted > beyond, counted <= near),
        Band.LATE: and_(day <= beyond, counted <= beyond),
    }


def deadline_bands(today: date, _settings: Settings) -> dict[Band, ColumnElement[bool]]:
    """Give the conditions of those whose applicant has the ball: nobody of us is late, the deadline may be near."""
    edge = today + timedelta(days=DEADLINE_NEAR)
    ends = select(InformationRequest.deadline).where(
        InformationRequest.application_id == Application.id,
        InformationRequest.answered_at.is_(None),
        InformationRequest.ended_at.is_(None),
    )
    deadline = ends.correlate(Application).scalar_subquery()
    return {Band.IN_TIME: deadline > edge, Band.NEAR: deadline <= edge, Band.LATE: literal(value=False)}


Bands = Callable[[date, Settings], dict[Band, ColumnElement[bool]]]
BANDS: dict[State, Bands] = {
    State.SUBMITTED: charge_bands,
    State.UNDER_REVIEW: decision_bands,
    State.INFORMATION_REQUESTED: deadline_bands,
}


def is_late(today: date, settings: Settings) -> ColumnElement[bool]:
    """Say that the promised answer is over: also of what nobody has taken yet."""
    return and_(Application.state.in_(PROMISED), decision_bands(today, settings)[Band.LATE])


def is_taken_late(today: date, settings: Settings) -> ColumnElement[bool]:
    """Say that somebody should have taken charge by now."""
    return and_(Application.state == State.SUBMITTED, charge_bands(today, settings)[Band.LATE])


def is_in(band: Band, today: date, settings: Settings) -> ColumnElement[bool]:
    """Say how something stands against what is promised of its state."""
    return or_(*(and_(Application.state == state, bands(today, settings)[band]) for state, bands in BANDS.items()))


def local_day(instant: InstrumentedAttribute[datetime | None] | ColumnElement[datetime]) -> ColumnElement[date]:
    """Give the day in Rome of an instant."""
    return cast(func.timezone(ROME.key, instant), Date)


def _waited() -> ColumnElement[int]:
    """Give the days in which the applicant had the ball."""
    end = func.coalesce(InformationRequest.answered_at, InformationRequest.ended_at, func.now())
    days = type_coerce(local_day(end).op("-")(local_day(InformationRequest.asked_at)), Integer)
    rounds = select(func.coalesce(func.sum(days), 0)).where(InformationRequest.application_id == Application.id)
    return cast(rounds.correlate(Application).scalar_subquery(), Integer)


@lru_cache(64)
def _last_before(end: date, days: int) -> date:
    """Give the last day from which so many working days are over before another."""
    sent = end - timedelta(days=1)
    while working_days_after(sent, days) >= end:
        sent -= timedelta(days=1)
    return sent


def _last_working_day(day: date) -> date:
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), ROME)
