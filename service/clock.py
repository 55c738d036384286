"""The only clock of the service; instants are aware and in UTC, days are local to Rome."""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
_behind: ContextVar[timedelta] = ContextVar("behind", default=timedelta())


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC) - _behind.get()


@contextmanager
def held_back(by: timedelta) -> Iterator[None]:
    """Let the clock be behind for whoever does something inside, and for nobody else.

    For the demonstration alone, whose companies have a past: what is recorded then is signed with that time. The
    database's own clock goes on as it is, so jobs run at once.
    """
    token = _behind.set(by)
    try:
        yield
    finally:
        _behind.reset(token)


def local_date(instant: datetime | None = None) -> date:
    """Give the calendar day in Rome of an instant, by default of now."""
    return (instant or utc_now()).astimezone(ROME).date()


def add_months(day: date, months: int) -> date:
    """Give the same day some months later, or the last of that month when there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
