"""Days and instants as people read them, in the language of the page and in Rome's time."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, format_datetime

from service.clock import ROME
from service.locales import SOURCE, current_locale, gettext
from service.mail.dates import after


def day(value: date | datetime, *, weekday: bool = False) -> str:
    """Write 18 dicembre 2026, or venerdì 18 dicembre 2026."""
    local = value.astimezone(ROME).date() if isinstance(value, datetime) else value
    return format_date(local, "EEEE d MMMM y" if weekday else "d MMMM y", locale=current_locale())


def short_day(value: date | datetime) -> str:
    """Write 18/12/2026, for tables."""
    return _short(value.astimezone(ROME).date() if isinstance(value, datetime) else value, current_locale())


@lru_cache(4096)
def _short(local: date, locale: str) -> str:
    """Write a day once: a table shows the same ones over and over, and each costs 30 µs."""
    return format_date(local, "dd/MM/y", locale=locale)


def since(value: date | datetime, *, short: bool = False) -> str:
    """Write dal 18 dicembre 2026, dall’8 dicembre 2026."""
    said = short_day(value) if short else day(value)
    return after("dal", said, "’") if current_locale() == SOURCE else gettext("dal %(day)s", day=said)


def between(first: date | None, last: date | None) -> str:
    """Write dal 16/11/2026 al 22/11/2026; an end that is missing is left out, and at least one is there."""
    starts = since(first, short=True) if first else ""
    if last is None:
        return starts
    said = short_day(last)
    if current_locale() == SOURCE:
        ends = after("al", said, "’")
        return f"{starts} {ends}" if starts else f"fino {ends}"
    if first is None:
        return gettext("fino al %(day)s", day=said)
    return gettext("dal %(first)s al %(last)s", first=short_day(first), last=said)


def by_day(value: date | datetime) -> str:
    """Write entro il 18 dicembre 2026, entro l’8 dicembre 2026."""
    said = day(value)
    return f"entro {after('il', said, '’')}" if current_locale() == SOURCE else gettext("entro il %(day)s", day=said)


def clock_time(value: datetime) -> str:
    """Write 10:42."""
    return format_datetime(value, "HH:mm", tzinfo=ROME, locale=current_locale())


def instant(value: datetime) -> str:
    """Write 18 novembre 2026, ore 10:42."""
    return gettext("%(day)s, ore %(time)s", day=day(value), time=clock_time(value))


def machine(value: date | datetime) -> str:
    """Write the value of a `datetime` attribute."""
    return value.astimezone(ROME).isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()
