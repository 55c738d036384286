"""Days and times in letters, in the reader's language and in Rome."""

from datetime import date, datetime

from babel.dates import format_date, format_time

from service.clock import ROME

FORMATS = {"en": "en_GB"}  # our English is British; any other language formats as itself


def day(value: date | datetime | None, locale: str) -> str:
    """Write a day in words, such as 18 dicembre 2026."""
    if value is None:
        return ""
    local = value.astimezone(ROME).date() if isinstance(value, datetime) else value
    return format_date(local, format="long", locale=FORMATS.get(locale, locale))


def time_of_day(value: datetime, locale: str) -> str:
    """Write hours and minutes."""
    return format_time(value, format="HH:mm", tzinfo=ROME, locale=FORMATS.get(locale, locale))
