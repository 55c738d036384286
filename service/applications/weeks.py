"""How many applications came and were decided in each of the last weeks, from an index of each instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.applications.models import Application
from service.clock import ROME

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its Monday."""

    start: date
    received: int
    decided: int


def list_weeks(session: Session, today: date) -> Sequence[Week]:
    """Give the last weeks, the oldest first, with the present one that is not over."""
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    received = _by_week(session, Application.submitted_at, first)
    decided = _by_week(session, Application.decided_at, first)
    starts = (first + timedelta(weeks=n) for n in range(WEEKS))
    return [Week(start, received.get(start, 0), decided.get(start, 0)) for start in starts]


def _by_week(session: Session, instant: InstrumentedAttribute[Any], first: date) -> dict[date, int]:
    week = cast(func.date_trunc("week", func.timezone(ROME.key, instant)), Date)
    query = select(week, func.count()).where(instant >= datetime.combine(first, time(), ROME)).group_by(week)
    return {row[0]: row[1] for row in session.execute(query)}
