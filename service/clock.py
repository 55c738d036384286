"""The only clock of the service; instants are aware and in UTC, days are local to Rome."""

from calendar import monthrange
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def local_date(instant: datetime | None = None) -> date:
    """Give the calendar day in Rome of an instant, by default of now."""
    return (instant or utc_now()).astimezone(ROME).date()


def add_months(day: date, months: int) -> date:
    """Give the same day some months later, or the last of that month when there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
