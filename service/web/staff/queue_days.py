"""The boxes of the queue's filter by days: what stands in them, and what of it is no day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.applications.days import Days
from service.applications.queue_filter import DECIDED, RECEIVED, QueueFilter
from service.locales import gettext
from service.web.dates import short_day
from service.web.forms import Problem


@dataclass(frozen=True, slots=True)
class DayBox:
    """One end of an interval, as it is shown or was typed; `errors` when that is no day."""

    name: str
    text: str
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class DayPair:
    """Both ends of an interval under the word for what happened then."""

    title: str
    boxes: Sequence[DayBox]


def day_pairs(asked: Mapping[str, str], wanted: QueueFilter) -> list[DayPair]:
    """Give the boxes of both intervals; `asked` is the address as it came, `wanted` what was read of it."""
    return [
        DayPair(gettext("Ricevuta"), _boxes(asked, RECEIVED, wanted.received)),
        DayPair(gettext("Decisa"), _boxes(asked, DECIDED, wanted.decided)),
    ]


def day_problems(pairs: Sequence[DayPair]) -> list[Problem]:
    """Give what was typed and is no day."""
    return [Problem(box.name, error) for pair in pairs for box in pair.boxes for error in box.errors]


def _boxes(asked: Mapping[str, str], names: Sequence[str], days: Days) -> list[DayBox]:
    found = []
    for name, day in zip(names, (days.first, days.last), strict=True):
        typed = asked.get(name, "").strip()
        errors = [gettext("Scrivi la data come 31/12/2026.")] if typed and day is None else []
        found.append(DayBox(name, short_day(day) if day else typed[:10], errors))
    return found
