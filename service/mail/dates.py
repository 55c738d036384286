"""Days and times in letters, in the reader's language and in Rome."""

import re
from datetime import date, datetime

from babel.dates import format_date, format_time

from service.clock import ROME

ELIDED = {"il": "l", "al": "all", "dal": "dall", "del": "dell"}
VOWEL = re.compile(r"(0?8|11)\b")  # otto and undici begin with a vowel
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


def after(word: str, said: str, apostrophe: str = "'") -> str:
    """Put an Italian article before a day as it is written: dal 3 dicembre, dall'8 dicembre."""
    return f"{ELIDED[word]}{apostrophe}{said}" if VOWEL.match(said) else f"{word} {said}"
