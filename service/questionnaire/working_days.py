"""Working days in Italy: Monday to Friday minus the holidays of the data file."""

from datetime import date, timedelta
from functools import cache

from service.questionnaire.catalogues import rows

_SATURDAY = 5


@cache
def _holidays() -> tuple[dict[str, int], frozenset[str]]:
    every_year, once = {}, set()
    for row in rows("holidays.csv"):
        if len(row["day"]) == len("MM-DD"):
            every_year[row["day"]] = int(row["from_year"] or 0)
        else:
            once.add(row["day"])
    return every_year, frozenset(once)


def is_working_day(day: date) -> bool:
    """Tell whether the office is open."""
    every_year, once = _holidays()
    from_year = every_year.get(day.isoformat()[5:])
    is_holiday = day.isoformat() in once or (from_year is not None and day.year >= from_year)
    return day.weekday() < _SATURDAY and not is_holiday


def answer_day(sent: date, days: int) -> date:
    """Give the day by which an answer is promised: so many days after sending, or the next working day."""
    day = sent + timedelta(days=days)
    return day if is_working_day(day) else working_days_after(day, 1)


def working_days_after(day: date, count: int) -> date:
    """Give the day that is `count` working days after another; that day itself does not count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
