"""Amounts, shares, years and days. Money and shares are decimals, kept as text; a day is an ISO date."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from service.clock import local_date
from service.questionnaire.outcome import Outcome, bad, good

Context = Mapping[str, object]

_MONEY = r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]{1,2})?|[0-9]+(,[0-9]{1,2})?"
_MOST = Decimal("999999999999.99")
_HUNDRED = Decimal(100)
_LONGEST_INTEGER = 20
_FIRST_YEAR = 1850
_OLDEST_BIRTH = 1900


def _today(context: Context) -> date:
    today = context.get("today")
    return today if isinstance(today, date) else local_date()


def money(text: str, _context: Context) -> Outcome:
    """Check an amount in euro as Italians write it; `1234.56` is refused, it may be a thousand times wrong."""
    amount = re.sub(r"\s|€|EUR", "", text)
    if re.fullmatch(rf"[-−]({_MONEY})", amount):
        return bad("money", "negative")
    if re.fullmatch(r"[0-9,]+\.[0-9]{1,2}|[0-9]{1,3}(,[0-9]{3})+", amount):
        return bad("money", "dot")
    if not re.fullmatch(_MONEY, amount):
        return bad("money", "format")
    value = Decimal(amount.replace(".", "").replace(",", "."))
    return good(f"{value:.2f}") if value <= _MOST else bad("money", "too_big")


def percent(text: str, _context: Context) -> Outcome:
    """Check a share from 0 to 100 with at most two decimals."""
    amount = re.sub(r"\s|%", "", text)
    if not re.fullmatch(r"[0-9]{1,3}(,[0-9]{1,2})?", amount):
        return bad("percent", "format")
    value = Decimal(amount.replace(",", "."))
    return good(f"{value:.2f}") if value <= _HUNDRED else bad("percent", "format")


def integer(text: str, context: Context) -> Outcome:
    """Check a whole number from `least` to `most`, with or without dots for the thousands."""
    number = re.sub(r"\s", "", text)
    if len(number) > _LONGEST_INTEGER or not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+|[0-9]+", number):
        return bad("integer", "format")
    value = int(number.replace(".", ""))
    least, most = (context.get(key, default) for key, default in (("least", 0), ("most", 999_999_999)))
    if isinstance(least, int) and isinstance(most, int) and not least <= value <= most:
        return bad("integer", "range", min=Decimal(least), max=Decimal(most))
    return good(value)


def year(text: str, context: Context) -> Outcome:
    """Check a year from 1850 to the present one."""
    last = _today(context).year
    fits = re.fullmatch(r"[0-9]{4}", text) and _FIRST_YEAR <= int(text) <= last
    return good(int(text)) if fits else bad("year", "range", min=_FIRST_YEAR, max=last)


def calendar_date(text: str, context: Context) -> Outcome:
    """Check a day written `15/03/2012` (the three boxes joined) or ISO; `latest`, `earliest`: a day, or `today`."""
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
        y, m, d = found.groups()
    elif found := re.fullmatch(r"([0-9]{1,2}) ?[/.-] ?([0-9]{1,2}) ?[/.-] ?([0-9]{4})", text):
        d, m, y = found.groups()
    else:
        return bad("date", "format")
    try:
        day = date(int(y), int(m), int(d))
    except ValueError:
        return bad("date", "impossible", g=d, m=m, a=y)
    today = _today(context)
    latest, earliest = (today if context.get(k) == "today" else context.get(k) for k in ("latest", "earliest"))
    if isinstance(latest, date) and day > latest:
        return bad("date", "future")
    if isinstance(earliest, date) and day < earliest:
        return bad("date", "past")
    if day.year < _OLDEST_BIRTH:
        return bad("date", "range", min=_OLDEST_BIRTH, max=today.year)
    return good(day.isoformat())
