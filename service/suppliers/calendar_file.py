"""A calendar of expiries as RFC 5545 text: whole days in, bytes out. Which days there are is not its business."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//ICRI//ProActive//IT"
MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day to remember. `uid` stays the same when the day moves; `changed_at` is when it was last written down.

    `url` is the page where something can be done; what is behind it wants a sign-in.
    """

    uid: str
    day: date
    title: str
    changed_at: datetime
    url: str


def write_calendar(days: Iterable[CalendarDay], *, name: str) -> bytes:
    """Write the calendar; the same days give the same bytes, so a digest of them tells whether anything changed.

    Whole days carry no time zone: they are read in Rome and mean the same day everywhere.
    """
    from icalendar import Calendar  # noqa: PLC0415 - a tenth of a second of every start, for one page

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    # without METHOD: it is published to be read, nobody is invited
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Europe/Rome")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in sorted(days, key=lambda day: (day.day, day.uid)):
        calendar.add_component(_event(one))
    written: bytes = calendar.to_ical()
    return written


def _event(one: CalendarDay) -> "Event":
    from icalendar import Event  # noqa: PLC0415 - as above

    event = Event()
    event.add("uid", one.uid)
    event.add("dtstamp", one.changed_at)
    event.add("dtstart", one.day)
    event.add("dtend", one.day + timedelta(days=1))  # the day after, for a whole day's end is outside of it
    event.add("summary", one.title)
    event.add("url", one.url)
    event.add("transp", "TRANSPARENT")
    return event
